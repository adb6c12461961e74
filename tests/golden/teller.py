"""What a golden history is told with: a small world, and what happens to a state, all at fixed times."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc_csv
from mrs.contracts import dataset
from mrs.identity import row_id, schedule_time
from mrs.store.log_store import Write
from mrs.store.runs import Run, activate, latest_snapshot

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import simulate_world
from cli.state import State, opened
from tests.builders import table

START, STORES, DAYS, SEED = date(2024, 1, 1), 6, 75, 3
LAST = START + timedelta(days=DAYS - 1)
SALES = "unified_sales_data"
# Trees that learn on the chain itself could split elsewhere on another processor, so nothing is learned here. The
# threshold is low, for these histories need reports, right or not.
CONFIG: dict[str, Any] = {"detect": {"calibrate": False, "open_score": 0.01}, "hydrate": {"window_days": 28}}
Landing = dict[str, pa.Table]


@cache
def world() -> Mapping[str, pa.Table]:
    """Six stores over eleven weeks, with three events in the last ten days."""
    return simulate_world(STORES, DAYS, SEED, start=START, quiet_days=DAYS - 10, events=3).landing


def day(before_last: int) -> date:
    """Return the business date so many days before the world's last one."""
    return LAST - timedelta(days=before_last)


@dataclass
class Teller:
    """A state and what happens to it; what people do comes a minute after one another, from a tick's schedule on."""

    folder: Path
    state: State
    run_id: str = "golden"
    config: dict[str, Any] = field(default_factory=lambda: dict(CONFIG))
    _landed: int = 0
    _minutes: int = 0

    def land(self, change: Callable[[str, pa.Table], pa.Table | None] | None = None) -> Path:
        """Write the world as a landing folder, each table changed, or left out where `change` returns None."""
        found = {name: change(name, rows) if change else rows for name, rows in world().items()}
        return self.land_tables({name: rows for name, rows in found.items() if rows is not None})

    def land_tables(self, tables: Landing) -> Path:
        """Write a landing folder of CSV files: their bytes, unlike those of Parquet, do not tell who wrote them."""
        return self.land_files({f"{name}.csv": _csv(rows) for name, rows in tables.items()})

    def land_files(self, files: Mapping[str, bytes]) -> Path:
        """Write a landing folder of these files."""
        self._landed += 1
        folder = self.folder / f"landing-{self._landed}"
        folder.mkdir()
        for name, body in files.items():
            (folder / name).write_bytes(body)
        return folder

    def ticks(self, landing: Path, first: date, last: date | None = None, shards: int = 1, **more: Any) -> None:
        """Run one tick, or a backfill."""
        config = {**self.config, **more.pop("config", {})}
        request = RunRequest(landing, self.run_id, first, last or first, shards, config=config, **more)
        run_ticks(self.state.stack, self.state.environment, request)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a hydrated dataset, as people last saw them."""
        return list(latest_snapshot(self.state.logs, name, self.run_id).to_pylist())

    def detected(self) -> list[dict[str, Any]]:
        """Return the reports of the newest tick as detection wrote them, whether they are hydrated or not."""
        found = list(self.state.logs.read(dataset("MRDL"), self.run_id).to_pylist())
        return [row for row in found if row["tick"] == found[-1]["tick"]]

    def edit_report(self, report: dict[str, Any], action: str, **value: Any) -> None:
        """Log what an analyst did to a report."""
        self._edit("user_edits_log", "report_id", report, action, value)

    def edit_event(self, event: dict[str, Any], action: str, **value: Any) -> None:
        """Log what an analyst did to an event."""
        self._edit(
            "user_minority_events_edits_log", "report_group_id", event, action, {"value": json.dumps(value or {})}
        )

    def _edit(self, log: str, about: str, row: dict[str, Any], action: str, value: dict[str, Any]) -> None:
        at = self.now(row["tick"])
        edit = {"edit_id": row_id(row[about], action, f"{at}"), about: row[about], "action": action, "author": "ann"}
        edit |= {"edited_at": at, "based_on": row["written_at"], "report_status": "open", **value}
        rows = table(log, edit, tick=row["tick"], written_at=at)
        self.state.logs.append([Write(dataset(log), self.run_id, row["tick"], at, rows, edit["edit_id"][:16])])

    def now(self, tick: date) -> datetime:
        """Return the next minute in which something happens after a tick."""
        self._minutes += 1
        return schedule_time(tick) + timedelta(hours=2, minutes=self._minutes)

    def refresh(self, tick: date) -> None:
        """Take in what people did since the tick."""
        self._execute("refresh", tick, tick, begins_at="2000-01-01T00:00:00Z", config=self.config)

    def rereview(self, first: date, last: date, **selection: Any) -> None:
        """Have the chosen reports of these ticks judged again by the other cause model."""
        asked = {"attribute": {"cause_model": "mocked"}, "rereview": {"selection": selection, "requested_by": "ann"}}
        config = {**self.config, **asked}
        self._execute("rereview", first, last, rereview_id=row_id(json.dumps(asked)), config=config)

    def _execute(self, machine: Any, first: date, last: date, **event: Any) -> None:
        at = f"{self.now(last).isoformat()}Z"
        event |= {"run_id": self.run_id, "first_tick": f"{first}", "last_tick": f"{last}", "mode": machine}
        stack = self.state.stack
        outcome = stack.executions.wait(stack.start(machine, {**event, "written_at": at}))
        assert outcome.succeeded, outcome.failure

    def reset(self, run_id: str, tick: date) -> None:
        """Make another run the active one."""
        self.run_id = run_id
        activate(self.state.logs, Run(run_id, None, "ann", self.now(tick)))


def _csv(rows: pa.Table) -> bytes:
    flat = [
        pa.array(["|".join(v or []) for v in column.to_pylist()]) if pa.types.is_list(column.type) else column
        for column in rows.columns
    ]
    sink = pa.BufferOutputStream()
    pc_csv.write_csv(pa.table(flat, names=rows.column_names), sink)
    return bytes(sink.getvalue())


@contextmanager
def teller(folder: Path) -> Iterator[Teller]:
    """Open a state in a folder, to tell a history with."""
    with opened(folder / "state") as state:
        activate(state.logs, Run("golden", None, "ann", datetime(2024, 1, 1)))
        yield Teller(folder, state)
