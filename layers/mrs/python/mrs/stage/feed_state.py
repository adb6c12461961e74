"""Which landing feeds were present, and fresh enough, at a tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from mrs.settings import IngestSettings

SALES = "unified_sales_data"
DAILY_FEEDS = frozenset({"campaigns", "weather", "social", "competitors", "inventory"})


@dataclass(frozen=True)
class FeedState:
    """What is known of each landing feed at each tick.

    Parameters
    ----------
    rows
        `landing_feeds_log` rows by tick and feed, as dictionaries.
    stale_after_days
        From which age on a daily feed counts as missing.
    """

    rows: Mapping[tuple[date, str], Mapping[str, Any]]
    stale_after_days: int

    def missing(self, tick: date, feeds: Sequence[str]) -> list[str]:
        """Return the feeds that were absent, or too old, at a tick; sorted."""
        return sorted(f for f in feeds if not self._is_there(tick, f))

    def _is_there(self, tick: date, feed: str) -> bool:
        row = self.rows.get((tick, feed))
        if row is None or not row["is_present"]:
            return False
        if feed not in DAILY_FEEDS or row["last_date"] is None:
            return feed not in DAILY_FEEDS
        return bool(row["last_date"] >= tick - timedelta(days=self.stale_after_days))

    def sales(self, tick: date) -> Mapping[str, Any]:
        """Return the state of the sales feed at a tick; empty where it is not known."""
        return self.rows.get((tick, SALES), {})

    def error_rate(self, tick: date) -> float:
        """Return the share of the tick's landing rows that were rejected."""
        rows = [r for (t, _), r in self.rows.items() if t == tick]
        rejected = sum(r["rows_rejected"] for r in rows)
        return float(rejected / max(1, rejected + sum(r["rows_new"] for r in rows)))


def feed_state(log: pa.Table, ticks: Sequence[date], settings: IngestSettings) -> FeedState:
    """Return the state of the feeds at `ticks`, from `landing_feeds_log` rows, or one shard's `landing_shards_log`."""
    columns = {"tick", "feed", "is_present", "last_date", "rows_new", "rows_rejected", "coverage"}
    table = log.select([c for c in log.column_names if c in columns])
    wanted = set(ticks)
    rows = {(r["tick"], r["feed"]): r for r in table.to_pylist() if r["tick"] in wanted}
    return FeedState(rows, settings.stale_after_days)
