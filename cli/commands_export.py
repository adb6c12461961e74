"""`mrs export`: datasets as Parquet files, now or as of any time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import say
from cli.options import AsOf, RunId, StackName, StateDir


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs export --state state --out out attribution_ready_sales")(export)


def export(
    *,
    state: StateDir = None,
    stack: StackName = None,
    out: Annotated[Path, typer.Option(help="Folder to write <dataset>.parquet to.")],
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]…", help="By default the three hydrated datasets.")
    ] = None,
    run_id: RunId = None,
    as_of: AsOf = None,
) -> None:
    """Write datasets to Parquet files."""
    from cli.export import export_datasets
    from cli.state import opened

    with opened(state, stack, must_exist=True, read_only=as_of is None) as s:
        for path, rows in export_datasets(s, s.run_or_active(run_id), datasets or [], out, as_of):
            say(f"{path}: {rows:,} rows")
