"""The pipeline's health."""
