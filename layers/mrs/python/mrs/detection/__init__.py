"""Detection: the expected sales of each store and day, the probability that a day is anomalous, and the reports."""
