"""Notification: who is told of which event, and proof that they were."""
