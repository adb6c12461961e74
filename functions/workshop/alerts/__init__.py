"""Alerts, subscriptions and silences."""
