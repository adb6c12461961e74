"""Rereviews: which reports are judged again, and what that would change. Detection is never part of one."""
