"""The state of a run that a request reads: hydrated snapshots, pending edits, caches."""
