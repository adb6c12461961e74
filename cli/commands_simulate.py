"""`mrs simulate`: a retail world to run on, and what was planted in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs simulate world --stores 200 --days 730 --seed 7")(simulate)


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write to: OUT/input, OUT/clean and OUT/truth.")],
    stores: Annotated[int, typer.Option(min=1, help="Number of stores.")] = 200,
    days: Annotated[int, typer.Option(min=1, help="Number of days.")] = 730,
    seed: Annotated[int, typer.Option(help="The same seed makes the same world.")] = 7,
    categories: Annotated[int, typer.Option(min=0, help="Product categories; 0: sales are not split.")] = 0,
) -> None:
    """Write a landing folder of a simulated retail world, and the truth beside it."""
    from cli.simulate import simulate_world, write_world

    say(f"simulating {stores} stores over {days} days (seed {seed})")
    world = simulate_world(stores, days, seed, categories=categories)
    files = write_world(world, out)
    say(f"wrote {len(files)} files; run it with: mrs run --input {out / 'input'} --state STATE --from DATE --to DATE")
