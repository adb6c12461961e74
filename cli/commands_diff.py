"""`mrs diff`: where the logs of two states differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import FAILED, complain, print_json, say
from cli.options import AsJson, RunId

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs diff state-before state-after --dataset minority_reports")(diff)


def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="State folder of this machine.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Another one.")],
    datasets: Annotated[list[str] | None, typer.Option("--dataset", help="Only this dataset; may be repeated.")] = None,
    run_id: RunId = None,
    as_json: AsJson = False,
) -> None:
    """Compare the logs of two states object by object and row by row; exit 1 where one differs."""
    from cli.compare import compare_states

    found = compare_states(before, after, run_id, datasets or [])
    if as_json:
        print_json({"compared": found.compared, "is_same": not found.faults, "differences": list(found.faults)})
        raise typer.Exit(FAILED if found.faults else 0)
    if not found.faults:
        say(f"{found.compared}: the same in both")
        return
    for fault in found.faults[:SHOWN]:
        complain(fault)
    more = f", the first {SHOWN} above" if len(found.faults) > SHOWN else ""
    complain(f"{found.compared}: {len(found.faults)} differences{more}")
    raise typer.Exit(FAILED)
