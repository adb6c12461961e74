"""Awkward feeds, one kind a test: what a person who lands them should find."""
