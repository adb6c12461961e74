"""Cohorting: which reports form one Minority Event, across ticks, merges and removals."""
