"""A small retail world with context feeds, as the attribution stage reads it: quiet unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from mrs.contracts import dataset
from mrs.identity import report_id

from tests.builders import at, table

TICK = date(2024, 6, 14)
DAYS = 95
SPREAD = 0.08
REGIONS = ("north", "south")
PER_REGION = 12
STORES = tuple(f"{r}-{k:02d}" for r in REGIONS for k in range(PER_REGION))
NORTH = STORES[:PER_REGION]

BASELINE = "baseline_sales_model_prediction_log"
MRDL, MRCL = "minority_reports_detected_log", "minority_reports_clustered_log"
SIGNALS, SALES = "context_signals_data", "sales_timeseries_data"


def region_of(store: str) -> str:
    return store.partition("-")[0]


@dataclass
class CauseWorld:
    """Quiet matrices by store or region and day; the last day is `TICK`. Days are counted backwards from it."""

    effect: np.ndarray[Any, Any] = field(default_factory=lambda: np.zeros((len(STORES), DAYS)))
    own: np.ndarray[Any, Any] = field(default_factory=lambda: _noisy(0.97, 0.01, len(STORES), 1))
    competitor: np.ndarray[Any, Any] = field(default_factory=lambda: _noisy(0.96, 0.01, len(STORES), 2))
    price: np.ndarray[Any, Any] = field(default_factory=lambda: _noisy(10.0, 0.01, len(STORES), 3))
    spend: np.ndarray[Any, Any] = field(default_factory=lambda: np.exp(_noisy(6.0, 0.2, len(REGIONS), 4)))
    mentions: np.ndarray[Any, Any] = field(default_factory=lambda: np.round(np.exp(_noisy(3.8, 0.25, len(REGIONS), 5))))
    rain: np.ndarray[Any, Any] = field(default_factory=lambda: np.abs(_noisy(0.0, 2.0, len(REGIONS), 6)))
    promotions: list[dict[str, Any]] = field(default_factory=list)
    calendar: list[dict[str, Any]] = field(default_factory=list)
    reports: list[tuple[Sequence[str], int, int, str]] = field(default_factory=list)

    def days(self, first: int, last: int) -> slice:
        """Return the columns from `first` to `last` days before the tick."""
        return slice(DAYS - 1 - first, DAYS - last)

    def deviate(self, stores: Sequence[str], first: int, last: int, effect: float, cluster: str = "c0") -> CauseWorld:
        """Let sales of some stores deviate, and report it as one cluster."""
        self.effect[[STORES.index(s) for s in stores], self.days(first, last)] += effect
        self.reports.append((stores, first, last, cluster))
        return self

    def day(self, back: int) -> date:
        return TICK - timedelta(days=back)

    def tables(self, without: Sequence[str] = ()) -> dict[str, pa.Table]:
        """Return what the stage reads; the whole history was written when each day was a tick."""
        noise = np.random.default_rng(9).normal(0, SPREAD / 2, self.effect.shape)
        ratio = self.effect + noise
        store_days = [(i, s, k, self.day(DAYS - 1 - k)) for i, s in enumerate(STORES) for k in range(DAYS)]
        region_days = [(i, r, k, self.day(DAYS - 1 - k)) for i, r in enumerate(REGIONS) for k in range(DAYS)]
        baseline = [
            {
                "store_id": s,
                "date": d,
                "tick": d,
                "observed_sales": round(1000 * float(np.exp(ratio[i, k])), 2),
                "expected_sales": 1000.0,
                "expected_low": 1000 * float(np.exp(-1.645 * SPREAD)),
                "expected_high": 1000 * float(np.exp(1.645 * SPREAD)),
                "residual_z": float(ratio[i, k] / SPREAD),
            }
            for i, s, k, d in store_days
        ]
        sales = [
            {"store_id": s, "date": d, "tick": d, "price": float(self.price[i, k]), "sales": 1.0}
            for i, s, k, d in store_days
        ]
        by_store = (
            ("inventory", "own_availability", self.own),
            ("competitors", "competitor_availability", self.competitor),
        )
        by_region = (
            ("campaigns", "spend", self.spend),
            ("social", "mentions", self.mentions),
            ("weather", "precipitation_mm", self.rain),
        )
        source = {"campaigns": "meta/always-on", "competitors": "nearest"}
        signals = [
            {
                "feed": f,
                "signal": n,
                "date": d,
                "tick": d,
                "store_id": s,
                "source": source.get(f),
                "value": float(v[i, k]),
            }
            for f, n, v in by_store
            if f not in without
            for i, s, k, d in store_days
        ]
        signals += [
            {
                "feed": f,
                "signal": n,
                "date": d,
                "tick": d,
                "region": r,
                "source": source.get(f),
                "value": float(v[i, k]),
            }
            for f, n, v in by_region
            if f not in without
            for i, r, k, d in region_days
        ]
        stores = [
            {"store_id": s, "region": region_of(s), "retailer": "chain", "tick": self.day(DAYS - 1)} for s in STORES
        ]
        return {
            BASELINE: table(BASELINE, *baseline),
            SALES: table(SALES, *sales),
            SIGNALS: table(SIGNALS, *signals) if signals else dataset(SIGNALS).empty(),
            "promotions_data": self._calendar("promotions_data", self._usual_promotions(), "promotions" in without),
            "calendar_data": self._calendar("calendar_data", self._holidays() + self.calendar, "calendar" in without),
            "stores_data": table("stores_data", *stores),
            **self._detected(),
        }

    def _calendar(self, name: str, rows: list[dict[str, Any]], absent: bool) -> pa.Table:
        return dataset(name).empty() if absent else table(name, *rows, tick=self.day(DAYS - 1))

    def _usual_promotions(self) -> list[dict[str, Any]]:
        usual = [
            {"promotion_id": f"p{k}", "retailer": "chain", "start_date": self.day(k), "end_date": self.day(k - 4)}
            for k in range(90, 4, -14)
        ]
        return usual + self.promotions

    def _holidays(self) -> list[dict[str, Any]]:
        return [{"start_date": self.day(60), "end_date": self.day(60), "name": "Holiday", "kind": "public_holiday"}]

    def _detected(self) -> dict[str, pa.Table]:
        detected, clustered = [], []
        for stores, first, last, cluster in self.reports:
            for store in stores:
                row = STORES.index(store)
                effect = float(self.effect[row, self.days(first, last)].mean())
                name = report_id(store, self.day(first))
                detected.append(
                    {
                        "report_id": name,
                        "store_id": store,
                        "first_detected_at": at(self.day(first)),
                        "last_detected_at": at(self.day(last)),
                        "direction": "up" if effect > 0 else "down",
                        "observed_sales": 1000 * float(np.exp(effect)),
                        "expected_sales": 1000.0,
                        "report_status": "ongoing",
                        "tick": TICK,
                        "run_id": "r",
                    }
                )
                clustered.append({"report_id": name, "cluster_id": cluster, "report_status": "ongoing", "tick": TICK})
        return {MRDL: table(MRDL, *detected), MRCL: table(MRCL, *clustered)}


def _noisy(level: float, spread: float, rows: int, seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(level, spread, (rows, DAYS))
