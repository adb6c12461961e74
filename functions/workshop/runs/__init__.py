"""Runs: list, reset, comparison."""
