"""What reports and events share: lists, how a row is shown, lineage, time series."""
