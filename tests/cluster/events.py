"""Small worlds of reports: stores on a map, deviations that share a course, as the clustering stage reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from mrs.identity import report_id

from tests.builders import at, table

TICK = date(2024, 3, 15)
HISTORY = 20
SPREAD = 0.08


@dataclass(frozen=True)
class Deviation:
    """A deviation of some stores: days before the tick, its log effect."""

    stores: Sequence[str]
    first: int
    last: int
    effect: float


@dataclass
class ReportWorld:
    """Stores and what happened to them; `tables()` is what the stages read."""

    places: Mapping[str, tuple[str | None, str | None, float | None, float | None]]
    deviations: list[Deviation] = field(default_factory=list)
    tick: date = TICK

    def add(self, stores: Sequence[str], first: int, last: int, effect: float) -> ReportWorld:
        """Add a deviation from `first` to `last` days before the tick."""
        self.deviations.append(Deviation(stores, first, last, effect))
        return self

    def ids(self, number: int) -> set[str]:
        """Return the report ids of a deviation."""
        what = self.deviations[number]
        return {report_id(s, self.tick - timedelta(days=what.first)) for s in what.stores}

    def tables(self) -> dict[str, pa.Table]:
        """Return MRDL, baseline and stores."""
        noise = np.random.default_rng(1)
        effect = {s: np.zeros(HISTORY) for s in self.places}
        for what in self.deviations:
            for store in what.stores:
                effect[store][HISTORY - 1 - what.first : HISTORY - what.last] += what.effect
        baseline = [
            {
                "store_id": store,
                "date": self.tick - timedelta(days=HISTORY - 1 - k),
                "tick": self.tick - timedelta(days=HISTORY - 1 - k),
                "observed_sales": 100 * float(np.exp(level + noise.normal(0, SPREAD / 3))),
                "expected_sales": 100.0,
                "expected_low": 100 * float(np.exp(-1.645 * SPREAD)),
                "expected_high": 100 * float(np.exp(1.645 * SPREAD)),
                "residual_z": float(level / SPREAD),
            }
            for store, levels in effect.items()
            for k, level in enumerate(levels)
        ]
        stores = [
            {"store_id": s, "retailer": p[0], "region": p[1], "latitude": p[2], "longitude": p[3], "tick": self.tick}
            for s, p in self.places.items()
        ]
        return {
            "minority_reports_detected_log": table("minority_reports_detected_log", *self._reports()),
            "baseline_sales_model_prediction_log": table("baseline_sales_model_prediction_log", *baseline),
            "stores_data": table("stores_data", *stores),
        }

    def _reports(self) -> list[dict[str, object]]:
        rows = []
        for what in self.deviations:
            first = self.tick - timedelta(days=what.first)
            days = what.first - what.last + 1
            for store in what.stores:
                rows.append(
                    {
                        "report_id": report_id(store, first),
                        "store_id": store,
                        "first_detected_at": at(first),
                        "last_detected_at": at(self.tick - timedelta(days=what.last)),
                        "direction": "up" if what.effect > 0 else "down",
                        "observed_sales": 100 * days * float(np.exp(what.effect)),
                        "expected_sales": 100.0 * days,
                        "report_status": "ongoing",
                        "tick": self.tick,
                        "run_id": "r",
                    }
                )
        return rows


def town(
    name: str, count: int, latitude: float, longitude: float, region: str | None = "north", retailers: int = 2
) -> dict[str, tuple[str | None, str | None, float | None, float | None]]:
    """Return stores a few kilometres apart, of several chains."""
    return {
        f"{name}{k:02d}": (f"chain-{k % retailers}", region, latitude + 0.03 * (k % 5), longitude + 0.04 * (k // 5))
        for k in range(count)
    }


def nowhere(
    places: Mapping[str, tuple[str | None, str | None, float | None, float | None]], keep_region: bool
) -> dict[str, tuple[str | None, str | None, float | None, float | None]]:
    """Return the same stores without coordinates, and without regions unless `keep_region`."""
    return {s: (p[0], p[1] if keep_region else None, None, None) for s, p in places.items()}
