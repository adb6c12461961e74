"""The models: implementations behind small protocols, chosen by name."""
