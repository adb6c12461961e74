"""`mrs why`: why a store-day did or did not become a report."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from cli.console import out, print_json, show_table
from cli.options import AsJson, RunId, StackName, StateDir, day


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs why S017 2024-12-24 --state state")(why)


def why(
    store: Annotated[str, typer.Argument(help="The store.")],
    date_: Annotated[date, typer.Argument(parser=day, metavar="DATE", help="The business date, YYYY-MM-DD.")],
    state: StateDir = None,
    stack: StackName = None,
    run_id: RunId = None,
    as_json: AsJson = False,
) -> None:
    """Show what was expected of a store on a date, how the day was judged, and on which evidence."""
    from cli.explain import explained
    from cli.state import opened

    with opened(state, stack, must_exist=True, read_only=True) as s:
        found = explained(s, s.run_or_active(run_id), store, date_)
    if as_json:
        print_json(found)
        return
    out.print(f"[bold]Store {store}, {date_}[/]: {found['decision']}")
    if found["adjusted_since"]:
        out.print(f"Its sales are adjusted: {found['adjusted_since']}.")
    said = ("decision", "adjusted_since", "parts")
    rows = [(name.replace("_", " "), _cell(value)) for name, value in found.items() if name not in said]
    show_table("Observed and expected", [("", "left"), ("value", "right")], rows)
    parts = [(name.replace("_", " "), _cell(value)) for name, value in found["parts"].items()]
    show_table("The evidence, in sigmas", [("part", "left"), ("value", "right")], parts)


def _cell(value: Any) -> str:
    if value is None:
        return "not known"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return f"{value:,.3f}" if isinstance(value, float) else str(value)
