"""What of a refit period's beginning its later ticks need: the fits, and the past in outline (ADR 25).

It depends on nothing but rows dated before the anchor, or before the week in which short histories were fitted again.
Where one of these comes late, or what was told of promotions, calendar or stores is another thing, it holds no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mrs.arrays import BoolArray, FloatArray, IntArray, codes_in, epoch_days, sorted_ids
from mrs.detection.baseline.held import Held
from mrs.detection.baseline.inputs import BaselineInputs
from mrs.detection.baseline.level import LevelState
from mrs.detection.baseline.scopes import Layout, calendar_entries, promotion_entries, store_table
from mrs.detection.baseline.seasonal_ridge import RidgeFit
from mrs.detection.expectation import CALENDAR, PROMOTIONS, SALES, STORES, Fits, short_history, weeks_within
from mrs.detection.packing import packed, unpacked
from mrs.detection.params import RECENT_WEEKS
from mrs.panels import SalesPanel, sales_panel
from mrs.settings import DetectSettings

CLOSED, LATE, FLAGGED, SEEN, SOLD, OWED, BROKEN = (1 << k for k in range(7))
"""What a byte tells of an outlined day: from SEEN on, that there is an amount, above or below nothing, not whole."""
AMOUNT_DAYS = 7 * RECENT_WEEKS
"""Days before the anchor whose amounts are kept: the last same weekdays of the first day after it."""
_LEVEL = tuple(f.name for f in fields(LevelState) if f.name != "days")
_FIT = ("coefficients", "profile", "centre", "lent", "moved", "since", "size", "spread", "factor", "known")


@dataclass(frozen=True)
class KeptPeriod:
    """A refit period as it stood when it was kept.

    Parameters
    ----------
    panel, flagged
        S×B of the B days before the anchor: the sales, outlined but for the last weeks, and days called anomalous.
    settled
        S, the first tick that rows dated before the anchor have; the panel's own also counts later rows.
    fits, held
        What the models say; of the weekly fits, at most one.
    peers
        The stores that were borrowed from.
    told
        A hash of what was told of promotions, calendar and these stores.
    """

    panel: SalesPanel
    flagged: BoolArray
    settled: IntArray
    fits: Fits
    held: Held
    peers: tuple[str, ...]
    told: str

    @property
    def anchor(self) -> int:
        """The first day of the refit period."""
        return self.panel.first_day + int(self.panel.sales.shape[1])

    @property
    def until(self) -> int:
        """The first day that no fit has looked at."""
        return max([self.anchor, *self.fits.again])

    def inputs(self, tables: Mapping[str, pa.Table], settings: DetectSettings) -> BaselineInputs:
        """Return the inputs of the period, with the sales since the anchor."""
        own, rows = self.panel, tables[SALES]
        ids = sorted({*own.store_ids, *sorted_ids(rows["store_id"])})
        at, never = codes_in(pa.array(own.store_ids, pa.string()), ids), np.iinfo(np.int64).max
        since = np.full(len(ids), never)
        since[at] = self.settled
        now = sales_panel(rows, self.anchor, self.anchor + settings.refit_days - 1, store_ids=ids, since=since)

        def joined(before: Any, after: Any, empty: Any) -> Any:
            out = np.full((len(ids), before.shape[1] + after.shape[1]), empty)
            out[at, : before.shape[1]], out[:, before.shape[1] :] = before, after
            return out

        panel = SalesPanel(
            tuple(ids),
            own.first_day,
            joined(own.sales, now.sales, np.nan),
            joined(own.is_closed, now.is_closed, False),
            joined(own.late, now.late, False),
            now.first_tick,
        )
        return BaselineInputs(
            panel=panel,
            layout=Layout(store_table(tables[STORES], ids), own.first_day, panel.sales.shape[1]),
            promotions=promotion_entries(tables[PROMOTIONS], self.anchor),
            calendar=calendar_entries(tables[CALENDAR], self.anchor),
            flagged=joined(self.flagged, np.zeros(now.sales.shape, dtype=bool), False),
            anchor=self.anchor,
        )

    def holds(
        self, inputs: BaselineInputs, new: pa.Table, tables: Mapping[str, pa.Table], ticks: Sequence[date]
    ) -> bool:
        """Whether the fits are what they would be if they were made now.

        Parameters
        ----------
        inputs
            Of the period, as `inputs` gives them.
        new
            Sales rows that have come since it was kept.
        tables, ticks
            What is told of stores, promotions and calendar, and the ticks that are to be expected.
        """
        if new.num_rows and int(epoch_days(new["date"]).min()) < self.until:
            return False
        at = codes_in(pa.array(self.panel.store_ids, pa.string()), inputs.panel.store_ids)
        if not np.array_equal(inputs.panel.first_tick[at], self.panel.first_tick):
            return False
        weeks = weeks_within(self.anchor, ticks) if len(short_history(inputs)) else []
        if weeks and weeks != sorted(self.fits.again):
            return False
        return told_of(tables, self.anchor, self.until, (*self.panel.store_ids, *self.peers)) == self.told

    def table(self) -> pa.Table:
        """Return it as one table, to the bit."""
        own, again = self.panel, next(iter(self.fits.again.items()), None)
        arrays: dict[str, Any] = {"outline": _outline(own, self.flagged), "amounts": own.sales[:, -AMOUNT_DAYS:]}
        arrays |= {"first_tick": own.first_tick, "settled": self.settled, **_of_fit("first_", self.fits.first)}
        about: dict[str, Any] = {"first_day": own.first_day, "peers": self.peers, "told": self.told}
        about |= {"first": _about_fit(self.fits.first), "short": self.fits.short, "held": _about_held(self.held)}
        about["again"] = None
        if again is not None:
            rows = codes_in(pa.array(self.fits.short, pa.string()), own.store_ids)
            for name, values in _of_fit("again_", again[1]).items():
                arrays[name] = np.zeros((len(own.store_ids), *values.shape[1:]), dtype=values.dtype)
                arrays[name][rows] = values
            about["again"] = [again[0], _about_fit(again[1])]
        return packed(own.store_ids, arrays, about)

    @classmethod
    def of(cls, table: pa.Table) -> KeptPeriod:
        """Return what `table` gave."""
        ids, arrays, about = unpacked(table)
        panel, flagged = _panel(ids, about["first_day"], arrays)
        again, short = {}, tuple(about["short"])
        if about["again"] is not None:
            rows = codes_in(pa.array(short, pa.string()), ids)
            start, told = about["again"]
            again[start] = _fit_of("again_", {name: values[rows] for name, values in arrays.items()}, told)
        held = about["held"]
        repeats, scale = np.array(held["repeats"]), np.array(held["scale"])
        return cls(
            panel,
            flagged,
            arrays["settled"],
            Fits(ids, _fit_of("first_", arrays, about["first"]), short, again),
            Held(held["first_day"], repeats, held["weight"], scale),
            tuple(about["peers"]),
            about["told"],
        )


def kept_period(
    tables: Mapping[str, pa.Table], inputs: BaselineInputs, peers: BaselineInputs, fits: Fits, held: Held
) -> KeptPeriod:
    """Return what to keep of a period, of a model that tells its fit from its answer."""
    own, anchor = inputs.panel, inputs.anchor
    last = {start: fits.again[start] for start in sorted(fits.again)[-1:]}
    rows = tables[SALES].filter(pa.array(epoch_days(tables[SALES]["date"]) < anchor))
    settled = np.full(len(own.store_ids), np.iinfo(np.int64).max)
    store = codes_in(rows["store_id"], own.store_ids)
    np.minimum.at(settled, store, epoch_days(rows["tick"]))
    ids = (*own.store_ids, *peers.panel.store_ids)
    return KeptPeriod(
        own.until(anchor).outlined(anchor - AMOUNT_DAYS),
        inputs.flagged[:, : anchor - own.first_day],
        settled,
        replace(fits, again=last),
        held,
        peers.panel.store_ids,
        told_of(tables, anchor, max([anchor, *last]), ids),
    )


def told_of(tables: Mapping[str, pa.Table], anchor: int, until: int, store_ids: Sequence[str]) -> str:
    """Return a hash of what fits to the days before `until` use of promotions, calendar and some stores.

    A promotion that was told later, of days from the anchor on, changes none of them.
    """
    stores = store_table(tables[STORES], store_ids)
    promotions = promotion_entries(tables[PROMOTIONS], anchor)
    used = [e for e in promotions if e.known_from < until or e.start < anchor]
    told = (used, calendar_entries(tables[CALENDAR], anchor), stores.store_ids, stores.retailers, stores.regions)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _outline(panel: SalesPanel, flagged: BoolArray) -> NDArray[np.uint8]:
    sales, out = panel.sales, np.zeros(panel.sales.shape, dtype=np.uint8)
    with np.errstate(invalid="ignore"):
        broken = panel.seen & (sales != np.round(sales))
        told = {CLOSED: panel.is_closed, LATE: panel.late, FLAGGED: flagged, SEEN: panel.seen}
        for bit, where in (told | {SOLD: sales > 0, OWED: sales < 0, BROKEN: broken}).items():
            out |= np.uint8(bit) * where.astype(np.uint8)
    return out


def _panel(ids: tuple[str, ...], first_day: int, arrays: Mapping[str, Any]) -> tuple[SalesPanel, BoolArray]:
    outline, amounts = arrays["outline"], arrays["amounts"]

    def told(bit: int) -> BoolArray:
        return np.asarray(outline & bit, dtype=bool)

    size = np.where(told(BROKEN), 0.5, 1.0) * (told(SOLD).astype(np.float64) - told(OWED))
    sales: FloatArray = np.where(told(SEEN), size, np.nan)
    sales[:, sales.shape[1] - amounts.shape[1] :] = amounts
    return SalesPanel(ids, first_day, sales, told(CLOSED), told(LATE), arrays["first_tick"]), told(FLAGGED)


def _of_fit(prefix: str, fit: RidgeFit) -> dict[str, Any]:
    level = {f"{prefix}level_{name}": getattr(fit.level, name) for name in _LEVEL}
    return {f"{prefix}{name}": getattr(fit, name) for name in _FIT} | level


def _about_fit(fit: RidgeFit) -> dict[str, Any]:
    return {"anchor": fit.anchor, "settled": fit.settled, "names": fit.names, "days": fit.level.days}


def _fit_of(prefix: str, arrays: Mapping[str, Any], about: Mapping[str, Any]) -> RidgeFit:
    level = LevelState(about["days"], **{name: arrays[f"{prefix}level_{name}"] for name in _LEVEL})
    told = {name: arrays[f"{prefix}{name}"] for name in _FIT}
    return RidgeFit(about["anchor"], about["settled"], tuple(about["names"]), **told, level=level)


def _about_held(held: Held) -> dict[str, Any]:
    return {
        "first_day": held.first_day,
        "repeats": held.repeats.tolist(),
        "weight": held.weight,
        "scale": held.scale.tolist(),
    }
