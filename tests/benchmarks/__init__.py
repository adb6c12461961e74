"""The benchmarks count what they say that they count."""
