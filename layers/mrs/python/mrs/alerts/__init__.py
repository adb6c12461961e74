"""Alerts: what is due, for whom, what holds it back, what is still to be sent. Pure; only `in_force` reads."""
