"""What `engine.batch` is made of: the law's expressions over columns of scaled integers; see docs/decisions/0010."""
