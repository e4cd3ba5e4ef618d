"""Where facts come from: files of quotes, bars and accounts become one Snapshot; what was derived is said in its origin."""
