"""The condition language: parse, check types and units, compile, evaluate, print back."""
