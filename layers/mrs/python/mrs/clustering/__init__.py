"""How alike two reports are, and which of them are one event."""
