"""Edits of reports and events."""
