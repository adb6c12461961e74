"""The golden histories: each a small run in which one kind of thing happens, from an empty state on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc
from botocore.exceptions import BotoCoreError, ClientError
from mrs.errors import MrsError
from mrs.identity import schedule_time

from tests.faults.injection import Faults
from tests.golden.teller import SALES, Teller, day


def daily(t: Teller) -> None:
    """Two days, each when its day is over."""
    landing = t.land()
    for back in (1, 0):
        t.ticks(landing, day(back))


def backfill(t: Teller) -> None:
    """Nine days at once, over three fits of the baseline, and one more by itself."""
    t.config["detect"] = {**t.config["detect"], "refit_days": 4}
    landing = t.land()
    t.ticks(landing, day(9), day(1))
    t.ticks(landing, day(0))


def sharded(t: Teller) -> None:
    """A backfill in three shards, then a day in two."""
    landing = t.land()
    t.ticks(landing, day(4), day(1), shards=3)
    t.ticks(landing, day(0), shards=2)


def late_data(t: Teller) -> None:
    """Two stores' last week comes a day late; a third store's only with the replay's own files."""
    t.ticks(t.land(_without_sales_of({"S001", "S002", "S003"}, day(8))), day(1))
    t.ticks(t.land(_without_sales_of({"S003"}, day(8))), day(0))
    t.ticks(t.land(), day(0), written_at=_later(day(0)))


def correction(t: Teller) -> None:
    """A tripled day is corrected by the next landing, and its tick is judged again."""
    wrong = t.land(lambda name, rows: _tripled(rows, "S004", day(2)) if name == SALES else rows)
    right = t.land()
    t.ticks(wrong, day(2))
    t.ticks(right, day(1))
    t.ticks(right, day(2), day(1), written_at=_later(day(1)))


def edits(t: Teller) -> None:
    """Every kind of edit of a report, a refresh, an edit taken back, and the next day."""
    landing = t.land()
    t.ticks(landing, day(3), day(1))
    first, second, third, *_ = t.rows("minority_reports")
    t.edit_report(first, "set_cause", cause="local_event", comment="street fair")
    t.edit_report(second, "reject", comment="=a slip of the till")
    t.edit_report(third, "approve", cause=third["cause"])
    t.refresh(day(1))
    t.edit_report(second, "reopen")
    t.edit_report(first, "comment", comment="confirmed by phone")
    t.ticks(landing, day(0))


def events(t: Teller) -> None:
    """Events are renamed, given a cause, merged, and a report is taken out of one."""
    landing = t.land()
    t.ticks(landing, day(3), day(1))
    first, second, third, *_ = sorted(t.rows("minority_events_log"), key=lambda row: row["report_group_id"])
    t.edit_event(first, "rename", name="Street fair")
    t.edit_event(first, "set_cause", cause="local_event")
    t.edit_event(second, "merge_into", into=first["report_group_id"])
    members = [r for r in t.rows("minority_reports") if r["report_group_id"] == third["report_group_id"]]
    t.edit_event(third, "remove_report", report_id=members[0]["report_id"])
    t.edit_event(third, "snooze", until_closed=True)
    t.refresh(day(1))
    t.ticks(landing, day(0))


def reset(t: Teller) -> None:
    """A second run begins between two days; the first one stays as it is."""
    landing = t.land()
    t.ticks(landing, day(1))
    t.reset("again", day(1))
    t.ticks(landing, day(1), day(0))


def rereview(t: Teller) -> None:
    """Reports are judged again by another model; one had been decided before."""
    landing = t.land()
    t.ticks(landing, day(2), day(0))
    t.edit_report(t.rows("minority_reports")[0], "set_cause", cause="viral")
    t.refresh(day(0))
    t.rereview(day(2), day(0))


def repaired(t: Teller) -> None:
    """The days of `daily`, on which AWS fails; each is run again until it succeeds."""
    landing = t.land()
    for back, number in ((1, 7), (0, 19)):
        faults = Faults(at={number: "server error", number + 12: "answer lost"})
        with faults.injected():
            while not _succeeds(t, landing, day(back)):
                pass
        assert faults.struck


def feeds(t: Teller) -> None:
    """Feeds are missing, one ends a fortnight early, and a later landing brings them all."""

    def poor(name: str, rows: pa.Table) -> pa.Table | None:
        if name == "weather":
            return rows.filter(pc.less(rows["date"].cast(pa.date32()), pa.scalar(day(14), pa.date32())))
        return None if name in ("stores", "campaigns", "inventory") else rows

    t.ticks(t.land(poor), day(1))
    t.ticks(t.land(), day(0))


def by_hand(t: Teller) -> None:
    """A landing as people write it: semicolons, decimal commas, a byte order mark, bad rows; one store falls silent."""
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(50)]
    lines = ["\ufeffstore_id;date;sales;is_open"]
    for store, level in (("Köln", 900), ("Ulm", 400), ("Bonn", 650)):
        for n, at in enumerate(days):
            amount = level + 40 * (at.weekday() == 5) + (n * 7919 + level) % 50
            if store == "Ulm" and n > 40:
                continue
            amount = amount // 2 if store == "Bonn" and n > 45 else amount
            lines.append(f"{store};{at:%d.%m.%Y};{amount},50;true")
    lines += ["Köln;31.02.2024;1,00;true", "Ulm;15.01.2024;viel;true", ";15.01.2024;3,00;true"]
    dialect = f'[{SALES}]\nseparator = ";"\ndecimal = ","\ndate_format = "%d.%m.%Y"\n'
    landing = t.land_files({f"{SALES}.csv": "\r\n".join(lines).encode(), "landing.toml": dialect.encode()})
    t.ticks(landing, days[-3], days[-2])
    t.ticks(landing, days[-1])


def _without_sales_of(stores: set[str], since: date) -> Callable[[str, pa.Table], pa.Table | None]:
    def change(name: str, rows: pa.Table) -> pa.Table:
        if name != SALES:
            return rows
        recent = pc.greater_equal(rows["date"].cast(pa.date32()), pa.scalar(since, pa.date32()))
        return rows.filter(pc.invert(pc.and_(recent, pc.is_in(rows["store_id"], pa.array(sorted(stores))))))

    return change


def _tripled(rows: pa.Table, store: str, at: date) -> pa.Table:
    there = pc.and_(
        pc.equal(rows["store_id"], store), pc.equal(rows["date"].cast(pa.date32()), pa.scalar(at, pa.date32()))
    )
    return rows.set_column(
        rows.schema.get_field_index("sales"), "sales", pc.if_else(there, pc.multiply(rows["sales"], 3.0), rows["sales"])
    )


def _later(tick: date) -> datetime:
    return schedule_time(tick) + timedelta(hours=5)


def _succeeds(t: Teller, landing: Path, tick: date) -> bool:
    try:
        t.ticks(landing, tick)
    except (MrsError, ClientError, BotoCoreError):
        return False
    return True


HISTORIES: Mapping[str, Callable[[Teller], None]] = MappingProxyType(
    {
        told.__name__: told
        for told in (
            daily,
            backfill,
            sharded,
            late_data,
            correction,
            edits,
            events,
            reset,
            rereview,
            repaired,
            feeds,
            by_hand,
        )
    }
)
