"""`mrs export`: datasets as Parquet files, or what a model reads, now or as of any time."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.console import counted, say
from cli.options import AsOf, RunId, StackName, StateDir, day

WHAT = {".json": "arguments", ".txt": "notes"}


class Tool(StrEnum):
    """Libraries that there is an export for."""

    PYMC = "pymc-marketing"
    MERIDIAN = "meridian"
    ROBYN = "robyn"
    BANDIT = "bandit"


class GrainOf(StrEnum):
    """How long a row is."""

    DAY = "day"
    WEEK = "week"


class Geo(StrEnum):
    """What a row is about."""

    STORE = "store"
    REGION = "region"
    RETAILER = "retailer"
    ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Examples: mrs export --state state --out out attribution_ready_sales; "
        "mrs export --state state --out out --for meridian --grain week --by region"
    )(export)


def export(
    *,
    state: StateDir = None,
    stack: StackName = None,
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]…", help="By default the three hydrated datasets.")
    ] = None,
    tool: Annotated[Tool | None, typer.Option("--for", help="The files that this library reads.")] = None,
    grain: Annotated[GrainOf, typer.Option(help="With --for: a row a day or a (whole) week.")] = GrainOf.WEEK,
    by: Annotated[Geo | None, typer.Option(help="With --for: what a geo is; default: region, for robyn all.")] = None,
    first: Annotated[
        date | None, typer.Option("--first", parser=day, metavar="DATE", help="With --for: no earlier date than this.")
    ] = None,
    population: Annotated[
        Path | None, typer.Option(help="With --for meridian: CSV of geo, population; default: the stores' size.")
    ] = None,
    country: Annotated[str, typer.Option(help="With --for: country code that the holidays get.")] = "ZZ",
    history: Annotated[
        bool, typer.Option("--history", help="Sales of every date ever hydrated, not of the last window only.")
    ] = False,
    run_id: RunId = None,
    as_of: AsOf = None,
) -> None:
    """Write datasets to Parquet files, or, with --for, the files that a model's library reads."""
    from mrs.errors import BadInputError

    from cli.export import ForModel, export_datasets, export_for_model
    from cli.state import opened

    if tool and datasets:
        raise BadInputError(f"--for {tool} makes its own files; leave {' '.join(datasets)} out, or export it by itself")
    with opened(state, stack, must_exist=True, read_only=as_of is None) as s:
        run = s.run_or_active(run_id)
        if tool is None:
            for path, rows in export_datasets(s, run, datasets or [], out, as_of, history):
                say(f"{path}: {counted(rows, 'row')}")
            return
        wanted = ForModel(tool.value, grain.value, by.value if by else None, first, population, country)
        files, notes = export_for_model(s, run, wanted, out, as_of)
        for path, rows in files:
            say(f"{path}: {rows:,} {WHAT.get(path.suffix, 'rows')}")
        for note in notes:
            say(note)
