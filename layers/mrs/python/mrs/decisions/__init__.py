"""Decisions: how edits of reports and events combine with the models into the cause and status in force."""
