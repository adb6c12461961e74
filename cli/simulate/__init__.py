"""Simulates a retail world from one seed: landing files with planted events, and the truth about them."""

from cli.simulate.options import SimulationOptions
from cli.simulate.world import World, simulate_world, write_world

__all__ = ["SimulationOptions", "World", "simulate_world", "write_world"]
