"""Minority Events."""
