"""Benchmarks of quality, speed, scale and cost. Tests measure no time; these do."""
