"""Rereviews: which reports are looked at anew, and what that would change. Detection is never part of one."""
