"""The cohorting stage."""
