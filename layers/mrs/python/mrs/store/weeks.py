"""Where a state's `attribution_ready_sales` lie: each week in the write that made it, its own or an earlier one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from mrs.store.keys import LogKey

SALES, WEEKS = "attribution_ready_sales", "attribution_ready_sales_weeks"
_PART = "week"


@dataclass(frozen=True)
class HeldWeeks:
    """The weeks of one state, by their Monday: tick and time of writing of the state that wrote each.

    `n_objects` is of how many objects of the logs the state was made, within its window; None of a state without weeks.
    """

    written: Mapping[date, tuple[date, datetime]]
    n_objects: int | None

    @classmethod
    def of(cls, rows: pa.Table) -> HeldWeeks:
        """Return what the rows of `attribution_ready_sales_weeks` say."""
        told = rows.select(["week", "part_tick", "part_written_at", "n_objects"]).to_pylist()
        written = {row["week"]: (row["part_tick"], row["part_written_at"]) for row in told}
        return cls(written, told[0]["n_objects"] if told else None)

    def key(self, run_id: str, week: date) -> LogKey:
        """Return where a week's rows lie."""
        return LogKey(SALES, run_id, *self.written[week], week_part(week))

    def keys(self, run_id: str) -> list[LogKey]:
        """Return where all rows lie, in the order of the weeks."""
        return [self.key(run_id, week) for week in sorted(self.written)]

    def since(self, first: date, without: Collection[date]) -> dict[date, tuple[date, datetime]]:
        """Return the weeks from a Monday on, less some."""
        return {week: at for week, at in self.written.items() if week >= first and week not in without}


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def week_part(week: date) -> str:
    """Return the part of a key that names a week: `week20240101`."""
    return f"{_PART}{week:%Y%m%d}"


def is_week(part: str) -> bool:
    """Whether the part of a key names a week: states of earlier releases hold their whole window in one write."""
    return part.startswith(_PART)
