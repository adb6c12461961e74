"""The design matrix of the seasonal ridge: what may explain a store's day, from nothing dated on that day or later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mrs.arrays import BoolArray, IntArray
from mrs.detection.baseline.holidays import (
    closing_keys,
    dates_from,
    easter_offsets,
    habitually_closed,
    last_open_of_month,
    learned_closings,
    open_days_to_christmas,
)
from mrs.detection.baseline.openings import opening_features
from mrs.detection.baseline.params import (
    CHRISTMAS_OPEN_DAYS,
    CLOSINGS_AHEAD_DAYS,
    REOPENING_AFTER_DAYS,
    REOPENING_DECAY,
    REOPENING_LEAST,
    SEASON_WAVES,
    YEAR_DAYS,
)
from mrs.detection.baseline.promotion_features import promotion_features
from mrs.detection.baseline.school import SCHOOL_MARKS, school_marks
from mrs.detection.baseline.scopes import Entry, Layout
from mrs.panels import SalesPanel

Float32Array = npt.NDArray[np.float32]

EASTER_DAYS = (*range(-52, -45), *range(-6, -2), -1, *range(2, 6), 38, 40, 41, 48, 49, 51, 52, 59, 61)
YEAR_END_DAYS = (1227, 1228, 1229, 1230, 1231, 102, 103)


@dataclass(frozen=True)
class Design:
    """Features of S stores over T days.

    Parameters
    ----------
    names
        Names of the F features: first those that all stores share, then those by store.
    shared
        F₁×T, float32.
    by_store
        F₂ features of S×T.
    expected_closed
        S×T, the day's name or weekday says that the store will be closed.
    named
        S×T, days with a name of their own, which are never taken for outliers.
    day_type
        S×T, which of the day types, each with a spread of its own: weekdays in and out of a promotion, weekend days.
    """

    names: tuple[str, ...]
    shared: Float32Array
    by_store: tuple[npt.NDArray[Any], ...]
    expected_closed: BoolArray
    named: BoolArray
    day_type: npt.NDArray[np.int64]

    def since(self, begin: int) -> Design:
        """Return the days from a column on."""
        return Design(
            self.names,
            self.shared[:, begin:],
            tuple(feature[:, begin:] for feature in self.by_store),
            self.expected_closed[:, begin:],
            self.named[:, begin:],
            self.day_type[:, begin:],
        )

    def live(self, before: int) -> BoolArray:
        """Return S×F: the features that are not 0 on all of the first days."""
        stores = len(self.expected_closed)
        shared = np.broadcast_to((self.shared[:, :before] != 0).any(axis=1), (stores, len(self.shared)))
        return np.column_stack([shared, *(feature[:, :before].any(axis=1) for feature in self.by_store)])

    def block(self, rows: IntArray, start: int, wanted: IntArray | None = None) -> Float32Array:
        """Return the b×F×T features of some stores, on the days from `start` on; only those wanted of F, if given."""
        at = np.arange(len(self.names)) if wanted is None else wanted
        shared = self.shared.shape[0]
        common = int(np.searchsorted(at, shared))
        days = self.shared.shape[1] - start
        out = np.empty((len(rows), len(at), days), dtype=np.float32)
        out[:, :common] = self.shared[None, at[:common], start:]
        for k, feature in enumerate(at[common:], common):
            out[:, k] = self.by_store[feature - shared][rows, start:]
        return out


LEAD_DAYS = 7
"""Days before a day that its features of promotions and holidays look back on."""
DAY_TYPES = 8
TYPE_OF_WEEKDAY = (0, 1, 1, 2, 2, 3, 4)
IN_PROMOTION = 5


def build_design(
    panel: SalesPanel,
    layout: Layout,
    promotions: Sequence[Entry],
    calendar: Sequence[Entry],
    anchor: int,
    peers_anchor: int,
    opened: IntArray,
    begin: int = 0,
) -> Design:
    """Return the features of a panel's stores and days.

    `anchor` is the first day that no fit may look at; `peers_anchor`, not after it, that of the stores that are
    borrowed from: which mechanics have features of their own is settled by then, so that both have the same.
    `opened` (S) are the days on which stores opened. Of the days from the column `begin` on, if it is given: the first
    `LEAD_DAYS` of them lack what lies before.
    """
    first_day, days = panel.first_day + begin, panel.sales.shape[1] - begin
    layout = Layout(layout.stores, first_day, days)
    dates = dates_from(first_day, days)
    weekday = (np.arange(days) + first_day + 3) % 7
    shared = _shared_features(dates, weekday, anchor - first_day)
    history = _history(panel).since(begin)
    own: dict[str, npt.NDArray[Any]]
    own, promoted = promotion_features(layout, promotions, weekday, peers_anchor)
    own |= _calendar_features(layout, calendar, weekday)
    own |= history.closing | {"reopened": history.reopened, "month_left_0": history.month_left}
    own |= opening_features(opened, first_day, days)
    christmas = {f"christmas_in_{k}": history.to_christmas == k for k in range(1, CHRISTMAS_OPEN_DAYS + 1)}
    own |= christmas
    named = np.zeros(history.expected_closed.shape, dtype=bool)
    for feature in (
        *history.closing.values(),
        *christmas.values(),
        own["holiday"],
        own["holiday_before"],
        own["holiday_after"],
    ):
        named |= feature > 0
    shared_names = [n for n in shared if n.startswith(("easter", "date"))]
    named |= np.any([shared[n] > 0 for n in shared_names], axis=0)[None, :]
    kind = np.array(TYPE_OF_WEEKDAY)[weekday][None, :]
    return Design(
        names=(*shared, *own),
        shared=_packed(shared),
        by_store=tuple(own.values()),
        expected_closed=history.expected_closed,
        named=named,
        day_type=np.where(promoted & (kind <= 2), kind + IN_PROMOTION, kind),
    )


@dataclass(frozen=True)
class _History:
    """What a panel's own days tell, whatever may be looked at: all S×T."""

    expected_closed: BoolArray
    closing: dict[str, BoolArray]
    reopened: npt.NDArray[np.float64]
    month_left: BoolArray
    to_christmas: IntArray

    def since(self, begin: int) -> _History:
        """Return the days from a column on."""
        closing = {name: values[:, begin:] for name, values in self.closing.items()}
        return _History(
            self.expected_closed[:, begin:],
            closing,
            self.reopened[:, begin:],
            self.month_left[:, begin:],
            self.to_christmas[:, begin:],
        )


