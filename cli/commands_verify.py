"""`mrs verify` and `mrs rebuild`: whether a state holds what its inputs and its logs say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.console import FAILED, complain, print_json, say
from cli.options import AsJson, RunId

SHOWN = 20
Folder = Annotated[Path, typer.Option("--state", metavar="DIR", help="State folder of this machine.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: mrs verify --state state --sample 5")(verify)
    app.command(epilog="Example: mrs rebuild --state state")(rebuild)


def verify(
    state: Folder,
    run_id: RunId = None,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Only so many ticks, each from the logs before it; default: all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay a run from its inputs in a scratch state and compare every log row for row; exit 1 where one differs."""
    from cli.state import opened
    from cli.verify import verify as replayed

    with opened(state, must_exist=True, read_only=True) as opened_state:
        run = opened_state.run_or_active(run_id)
    found = replayed(state, run, sample)
    _tell(f"run {run}: {found.compared}", "the replay gives the same, row for row", found.faults, as_json)


def rebuild(state: Folder, as_json: AsJson = False) -> None:
    """Drop every hydrated snapshot, rebuild them from the logs alone and compare; exit 1 where one differs."""
    from mrs.errors import BadInputError

    from cli.rebuild import rebuild as rebuilt

    if not state.is_dir():
        raise BadInputError(f"{state} is no state folder of this machine; only such a one is ever rebuilt")
    found = rebuilt(state)
    _tell(found.compared, "rebuilt from the logs alone, all as they were", found.faults, as_json)


def _tell(compared: str, same: str, faults: Sequence[str], as_json: bool) -> None:
    if as_json:
        print_json({"compared": compared, "is_same": not faults, "differences": list(faults)})
        raise typer.Exit(FAILED if faults else 0)
    if not faults:
        say(f"{compared}: {same}")
        return
    for fault in faults[:SHOWN]:
        complain(fault)
    more = f", the first {SHOWN} above" if len(faults) > SHOWN else ""
    complain(f"{compared}: {len(faults)} differences{more}; the state is as it was")
    raise typer.Exit(FAILED)
