"""The clustering stage."""
