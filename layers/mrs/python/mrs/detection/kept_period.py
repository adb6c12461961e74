"""What of a refit period's beginning its later ticks need: the fits, and the past in outline (ADR 25).

It depends on nothing but rows dated before the anchor. Where one of these comes late, or what was told of promotions,
calendar or stores is another thing, it holds no more. Stores with a short history are fitted again each week,
and kept whole.
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
from mrs.detection.baseline.inputs import BaselineInputs, Lenders
from mrs.detection.baseline.level import LevelState
from mrs.detection.baseline.params import RECENT_WEEKS
from mrs.detection.baseline.repeats import Repeats
from mrs.detection.baseline.ridge_fit import RidgeFit
from mrs.detection.baseline.school import with_whole_holidays
from mrs.detection.baseline.scopes import Layout, calendar_entries, promotion_entries, store_table
from mrs.detection.expectation import CALENDAR, PROMOTIONS, SALES, STORES, Fits, short_history, weeks_within
from mrs.detection.packing import packed, unpacked
from mrs.panels import SalesPanel, sales_panel
from mrs.settings import DetectSettings

CLOSED, LATE, FLAGGED, SEEN, SOLD, OWED, BROKEN = (1 << k for k in range(7))
"""What a byte tells of an outlined day: from SEEN on, that there is an amount, above or below nothing, not whole."""
AMOUNT_DAYS = 7 * RECENT_WEEKS
"""Days before the anchor whose amounts are kept: the last same weekdays of the first day after it."""
_LEVEL = tuple(f.name for f in fields(LevelState) if f.name != "days")
_FIT = ("coefficients", "profile", "centre", "lent", "moved", "since", "opened", "size", "spread", "factor", "known")


@dataclass(frozen=True)
class KeptPeriod:
    """A refit period as it stood when it was kept.

    Parameters
    ----------
    panel, flagged
        S×B of the B days before the anchor: the sales, outlined but for the last weeks and for stores with a short
        history, and days called anomalous.
    settled
        S, the first tick that rows dated before the anchor have; the panel's own also counts later rows.
    fits, held
        What the models say; no weekly fits.
    peers
        The stores that were borrowed from, or are measured on.
    told
        A hash of what was told of promotions, calendar and these stores.
    begun
        First day (since 1970-01-01) on which one of the peers sold anything; None if that was not known.
    """

    panel: SalesPanel
    flagged: BoolArray
    settled: IntArray
    fits: Fits
    held: Held
    peers: tuple[str, ...]
    told: str
    begun: int | None

    @property
    def anchor(self) -> int:
        """The first day of the refit period."""
        return self.panel.first_day + int(self.panel.sales.shape[1])

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
            calendar=with_whole_holidays(calendar_entries(tables[CALENDAR], self.anchor)),
            flagged=joined(self.flagged, np.zeros(now.sales.shape, dtype=bool), False),
            anchor=self.anchor,
            lenders=self.fits.lenders,
            begun=self.begun,
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
        if new.num_rows and int(epoch_days(new["date"]).min()) < self.anchor:
            return False
        at = codes_in(pa.array(self.panel.store_ids, pa.string()), inputs.panel.store_ids)
        if not np.array_equal(inputs.panel.first_tick[at], self.panel.first_tick):
            return False
        if self.fits.lenders is None and len(short_history(inputs)) and weeks_within(self.anchor, ticks):
            return False
        return told_of(tables, self.anchor, (*self.panel.store_ids, *self.peers)) == self.told

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Return it as two tables, to the bit: of its stores, and of those that lend."""
        own, fit, lenders = self.panel, self.fits.first, self.fits.lenders
        arrays: dict[str, Any] = {name: getattr(fit, name) for name in _FIT}
        arrays |= {f"level_{name}": getattr(fit.level, name) for name in _LEVEL}
        arrays |= {"outline": _outline(own, self.flagged), "amounts": own.sales[:, -AMOUNT_DAYS:]}
        rows = codes_in(pa.array(self.fits.short, pa.string()), own.store_ids)
        if len(rows):
            arrays["whole"] = np.zeros(own.sales.shape)
            arrays["whole"][rows] = own.sales[rows]
        arrays |= {"first_tick": own.first_tick, "settled": self.settled}
        about: dict[str, Any] = {
            "first_day": own.first_day,
            "peers": self.peers,
            "told": self.told,
            "begun": self.begun,
        }
        about |= {"anchor": fit.anchor, "by": fit.settled, "names": fit.names, "days": fit.level.days}
        about |= {
            "short": self.fits.short,
            "repeats": self.held.repeats.expected.tolist(),
            "scale": self.held.scale.tolist(),
        }
        about |= {"as before": _nulls(self.held.repeats.as_before), "weight": self.held.weight}
        about |= {"from": self.held.first_day, "lent": lenders is not None}
        lent = {} if lenders is None else {"coefficients": lenders.coefficients, "known": lenders.known}
        return packed(own.store_ids, arrays, about), packed(self.peers if lenders else (), lent, {})

    @classmethod
    def of(cls, table: pa.Table, lent: pa.Table, stores: pa.Table) -> KeptPeriod:
        """Return what `tables` gave; `stores` is what is told of stores."""
        ids, arrays, about = unpacked(table)
        panel, flagged = _panel(ids, about, arrays)
        level = LevelState(about["days"], **{name: arrays[f"level_{name}"] for name in _LEVEL})
        told: dict[str, Any] = {name: arrays[name] for name in _FIT}
        fit = RidgeFit(about["anchor"], about["by"], tuple(about["names"]), **told, level=level)
        peers, lenders = unpacked(lent), None
        if about["lent"]:
            lenders = Lenders(fit.anchor, store_table(stores, peers[0]), peers[1]["coefficients"], peers[1]["known"])
        repeats = Repeats(np.array(about["repeats"]), np.array(about["as before"], dtype=np.float64))
        held = Held(about["from"], repeats, about["weight"], np.array(about["scale"]))
        fits = Fits(ids, fit, lenders=lenders)
        return cls(panel, flagged, arrays["settled"], fits, held, tuple(about["peers"]), about["told"], about["begun"])


