"""Rereviews."""
