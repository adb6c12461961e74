"""The ingest stage: plans an execution's ticks, and turns landing files into the logs that every later stage reads."""
