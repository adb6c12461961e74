"""The algebra of edits: which cause, status, name, merge and snooze are in force. Pure functions, one home for each."""