@lru_cache(maxsize=2)
def _history(panel: SalesPanel) -> _History:
    """Return a panel's history; the fits of several periods to one panel share it."""
    days = panel.sales.shape[1]
    usual, learned = habitually_closed(panel), learned_closings(panel, CLOSINGS_AHEAD_DAYS)
    return _History(
        expected_closed=usual | learned[:, :days],
        closing=_closing_features(panel, learned, usual),
        reopened=_reopening(panel),
        month_left=last_open_of_month(dates_from(panel.first_day, days), usual),
        to_christmas=open_days_to_christmas(dates_from(panel.first_day, days), usual),
    )


def expected_closings(panel: SalesPanel) -> BoolArray:
    """Return S×T: the day's name or weekday says that the store will be closed."""
    return _history(panel).expected_closed


def _packed(features: dict[str, npt.NDArray[Any]]) -> Float32Array:
    """Return the features one after the other, float32."""
    out = np.empty((len(features), *next(iter(features.values())).shape), dtype=np.float32)
    for k, feature in enumerate(features.values()):
        out[k] = feature
    return out


def _shared_features(dates: list[date], weekday: npt.NDArray[np.int64], anchor: int) -> dict[str, npt.NDArray[Any]]:
    month_day = np.array([d.month * 100 + d.day for d in dates])
    day = month_day % 100
    length = np.array([28 if d.month == 2 and d.year % 4 else _MONTH_LENGTH[d.month - 1] for d in dates])
    of_year = np.array([d.timetuple().tm_yday for d in dates])
    offset = easter_offsets(dates)
    month_phase = 2 * np.pi * (day - 1) / length
    found: dict[str, npt.NDArray[Any]] = {f"weekday_{k}": weekday == k for k in range(7)}
    for k in range(1, SEASON_WAVES + 1):
        found[f"season_sin_{k}"] = np.sin(2 * np.pi * k * of_year / YEAR_DAYS)
        found[f"season_cos_{k}"] = np.cos(2 * np.pi * k * of_year / YEAR_DAYS)
    found["trend"] = (np.arange(len(dates)) - anchor) / YEAR_DAYS
    found |= {f"month_day_{k}": day == k for k in range(1, 6)}
    found |= {f"month_left_{k}": length - day == k for k in range(1, 4)}
    found["month_middle"] = (day >= 13) & (day <= 17)
    for k in (1, 2):
        found[f"month_sin_{k}"], found[f"month_cos_{k}"] = np.sin(k * month_phase), np.cos(k * month_phase)
    advent = (month_day >= 1125) & (month_day <= 1224)
    found["advent"] = np.where(advent, 0.2 + (month_day - 1125) / 100, 0)
    found |= {f"date_{md}": month_day == md for md in YEAR_END_DAYS}
    found |= {f"easter_{k}": offset == k for k in EASTER_DAYS}
    found["closing_name"] = closing_keys(dates) >= 0
    return found