def kept_period(
    tables: Mapping[str, pa.Table], inputs: BaselineInputs, peers: BaselineInputs, fits: Fits, held: Held
) -> KeptPeriod:
    """Return what to keep of a period, of a model that tells its fit from its answer."""
    own, anchor = inputs.panel, inputs.anchor
    rows = tables[SALES].filter(pa.array(epoch_days(tables[SALES]["date"]) < anchor))
    settled = np.full(len(own.store_ids), np.iinfo(np.int64).max)
    store = codes_in(rows["store_id"], own.store_ids)
    np.minimum.at(settled, store, epoch_days(rows["tick"]))
    ids = (*own.store_ids, *peers.panel.store_ids)
    short = codes_in(pa.array(fits.short, pa.string()), own.store_ids)
    before = own.until(anchor)
    outlined = before.outlined(anchor - AMOUNT_DAYS)
    outlined.sales[short] = before.sales[short]
    return KeptPeriod(
        outlined,
        inputs.flagged[:, : anchor - own.first_day],
        settled,
        replace(fits, again={}),
        held,
        peers.panel.store_ids,
        told_of(tables, anchor, ids),
        inputs.begun,
    )


def told_of(tables: Mapping[str, pa.Table], anchor: int, store_ids: Sequence[str]) -> str:
    """Return a hash of what fits to the days before the anchor use of promotions, calendar and some stores.

    A promotion that was told since then, of days from the anchor on, changes none of them.
    """
    stores = store_table(tables[STORES], store_ids)
    promotions = promotion_entries(tables[PROMOTIONS], anchor)
    used = [e for e in promotions if e.known_from < anchor or e.start < anchor]
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


def _panel(ids: tuple[str, ...], about: Mapping[str, Any], arrays: Mapping[str, Any]) -> tuple[SalesPanel, BoolArray]:
    outline, amounts = arrays["outline"], arrays["amounts"]

    def told(bit: int) -> BoolArray:
        return np.asarray(outline & bit, dtype=bool)

    size = np.where(told(BROKEN), 0.5, 1.0) * (told(SOLD).astype(np.float64) - told(OWED))
    sales: FloatArray = np.where(told(SEEN), size, np.nan)
    sales[:, sales.shape[1] - amounts.shape[1] :] = amounts
    short = codes_in(pa.array(about["short"], pa.string()), ids)
    if len(short):
        sales[short] = arrays["whole"][short]
    return SalesPanel(ids, about["first_day"], sales, told(CLOSED), told(LATE), arrays["first_tick"]), told(FLAGGED)


def _nulls(values: FloatArray) -> list[float | None]:
    """Return the values with None for NaN, which JSON does not have."""
    return [None if np.isnan(v) else float(v) for v in values]
