"""The written law: strict YAML with places, the parsed model, the linter."""
