"""Episodes: from judged days to reports that keep their identity from the day of detection until they close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mrs.arrays import BoolArray, FloatArray, IntArray, codes_in, date_array, epoch_days, floats
from mrs.contracts import dataset
from mrs.detection.baseline.holidays import dates_from
from mrs.detection.params import CHANGE_LEAD_DAYS, LONG_REPORT_DAYS, LONG_REPORT_Z
from mrs.identity import report_id

MRDL = "minority_reports_detected_log"
MISSING = "missing"
"""The fault of a day whose sales are missing, as on the trading days before it."""
UP, DOWN, QUIET = 1, -1, 0
MILLISECONDS_A_DAY = 86_400_000
DIGITS = 6


@dataclass(frozen=True)
class JudgedDay:
    """What is known of S stores on one day.

    Parameters
    ----------
    side
        S, +1 or -1 where the day may open a report, 0 elsewhere.
    lasting
        S, +1 or -1 where the day carries on a report of that side.
    score, z
        S, probability and own deviation in sigmas.
    observed, expected
        S, sales; NaN where nothing is known.
    fault
        S, name of the data-quality pattern seen, empty where none.
    categories
        S, names of the categories that deviate; None where sales are not split.
    level_since
        S, first day of the lasting change of level that the expectation stands on; -1 for none.
    """

    side: IntArray
    lasting: IntArray
    score: FloatArray
    z: FloatArray
    observed: FloatArray
    expected: FloatArray
    fault: npt.NDArray[np.object_]
    categories: npt.NDArray[np.object_]
    level_since: IntArray


@dataclass(frozen=True)
class Episodes:
    """The open episode of each of S stores, as arrays; `side` is 0 where there is none.

    `lasting_since` is the first day of the lasting change of level that an episode turned out to be, -1 for none.
    """

    side: IntArray
    first: IntArray
    last: IntArray
    observed: FloatArray
    expected: FloatArray
    waiting_observed: FloatArray
    waiting_expected: FloatArray
    peak: FloatArray
    score: FloatArray
    fault: npt.NDArray[np.object_]
    categories: npt.NDArray[np.object_]
    lasting_since: IntArray
    status: npt.NDArray[np.object_] = field(default_factory=lambda: np.zeros(0, dtype=object))

    @classmethod
    def none(cls, stores: int) -> Episodes:
        """Return the state in which nothing is open."""
        whole, real = np.zeros(stores, dtype=np.int64), np.zeros(stores)
        empty = np.full(stores, "", dtype=object)
        nothing = np.full(stores, None, dtype=object)
        return cls(whole, whole, whole, real, real, real, real, real, real, empty, nothing, whole - 1, empty)

    def where(self, mask: BoolArray, other: Episodes) -> Episodes:
        """Return this state with the stores of `mask` taken from another."""
        return Episodes(**{f.name: np.where(mask, getattr(other, f.name), getattr(self, f.name)) for f in fields(self)})


def advance(open_: Episodes, day: int, judged: JudgedDay, close_after: int) -> tuple[Episodes, Episodes, Episodes]:
    """Carry the episodes through one day.

    Parameters
    ----------
    open_
        The state of the day before.
    day
        Days since 1970-01-01.
    judged
        What is known of the day.
    close_after
        Days without an anomaly, quiet or closed, after which a report closes. It closes at once when its change has
        become the level that is expected.

    Returns
    -------
    tuple
        The state after the day; the episodes that closed on it; those that are open or went on (both with a status).
    """
    observed: FloatArray = np.nan_to_num(judged.observed)
    expected: FloatArray = np.nan_to_num(judged.expected)
    active = open_.side != QUIET
    lasts = active & (judged.level_since >= np.maximum(open_.first - CHANGE_LEAD_DAYS, 0))
    long = (day - open_.first >= LONG_REPORT_DAYS) & (judged.z * open_.side >= LONG_REPORT_Z)
    goes_on = active & ~lasts & ((judged.lasting == open_.side) | long)
    opens = ~goes_on & (judged.side != QUIET)
    absent = (judged.fault == MISSING) & (goes_on | opens)  # what does not come is worth what was expected
    known = ~np.isnan(judged.observed) | absent
    ends = active & ~goes_on & (lasts | opens | (day - open_.last >= close_after))
    waiting = replace(
        open_,
        waiting_observed=np.where(known, open_.waiting_observed + observed, open_.waiting_observed),
        waiting_expected=np.where(known, open_.waiting_expected + expected, open_.waiting_expected),
    )
    longer = replace(
        waiting,
        last=np.full_like(open_.last, day),
        observed=np.round(open_.observed + waiting.waiting_observed, DIGITS),
        expected=np.round(open_.expected + waiting.waiting_expected, DIGITS),
        waiting_observed=np.zeros_like(observed),
        waiting_expected=np.zeros_like(expected),
        peak=np.where(np.abs(judged.z) > np.abs(open_.peak), np.round(judged.z, DIGITS), open_.peak),
        score=np.maximum(open_.score, np.round(judged.score, DIGITS)),
        fault=np.where(open_.fault == "", judged.fault, open_.fault),
        categories=np.array(
            [_joined(a, b) for a, b in zip(open_.categories, judged.categories, strict=True)] + [None], dtype=object
        )[:-1],
    )
    fresh = replace(
        Episodes.none(len(observed)),
        side=judged.side,
        first=np.full_like(open_.first, day),
        last=np.full_like(open_.last, day),
        observed=_rounded(np.where(known, observed, 0.0)),
        expected=_rounded(np.where(known, expected, 0.0)),
        peak=np.round(judged.z, DIGITS),
        score=np.round(judged.score, DIGITS),
        fault=judged.fault,
        categories=judged.categories,
    )
    state = waiting.where(goes_on, longer)
    since = np.where(lasts, judged.level_since, open_.lasting_since)
    closed = replace(open_, status=np.where(ends, "closed", ""), lasting_since=since)
    state = state.where(ends, Episodes.none(len(observed))).where(opens, fresh)
    status = np.where(state.side == QUIET, "", np.where(opens, "open", "ongoing"))
    return state, closed, replace(state, status=status)


def _rounded(values: FloatArray) -> FloatArray:
    return np.asarray(np.round(values, DIGITS), dtype=np.float64)


def _joined(one: list[str] | None, other: list[str] | None) -> list[str] | None:
    if one is None and other is None:
        return None
    return sorted({*(one or ()), *(other or ())})


def report_rows(store_ids: Sequence[str], found: Sequence[tuple[int, Episodes]], model: tuple[str, str]) -> pa.Table:
    """Return MRDL's rows of the stores that have a status, of some ticks, each with what was found at it."""
    picked = [(tick, of, np.flatnonzero(of.status != "")) for tick, of in found]

    def column(name: str) -> npt.NDArray[Any]:
        return np.concatenate([getattr(of, name)[at] for _, of, at in picked])

    ids = [store_ids[int(i)] for _, _, at in picked for i in at]
    first, last, lasting = column("first"), column("last"), column("lasting_since")
    dates = {int(d): dates_from(int(d), 1)[0] for d in np.unique(first)}
    observed, expected = column("observed"), column("expected")
    columns = {
        "report_id": pa.array([report_id(s, dates[d]) for s, d in zip(ids, first.tolist(), strict=True)], pa.string()),
        "store_id": pa.array(ids, pa.string()),
        "first_detected_at": _instants(first),
        "last_detected_at": _instants(last),
        "direction": pa.array(np.where(column("side") > 0, "up", "down").astype(object), pa.string()),
        "observed_sales": pa.array(observed),
        "expected_sales": pa.array(expected),
        "sales_delta": pa.array(np.round(observed - expected, DIGITS)),
        "peak_z": pa.array(column("peak")),
        "anomaly_score": pa.array(column("score")),
        "affected_categories": pa.array(list(column("categories")), pa.list_(pa.string())),
        "data_quality": pa.array([f or None for f in column("fault")], pa.string()),
        "lasting_since": date_array(lasting, lasting < 0),
        "report_status": pa.array(list(column("status")), pa.string()),
        "model_name": pa.repeat(model[0], len(ids)),
        "model_version": pa.repeat(model[1], len(ids)),
        "tick": date_array(np.concatenate([np.full(len(at), tick) for tick, _, at in picked])),
    }
    schema = dataset(MRDL).stage_schema
    return pa.table([columns[n] for n in schema.names], schema=schema)


