"""The whole system as a machine of rules: whatever happens in whatever order, it says what a small model says."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from mrs.contracts import dataset
from mrs.store.log_store import written_by

from tests.golden.teller import SALES, Teller, day, teller, world
from tests.pipeline.conftest import objects
from tests.system.reference import Reference, Sales

FIRST, TICKS = 7, 7
CAUSES = ("local_event", "weather", "viral")
READ = ("minority_reports", "minority_events_log", "MRFL", "sales_timeseries_data", "attribution_ready_sales")
AT_ONCE = 4
"""No more rows than so many are tried in a rule."""


def landed_sales() -> Sales:
    """The world's sales, by store and date."""
    rows = world()[SALES].select(["store_id", "date", "sales"]).to_pylist()
    return {(r["store_id"], r["date"]): r["sales"] for r in rows}


class WholeSystem(RuleBasedStateMachine):
    """Ticks, late data, corrections, re-runs, replays, decisions, merges, resets, rereviews, and reads of the past."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.t: Teller = self.stack.enter_context(teller(folder))
        self.models = {self.t.run_id: Reference()}
        self.back = FIRST
        self.written: dict[str, str] = {}
        self.past: list[tuple[str, Any, dict[str, pa.Table]]] = []
        self.last_landing: Path | None = None
        self.runs, self.shards, self.has_ticks = 1, 1, False

    def teardown(self) -> None:
        self.stack.close()

    @property
    def model(self) -> Reference:
        return self.models[self.t.run_id]

    def _land(self, late: int | None, wrong: int | None) -> tuple[Path, Sales]:
        """Land the world: without one store's last two days, or with a value of yesterday doubled."""
        stores = sorted({s for s, _ in landed_sales()})
        sales = landed_sales()
        if late is not None:
            sales = {k: v for k, v in sales.items() if k[0] != stores[late] or k[1] < day(self.back + 1)}
        key = None if wrong is None else (stores[wrong], day(self.back + 1))
        if key in sales:
            sales[key] *= 2  # type: ignore[index]

        def change(name: str, rows: pa.Table) -> pa.Table:
            if name != SALES:
                return rows
            keys = list(zip(rows["store_id"].to_pylist(), rows["date"].to_pylist(), strict=True))
            at = rows.schema.get_field_index("sales")
            rows = rows.set_column(at, "sales", pa.array([sales.get(k, 0.0) for k in keys]))
            return rows.filter(pa.array([k in sales for k in keys]))

        return self.t.land(change), sales

    @initialize()
    def first_day(self) -> None:
        self.next_day(None, None, 1)

    @precondition(lambda self: self.back >= 0)
    @rule(late=st.none() | st.integers(0, 5), wrong=st.none() | st.integers(0, 5), shards=st.sampled_from([1, 3]))
    def next_day(self, late: int | None, wrong: int | None, shards: int) -> None:
        self.last_landing, sales = self._land(late, wrong)
        self.t.ticks(self.last_landing, day(self.back), shards=shards)
        self.shards, self.has_ticks = shards, True
        self.model.land(sales, day(self.back))
        self.back -= 1

    @precondition(lambda self: self.last_landing is not None)
    @rule()
    def same_day_again(self) -> None:
        before = objects(self.t.state)
        self.t.ticks(self.last_landing, day(self.back + 1), shards=self.shards)  # type: ignore[arg-type]
        new = objects(self.t.state).keys() - before.keys()
        assert not [k for k in new if "/ui_notifications_log/" not in k and "/executions_log/" not in k]

    @precondition(lambda self: self.has_ticks)
    @rule(late=st.none() | st.integers(0, 5))
    def replay_the_newest_day(self, late: int | None) -> None:
        self.back += 1
        self.last_landing, sales = self._land(late, None)
        self.back -= 1
        self.t.ticks(self.last_landing, day(self.back + 1), written_at=self.t.now(day(self.back + 1)))
        self.model.land(sales, day(self.back + 1))
        self.last_landing = None

    @precondition(lambda self: self.has_ticks)
    @rule(
        which=st.integers(0, AT_ONCE),
        action=st.sampled_from(["set_cause", "approved", "rejected", "reopen"]),
        cause=st.sampled_from(CAUSES),
    )
    def decide(self, which: int, action: str, cause: str) -> None:
        reports = self.t.rows("minority_reports")
        if which >= len(reports):
            return
        name = {"approved": "approve", "rejected": "reject"}.get(action, action)
        self.t.edit_report(reports[which], name, **({"cause": cause} if action == "set_cause" else {}))
        self.model.decide(reports[which]["report_id"], action, cause)

    @precondition(lambda self: self.has_ticks)
    @rule(one=st.integers(0, AT_ONCE), other=st.integers(0, AT_ONCE))
    def merge(self, one: int, other: int) -> None:
        model = self.model
        names = sorted({r["report_group_id"] for r in self.t.rows("minority_events_log")} - model.merged.keys())
        taken = {*model.pending_merges, *model.pending_merges.values()}
        if max(one, other) >= len(names) or one == other or {names[one], names[other]} & taken:
            return
        event = next(r for r in self.t.rows("minority_events_log") if r["report_group_id"] == names[one])
        self.t.edit_event(event, "merge_into", into=names[other])
        model.pending_merges[names[one]] = names[other]

    @precondition(lambda self: self.has_ticks)
    @rule()
    def refresh(self) -> None:
        self.t.refresh(day(self.back + 1))
        self.model.take_in()

    @precondition(lambda self: self.has_ticks and self.runs < 3)
    @rule()
    def reset(self) -> None:
        others = self._read(self.t.run_id)
        old, self.runs = self.t.run_id, self.runs + 1
        self.t.reset(f"run{self.runs}", day(self.back + 1))
        self.models[self.t.run_id] = Reference()
        assert all(rows.num_rows == 0 for rows in self._read(self.t.run_id).values())
        assert self._read(old) == others
        self.last_landing, self.has_ticks = None, False

    @precondition(lambda self: self.has_ticks)
    @rule()
    def rereview(self) -> None:
        before = self._read(self.t.run_id)
        self.t.rereview(day(self.back + 1), day(self.back + 1))
        assert self._read(self.t.run_id) == before, "a rereview changes nothing until it is accepted"

    @rule(which=st.integers(0, 9))
    def read_the_past(self, which: int) -> None:
        if which < len(self.past):
            run_id, moment, was = self.past[which]
            assert self._read(run_id, moment) == was

    def _read(self, run_id: str, moment: Any = None) -> dict[str, pa.Table]:
        visible = None if moment is None else written_by(moment)
        return {name: self.t.state.logs.read(dataset(name), run_id, visible=visible) for name in READ}

    @invariant()
    def nothing_written_ever_changes(self) -> None:
        now = objects(self.t.state)
        assert self.written.items() <= now.items()
        if now.keys() != self.written.keys():
            self.past.append((self.t.run_id, self.t.now(day(self.back + 1)), self._read(self.t.run_id)))
        self.written = now

    @invariant()
    def sales_are_those_that_landed(self) -> None:
        if not self.has_ticks:
            return
        rows = self.t.rows("attribution_ready_sales")
        said = {(r["store_id"], r["date"]): r["observed_sales"] for r in rows if r["observed_sales"] is not None}
        window = min(at for _, at in said)
        known = {k: v for k, v in self.model.known.items() if k[1] >= window and (v or k in said)}
        assert {k: round(v, 4) for k, v in said.items()} == {k: round(v, 4) for k, v in known.items()}

    @invariant()
    def decisions_are_in_force(self) -> None:
        if not self.has_ticks:
            return
        for report in self.t.rows("minority_reports"):
            cause = self.model.causes.get(report["report_id"])
            assert cause is None or (report["cause"], report["cause_source"]) == (cause, "report_edit")
            if cause is None and report["report_id"] not in self.model.statuses:
                assert report["cause_source"] == "model"
            status = self.model.statuses.get(report["report_id"])
            assert (
                (report["report_status"] == status)
                if status
                else report["report_status"] not in ("approved", "rejected")
            )

    @invariant()
    def merges_hold(self) -> None:
        if not self.has_ticks:
            return
        events = {r["report_group_id"]: r for r in self.t.rows("minority_events_log")}
        for one in self.model.merged.keys() & events.keys():
            assert events[one]["event_status"] == "merged"
            assert events[one]["merged_into"] == self.model.event_of(one)
        assert not {r["report_group_id"] for r in self.t.rows("minority_reports")} & self.model.merged.keys()
