"""Hydration: the columns of the hydrated datasets that are computed in Python from the results of the SQL queries."""
