"""Named views of the lists."""
