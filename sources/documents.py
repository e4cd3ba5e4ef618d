"""YAML files that a person writes for `alluse snapshot`: account, market, earnings."""
