"""A retail world to run on: landing files with planted events, and what was planted, drawn from one seed."""

from cli.simulate.options import SimulationOptions
from cli.simulate.world import World, simulate_world, write_world

__all__ = ["SimulationOptions", "World", "simulate_world", "write_world"]
