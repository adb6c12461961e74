"""How good the proposals are, and what to expect of detection."""
