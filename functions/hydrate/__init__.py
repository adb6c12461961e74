"""The hydration stage."""
