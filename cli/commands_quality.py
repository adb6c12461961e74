"""`mrs quality`: how good the proposals were, and what to expect of detection here."""

from __future__ import annotations

from typing import Any

import typer

from cli.console import out, print_json, show_table
from cli.options import AsJson, RunId, StackName, StateDir


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs quality --state state")(quality)


def quality(
    state: StateDir = None,
    stack: StackName = None,
    run_id: RunId = None,
    as_json: AsJson = False,
) -> None:
    """Show what to expect of detection here, and how often people agreed with the proposed causes."""
    from cli.quality import quality_of
    from cli.state import opened

    with opened(state, stack, must_exist=True, read_only=True) as s:
        found = quality_of(s.logs, s.run_or_active(run_id))
    if as_json:
        print_json(found)
        return
    for sentence in found["expected"]:
        out.print(sentence)
    if not found["causes"]:
        out.print("No proposal has been decided yet.")
        return
    verdicts = ("agreed", "corrected", "rejected")
    columns = [("cause", "left"), ("week of", "left"), *((name, "right") for name in verdicts)]
    show_table("What people made of the proposals", columns, [_cells(row, verdicts) for row in found["causes"]])
    columns = [("confidence", "left"), ("decided", "right"), ("said", "right"), ("agreed (90 % interval)", "right")]
    show_table("How good its confidence is", columns, [_reliable(row) for row in found["reliability"]])


def _cells(row: dict[str, Any], verdicts: tuple[str, ...]) -> tuple[str, ...]:
    return (str(row["cause"]), str(row["week"]), *(str(row[name]) for name in verdicts))


def _reliable(row: dict[str, Any]) -> tuple[str, ...]:
    agreed = f"{row['agreed']:.0%} ({row['agreed_low']:.0%} to {row['agreed_high']:.0%})"
    return f"{row['low']:.0%} to {row['high']:.0%}", str(row["n"]), f"{row['said']:.0%}", agreed
