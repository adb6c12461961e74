"""`mrs show`: prints events and reports in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import print_json
from cli.options import AsJson, Limit, RunId, StackName, StateDir

Cause = Annotated[str | None, typer.Option(help="Only this cause.")]
MinConfidence = Annotated[float, typer.Option(min=0, max=1, help="Only at this confidence or above.")]
Status = Annotated[str | None, typer.Option(help="Only this status.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    show = typer.Typer(no_args_is_help=True, help="Show what was found.")
    show.command(epilog="Example: mrs show events --state state --cause viral --min-confidence 0.7")(events)
    show.command(epilog="Example: mrs show reports --state state --status open")(reports)
    app.add_typer(show, name="show")


def events(
    state: StateDir = None,
    stack: StackName = None,
    cause: Cause = None,
    min_confidence: MinConfidence = 0.0,
    status: Status = None,
    run_id: RunId = None,
    limit: Limit = 40,
    as_json: AsJson = False,
) -> None:
    """Show Minority Events, most severe first."""
    from mrs.store.runs import latest_snapshot

    from cli.state import opened
    from cli.tables import narrowed, show_events

    _check(cause)
    with opened(state, stack, must_exist=True, read_only=True) as s:
        run = s.run_or_active(run_id)
        found, unit = latest_snapshot(s.logs, "minority_events_log", run), s.currency(run)
    rows = narrowed(found, cause, min_confidence, status, "event_status")
    if as_json:
        print_json(rows.to_pylist())
    else:
        show_events(rows, limit, unit)


def reports(
    state: StateDir = None,
    stack: StackName = None,
    cause: Cause = None,
    min_confidence: MinConfidence = 0.0,
    status: Status = None,
    run_id: RunId = None,
    limit: Limit = 40,
    as_json: AsJson = False,
) -> None:
    """Show Minority Reports, most severe first."""
    from mrs.store.runs import latest_snapshot

    from cli.state import opened
    from cli.tables import narrowed, show_reports

    _check(cause)
    with opened(state, stack, must_exist=True, read_only=True) as s:
        run = s.run_or_active(run_id)
        found, unit = latest_snapshot(s.logs, "minority_reports", run), s.currency(run)
    rows = narrowed(found, cause, min_confidence, status, "report_status")
    if as_json:
        print_json(rows.to_pylist())
    else:
        show_reports(rows, limit, unit)


def _check(cause: str | None) -> None:
    from mrs.contracts import Cause as Causes
    from mrs.errors import BadInputError

    if cause is not None and cause not in set(Causes):
        raise BadInputError(f"--cause {cause!r} is not one of {', '.join(Causes)}")
