"""Athena on your laptop: a real engine behind moto's Athena API, over moto's own S3 objects and Glue tables."""

from local.athena.backend import install

__all__ = ["install"]
