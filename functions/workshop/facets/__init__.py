"""Stores, and the values that filters can take."""