_MONTH_LENGTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _calendar_features(
    layout: Layout, calendar: Sequence[Entry], weekday: npt.NDArray[np.int64]
) -> dict[str, BoolArray]:
    """Return features of holidays and school holidays; local events are causes, never part of the expectation."""
    on = layout.marked(_calendar_marks(layout.near(calendar)), ("holiday", "holiday_before", "holiday_after"))
    on |= layout.marked(school_marks(calendar), SCHOOL_MARKS)
    on["school_weekend"] = on["school"] & (weekday >= 5)[None, :]
    return on


def _calendar_marks(calendar: Sequence[Entry]) -> Iterator[tuple[str, Entry, int, int]]:
    for e in calendar:
        if e.kind == "public_holiday":
            yield "holiday", e, e.start, e.end
            yield "holiday_before", e, e.start - 1, e.start - 1
            yield "holiday_after", e, e.end + 1, e.end + 1


def _closing_features(panel: SalesPanel, learned: BoolArray, usual: BoolArray) -> dict[str, BoolArray]:
    """Return features of the days before closings that are due and after closings that were."""
    days = panel.sales.shape[1]
    due = learned.copy()
    due[:, :days] &= ~usual
    shut = (panel.is_closed | (panel.seen & ~panel.trading)) & ~usual
    found = {f"closing_in_{k}": due[:, k : k + days] for k in (1, 2, 3)}
    for k in (1, 2):
        found[f"closed_{k}_ago"] = np.zeros_like(shut)
        found[f"closed_{k}_ago"][:, k:] = shut[:, :-k]
    return found


def _reopening(panel: SalesPanel) -> npt.NDArray[np.float64]:
    """Return S×T: 1 on the first day after a closing of at least six days, fading after it."""
    stores, days = panel.sales.shape
    trading, day = panel.trading, np.arange(days)
    opened = np.maximum.accumulate(np.where(trading, day, -1), axis=1)
    last = np.concatenate([np.full((stores, 1), -1), opened[:, :-1]], axis=1)
    closed_so_far = day - 1 - last
    marked = np.maximum.accumulate(np.where((closed_so_far >= REOPENING_AFTER_DAYS) & (last >= 0), day, -1), axis=1)
    fading = np.multiply.accumulate(np.array([1.0] + [REOPENING_DECAY] * max(days - 1, 0)))
    out = np.where(marked >= 0, fading[day - np.maximum(marked, 0)], 0.0)
    return np.where(out > REOPENING_LEAST, out, 0.0)
