"""The law as one page: the same chapters as Markdown and as HTML."""
