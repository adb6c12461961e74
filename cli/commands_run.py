"""`mrs run`, `mrs runs`, `mrs reset` and `mrs demo`: make ticks happen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import counted, out, print_json, say, show_table
from cli.options import AsJson, From, MappingFile, RunId, StackName, StateDir, To, moment

if TYPE_CHECKING:
    from mrs.store.runs import Run

REJECTIONS_SHOWN = 5


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: mrs run --input world/input --state state --from 2024-11-01 --to 2024-12-31")(run)
    app.command(epilog="Example: mrs runs --state state")(runs)
    app.command(epilog='Example: mrs reset --state state --label "second demo"')(reset)
    app.command(epilog="Example: mrs demo --stores 60")(demo)


def run(
    *,
    input_dir: Annotated[Path, typer.Option("--input", help="Landing folder, with unified_sales_data in it.")],
    state: StateDir = None,
    stack: StackName = None,
    first: From,
    last: To,
    run_id: RunId = None,
    shards: Annotated[
        int | None, typer.Option(min=1, max=999, help="Parts to cut the stores into; default: by the data's size.")
    ] = None,
    written_at: Annotated[
        datetime | None,
        typer.Option(parser=moment, metavar="TIME", help="Logical time of the write; default: the ticks' schedule."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="JSON file that overrides settings.")] = None,
    mapping: MappingFile = None,
) -> None:
    """Land the files and run the ticks of these dates. One date is a daily run; more are a backfill."""
    from mrs.errors import BadInputError

    from cli.landing import refuse_unusable

    if last < first:
        raise BadInputError(f"--to {last} is before --from {first}")
    if not input_dir.is_dir():
        raise BadInputError(f"--input {input_dir} is not a folder")
    overrides = _config(config)
    refuse_unusable(input_dir, mapping)
    from cli.pipeline import RunRequest, run_ticks  # here: what is refused has no need of a client of AWS
    from cli.state import opened

    with opened(state, stack) as opened_state:
        run_id = opened_state.ensure_run(run_id)
        request = RunRequest(input_dir, run_id, first, last, shards, written_at, overrides, mapping)
        say(
            f"run {run_id}: {first} to {last}, {counted((last - first).days + 1, 'tick')}"
            + (f", {shards} shards" if shards else "")
        )
        run_ticks(opened_state.stack, opened_state.environment, request)
        _tell(opened_state, run_id)


def _config(path: Path | None) -> dict[str, object]:
    from mrs.errors import BadInputError
    from mrs.settings import Settings

    if path is None:
        return {}
    try:
        overrides = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadInputError(f"--config {path}: {error}") from None
    Settings.from_config(overrides)
    return dict(overrides)


def _tell(state: object, run_id: str) -> None:
    from mrs.contracts import dataset

    from cli.commands_changes import tell_landing
    from cli.state import State
    from cli.status import status_of
    from cli.tables import events_and_reports

    assert isinstance(state, State)  # noqa: S101 (for the type checker; the import is lazy)
    events, reports = events_and_reports(state.logs, run_id)
    rejected = state.logs.read(dataset("ingest_rejections_log"), run_id)
    for row in rejected.slice(0, REJECTIONS_SHOWN).to_pylist():
        column = f", column {row['column']}" if row["column"] else ""
        say(f"rejected: {row['file']}, row {row['row_number']}{column}: {row['reason']}")
    if rejected.num_rows > REJECTIONS_SHOWN:
        say(f"… and more: mrs export --out DIR --run-id {run_id} ingest_rejections_log")
    tell_landing(status_of(state, run_id))
    made = f"{counted(reports.num_rows, 'report')} in {counted(events.num_rows, 'event')}"
    say(f"{made}; {counted(rejected.num_rows, 'landing row')} rejected")


def runs(state: StateDir = None, stack: StackName = None, as_json: AsJson = False) -> None:
    """List the runs, the active one marked."""
    from mrs.store.runs import runs as known_runs
    from mrs.store.runs import ticks_of

    from cli.state import opened

    with opened(state, stack, must_exist=True, read_only=True) as opened_state:
        known = known_runs(opened_state.logs)
        active = known[-1].run_id if known else None
        newest = {r.run_id: r for r in known}
        ticks = {name: ticks_of(opened_state.logs, name) for name in newest}
    if as_json:
        print_json([_run_facts(r, ticks[name], name == active) for name, r in newest.items()])
        return
    rows = []
    for name, r in newest.items():
        span = f"{ticks[name][0]} … {ticks[name][-1]}" if ticks[name] else "–"
        mark = "*" if name == active else ""
        rows.append((mark, name, r.label or "", len(ticks[name]), span, f"{r.changed_at:%Y-%m-%d %H:%M}", r.changed_by))
    heads = [("", "left"), ("run", "left"), ("label", "left"), ("ticks", "right"), ("dates", "left")]
    show_table("Runs", [*heads, ("made active", "left"), ("by", "left")], rows)


def _run_facts(known: Run, ticks: Sequence[date], is_active: bool) -> dict[str, object]:
    return {
        "run_id": known.run_id,
        "label": known.label,
        "is_active": is_active,
        "ticks": len(ticks),
        "first_tick": ticks[0] if ticks else None,
        "last_tick": ticks[-1] if ticks else None,
        "changed_at": known.changed_at,
        "changed_by": known.changed_by,
    }


def reset(
    state: StateDir = None,
    stack: StackName = None,
    label: Annotated[str | None, typer.Option(help="What to call the new run.")] = None,
    run_id: RunId = None,
) -> None:
    """Start a new active run. Everything that was written before stays as it is."""
    from cli.state import now, opened

    with opened(state, stack) as opened_state:
        made = opened_state.activate(run_id or f"run-{now():%Y%m%d-%H%M%S}", label)
        say(f"the active run is now {made.run_id}" + (f" ({label})" if label else ""))


def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo's world and state are kept.")] = Path(".mrs-demo"),
    stores: Annotated[int, typer.Option(min=20, help="Number of stores.")] = 120,
    days: Annotated[int, typer.Option(min=400, help="Number of days.")] = 500,
    seed: Annotated[int, typer.Option(help="Seed of the world.")] = 7,
) -> None:
    """Make a small retail world, run its last 60 days and show what was found beside what was planted."""
    from mrs.contracts import dataset

    from cli.demo import show_demo
    from cli.pipeline import RunRequest, run_ticks
    from cli.simulate import SimulationOptions, simulate_world, write_world
    from cli.state import opened

    world_dir = folder / f"world-{stores}-{days}-{seed}"
    if not (world_dir / "truth" / "events.parquet").exists():
        say(f"simulating {stores} stores over {days} days (seed {seed})")
        write_world(simulate_world(stores, days, seed), world_dir)
    last: date = SimulationOptions(stores=stores, days=days, seed=seed).start + timedelta(days=days - 1)
    first = last - timedelta(days=59)
    with opened(folder / "state") as state:
        run_id = f"demo-{stores}-{days}-{seed}"
        state.ensure_run(run_id)
        if any(state.logs.find(dataset("minority_reports"), run_id, first=last, last=last)):
            say(f"{first} to {last} were run before (to start over, remove {folder})")
        else:
            say(f"backfill of {first} to {last} through the state machine")
            run_ticks(state.stack, state.environment, RunRequest(world_dir / "input", run_id, first, last))
        show_demo(state.logs, run_id, world_dir / "truth", first)
    out.print(f"[dim]State: {folder / 'state'} · try: mrs show reports --state {folder / 'state'}[/]")
