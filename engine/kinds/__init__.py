"""The kinds of decisions, by what they are about."""
