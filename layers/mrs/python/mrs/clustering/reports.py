"""The reports of one tick as arrays, in an order that does not depend on the order of the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray, codes_in, epoch_days, floats, sorted_unique
from mrs.clustering.panel import LOG_RATIO_LIMIT


@dataclass(frozen=True)
class Places:
    """Where the stores are: aligned with the panel's `store_ids`.

    Parameters
    ----------
    region, retailer
        Codes, -1 where not known.
    regions, retailers
        What the codes stand for.
    latitude, longitude
        Degrees, NaN where not known.
    """

    region: IntArray
    retailer: IntArray
    regions: pa.Array
    retailers: pa.Array
    latitude: FloatArray
    longitude: FloatArray

    @property
    def per_region(self) -> FloatArray:
        """Number of stores of each region."""
        return np.bincount(self.region[self.region >= 0], minlength=len(self.regions)).astype(float)

    @property
    def per_retailer(self) -> FloatArray:
        """Number of stores of each retailer."""
        return np.bincount(self.retailer[self.retailer >= 0], minlength=len(self.retailers)).astype(float)

    def only(self, active: NDArray[np.bool_]) -> Places:
        """Return the places with the stores that are not `active` put nowhere, so that they count for nothing."""
        return replace(
            self,
            region=np.where(active, self.region, -1),
            retailer=np.where(active, self.retailer, -1),
            latitude=np.where(active, self.latitude, np.nan),
            longitude=np.where(active, self.longitude, np.nan),
        )


def places_of(stores: pa.Table, store_ids: pa.Array) -> Places:
    """Return where each of `store_ids` is; a store unknown to `stores` is nowhere."""
    regions, retailers = sorted_unique(stores["region"]), sorted_unique(stores["retailer"])
    row = codes_in(store_ids, stores["store_id"].combine_chunks())
    known = row >= 0
    region, retailer = (np.full(len(store_ids), -1, dtype=np.int64) for _ in range(2))
    latitude, longitude = np.full(len(store_ids), np.nan), np.full(len(store_ids), np.nan)
    region[known] = codes_in(stores["region"], regions)[row[known]]
    retailer[known] = codes_in(stores["retailer"], retailers)[row[known]]
    latitude[known] = floats(stores["latitude"])[row[known]]
    longitude[known] = floats(stores["longitude"])[row[known]]
    half = ~(np.isfinite(latitude) & np.isfinite(longitude))
    latitude[half] = longitude[half] = np.nan
    return Places(region, retailer, regions, retailers, latitude, longitude)


@dataclass(frozen=True)
class Reports:
    """Reports in the order of their `report_id`.

    Parameters
    ----------
    ids
        `report_id`.
    store
        Row of the report's store in the panel and in `Places`.
    sign
        +1 for up, -1 for down.
    first, last
        First and last anomalous day, days since the epoch.
    size
        Log of observed over expected sales over the episode, clipped to ±3.
    live
        Whether the report has a row in the tick itself; the others closed shortly before and give context only.
    """

    ids: pa.StringArray
    store: IntArray
    sign: IntArray
    first: IntArray
    last: IntArray
    size: FloatArray
    live: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of reports."""
        return len(self.ids)


def reports_at(detected: pa.Table, tick: int, memory_days: int, store_ids: pa.Array) -> tuple[Reports, IntArray]:
    """Return the reports of `tick` and those that closed in the `memory_days` before it, with their rows in `detected`.

    Parameters
    ----------
    detected
        MRDL rows; rows of later ticks are ignored.
    tick
        Days since the epoch.
    """
    ticks = epoch_days(detected["tick"])
    rows = np.flatnonzero((ticks <= tick) & (ticks >= tick - memory_days))
    names = detected["report_id"].take(pa.array(rows))
    ids = sorted_unique(names)
    code = codes_in(names, ids)
    newest = rows[np.lexsort((ticks[rows], code))][
        np.searchsorted(np.sort(code), np.arange(len(ids)), side="right") - 1
    ]
    part = detected.take(pa.array(newest))
    observed, expected = floats(part["observed_sales"]), floats(part["expected_sales"])
    floor = np.exp(-LOG_RATIO_LIMIT)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.log(np.clip(np.where(expected > 0, observed / np.maximum(expected, 1e-12), 1.0), floor, 1 / floor))
    reports = Reports(
        ids=ids,
        store=codes_in(part["store_id"], store_ids),
        sign=np.where(np.asarray(pc.equal(part["direction"], "up")), 1, -1).astype(np.int64),
        first=epoch_days(part["first_detected_at"]),
        last=epoch_days(part["last_detected_at"]),
        size=size,
        live=ticks[newest] == tick,
    )
    return reports, newest
