"""Finalisation: model output and analysts' edits become MRFL."""