def _instants(days: IntArray) -> pa.Array:
    return pa.array(days * MILLISECONDS_A_DAY, pa.int64()).cast(pa.timestamp("ms"))


def open_episodes(
    mrdl: pa.Table, store_ids: Sequence[str], tick: int, observed: FloatArray, expected: FloatArray, first_day: int
) -> Episodes:
    """Return the episodes that were open after the tick before `tick`, from MRDL's rows of that tick.

    `observed` and `expected` (S×T from `first_day`) give back what has been waiting since the last anomalous day.
    """
    state = Episodes.none(len(store_ids))
    mrdl = mrdl.filter(pa.array(epoch_days(mrdl["tick"]) == tick - 1)) if mrdl.num_rows else mrdl
    status = np.array(mrdl["report_status"].to_pylist(), dtype=object)
    store = codes_in(mrdl["store_id"], store_ids) if mrdl.num_rows else np.zeros(0, dtype=np.int64)
    keep = np.flatnonzero((store >= 0) & (status != "closed")) if mrdl.num_rows else store
    if not len(keep):
        return state
    at = store[keep]

    def put(values: npt.NDArray[Any], into: npt.NDArray[Any]) -> npt.NDArray[Any]:
        out = into.copy()
        out[at] = values
        return out

    sides = np.array([UP if d == "up" else DOWN for d in mrdl["direction"].to_pylist()])[keep]
    first, last = (
        mrdl[c].cast(pa.int64()).to_numpy()[keep] // MILLISECONDS_A_DAY
        for c in ("first_detected_at", "last_detected_at")
    )
    lists = np.empty(len(keep), dtype=object)
    lists[:] = [mrdl["affected_categories"].to_pylist()[i] for i in keep]
    faults = np.array([mrdl["data_quality"].to_pylist()[i] or "" for i in keep], dtype=object)
    wait_o, wait_e = np.zeros(len(store_ids)), np.zeros(len(store_ids))
    for i, since in zip(at, last, strict=True):
        span = slice(max(int(since) + 1 - first_day, 0), max(tick - first_day, 0))
        known = ~np.isnan(observed[i, span])
        for o, e in zip(observed[i, span][known], np.nan_to_num(expected[i, span])[known], strict=True):
            wait_o[i], wait_e[i] = wait_o[i] + o, wait_e[i] + e
    return Episodes(
        side=put(sides, state.side),
        first=put(first, state.first),
        last=put(last, state.last),
        observed=put(floats(mrdl["observed_sales"])[keep], state.observed),
        expected=put(floats(mrdl["expected_sales"])[keep], state.expected),
        waiting_observed=wait_o,
        waiting_expected=wait_e,
        peak=put(floats(mrdl["peak_z"])[keep], state.peak),
        score=put(floats(mrdl["anomaly_score"])[keep], state.score),
        fault=put(faults, state.fault),
        categories=put(lists, state.categories),
        lasting_since=state.lasting_since,
        status=state.status,
    )
