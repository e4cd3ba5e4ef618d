"""The ALL-USE Constitution: versioned YAML and its JSON Schemas, no code."""
