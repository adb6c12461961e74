"""Minority reports."""
