"""The `mrs` command."""
