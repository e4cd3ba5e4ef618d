"""Mutation testing of the law: every slip of an editor's hand, and whether a case would notice it."""
