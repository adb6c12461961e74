"""The Workshop's API: what the analysts' page, and any other HTTP client, reads and writes."""
