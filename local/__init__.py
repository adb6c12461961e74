"""The AWS on your laptop: moto, and what moto lacks."""
