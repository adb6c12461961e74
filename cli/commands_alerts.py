"""`mrs alerts`: what a setting would have sent, what was sent, and the hourly delivery."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from cli.console import out, print_json, say, show_table
from cli.options import AsJson, Limit, RunId, StackName, StateDir, moment

Severity = Annotated[float, typer.Option("--severity", min=0, max=1, help="The setting: alert from this severity on.")]
Days = Annotated[int, typer.Option("--days", min=1, max=400, help="How many past days, up to the newest tick.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    alerts = typer.Typer(no_args_is_help=True, help="What people are told of.")
    alerts.command("preview", epilog="Example: mrs alerts preview --state state --severity 0.85 --days 14")(preview)
    alerts.command("list", epilog="Example: mrs alerts list --state state")(list_)
    alerts.command("deliver", epilog="Example: mrs alerts deliver --state state --at 2024-12-31T09:30:00Z")(deliver)
    app.add_typer(alerts, name="alerts")


def preview(
    severity: Severity,
    state: StateDir = None,
    stack: StackName = None,
    days: Days = 14,
    cause: Annotated[list[str] | None, typer.Option(help="Only events of these causes.")] = None,
    retailer: Annotated[str | None, typer.Option(help="Only events at this retailer.")] = None,
    region: Annotated[str | None, typer.Option(help="Only events in this region.")] = None,
    category: Annotated[str | None, typer.Option(help="Only events that touch this category.")] = None,
    to: Annotated[str | None, typer.Option(help="A new subscriber's address; default: the alert topic.")] = None,
    run_id: RunId = None,
    limit: Limit = 40,
    as_json: AsJson = False,
) -> None:
    """Show what a setting would have sent over the past days, before anyone saves it. Nothing is written."""
    from cli.alerts import Setting, previewed, show_preview
    from cli.state import opened

    setting = Setting(severity, tuple(cause or ()), retailer, region, category, to)
    with opened(state, stack, must_exist=True, read_only=True, whole=True) as s:
        run = s.run_or_active(run_id)
        (rows, first, last), unit = previewed(s, run, setting, days), s.currency(run)
    if as_json:
        print_json({"first_date": first, "last_date": last, "alerts": rows})
    else:
        show_preview(rows, first, last, limit, unit)


def list_(
    state: StateDir = None,
    stack: StackName = None,
    run_id: RunId = None,
    limit: Limit = 40,
    as_json: AsJson = False,
) -> None:
    """Show every alert that was due, the newest first, and that sent, suppressed and failed add up to them."""
    from mrs.contracts import dataset

    from cli.alerts import show_added_up, table_of
    from cli.state import opened

    with opened(state, stack, must_exist=True, read_only=True) as s:
        run = s.run_or_active(run_id)
        rows: list[dict[str, Any]] = s.logs.read(dataset("ui_notifications_log"), run).to_pylist()
        unit = s.currency(run)
    rows.sort(key=lambda r: (r["tick"], r["severity"], r["notification_id"]), reverse=True)
    if as_json:
        print_json(rows)
        return
    show_table("Alerts", *table_of(rows[:limit], unit))
    show_added_up(rows)


def deliver(
    state: StateDir = None,
    stack: StackName = None,
    at: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="TIME", help="As of this time (UTC); default: the next.")
    ] = None,
    run_id: RunId = None,
) -> None:
    """Do what the hourly schedule does: send what quiet hours and digests held back, try again what failed."""
    from mrs.errors import MrsError
    from mrs.identity import schedule_time
    from mrs.store.runs import hydrated_ticks

    from cli.state import opened

    with opened(state, stack, must_exist=True) as s:
        run = s.run_or_active(run_id)
        ticks = hydrated_ticks(s.logs, run)
        when = at or (schedule_time(ticks[-1]) + timedelta(minutes=30) if ticks else datetime.now(UTC))
        event = {"run_id": run, "scheduled_time": when.isoformat()}
        answer = s.stack.client("lambda").invoke(
            FunctionName=s.stack.outputs["DeliverFunction"], Payload=json.dumps(event).encode()
        )
        body = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise MrsError(f"delivery failed: {body.get('errorMessage')}")
    counts = ", ".join(f"{n} {name}" for name, n in sorted(body["delivered"].items())) or "nothing was due"
    say(f"run {run} at {when:%Y-%m-%d %H:%M} UTC: {counts}")
    if state is not None and (state / "outbox").is_dir():
        out.print(f"[dim]Mails lie in {state / 'outbox'}[/]")
