"""Trained parameters, one immutable JSON file a version."""
