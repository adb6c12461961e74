"""Alerts as pure functions: what is due, for whom, what holds it back, what is still to be sent. No clock, no I/O."""
