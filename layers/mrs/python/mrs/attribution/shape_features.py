"""The look of a deviation itself: direction, size, reach, length, and the marks that a broken feed leaves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mrs.arrays import MAD_TO_SIGMA, FloatArray, IntArray
from mrs.attribution.episodes import Episodes, window_of
from mrs.attribution.falls import NEAR_LIMIT, Falls
from mrs.attribution.params import CHANCE_OF_TIES, STORE_DAY_NOISE
from mrs.clustering.panel import ResidualPanel
from mrs.clustering.reports import Places, Reports

LOOK = (
    "up",
    "size",
    "size_down",
    "large_up",
    "stores",
    "alone",
    "breadth",
    "one_chain",
    "whole_feed",
    "days",
    "one_day",
    "two_days",
    "still_open",
    "zeros",
    "faulty",
    "near_double",
    "near_half",
    "alike",
    "repeats",
    "even",
    "sharp",
)


LONE_TEN = 0.5
"""Share of the mark of ten times the expected sales where one store alone bears it: a bulk order is as likely."""
EVEN_DAYS = 6.0
"""Store-days that all sold even numbers from which it is surely no chance."""


def look_features(
    found: Episodes,
    reports: Reports,
    event: IntArray,
    panel: ResidualPanel,
    places: Places,
    sampling_weight: FloatArray,
    observed: FloatArray,
    faulty: NDArray[np.bool_],
    falls: Falls,
) -> FloatArray:
    """Return the columns of `LOOK`, one row a report, each about 0 to 1.

    Parameters
    ----------
    sampling_weight
        (stores,) for how many stores each one stands.
    observed
        (stores, days) observed sales over the days of `found`.
    faulty
        Per report, whether detection itself saw a fault of the feed.
    falls
        How clearly other sales fell too.
    """
    tick = int(found.days[-1])
    members = found.reports.size
    length = reports.last - reports.first + 1
    length_event = found.last - found.first + 1
    up = (reports.sign > 0).astype(float)
    breadth, one_chain, whole_feed = _spread_over_places(found, reports, places, sampling_weight)
    column = panel.column(tick)
    spread = _mean_known(window_of(panel.spread, column)[reports.store], STORE_DAY_NOISE)
    zeros, repeats, even, traded = _marks(reports, found, observed, spread)
    ratio = window_of(panel.log_ratio, column)[reports.store]
    level, error, alike = _level(found, reports, ratio)
    broken = np.maximum(faulty.astype(float), zeros) * (1.0 - falls.not_lost)
    short = np.clip((5.0 - length_event) / 2.0, 0.0, 1.0)
    # in noisy sales any level comes near twice or half of what was expected
    clear = STORE_DAY_NOISE / np.maximum(found.reports.mean(spread), STORE_DAY_NOISE)
    double, half, ten = _exact_multiples(level, error, clear, alike, members)
    enough = np.clip((members - 3) / 4.0, 0.0, 1.0) * (np.abs(level) > 0.3)
    columns = [
        up,
        np.clip(np.abs(found.credible), 0, 1.5)[event],
        np.clip(-found.credible, 0, 3)[event] / 3,
        np.maximum(ten, level > NEAR_LIMIT)[event],
        (np.log(members) / 4.0)[event],
        (members == 1).astype(float)[event],
        breadth[event],
        one_chain[event],
        whole_feed[event],
        np.clip(np.log(length) / 3, 0, 1),
        (length_event == 1).astype(float)[event],
        (length_event == 2).astype(float)[event],
        (reports.last >= tick - 1).astype(float),
        found.pooled(zeros)[event],
        found.pooled(broken)[event],
        (double * short)[event],
        (half * short)[event],
        (alike * enough * short)[event],
        found.pooled(repeats)[event],
        _all_even(found.reports.total(even * traded), found.reports.total(traded))[event],
        _sharp(found)[event],
    ]
    return np.asarray(np.nan_to_num(np.column_stack(columns)))


def _exact_multiples(
    level: FloatArray, error: FloatArray, clear: FloatArray, alike: FloatArray, members: IntArray
) -> list[FloatArray]:
    """Return per event 0 to 1, how exactly it is two times, half and ten times what was expected.

    Several stores have an exact multiple each, not only as their median. One store that sells some ten times as much
    may as well have a bulk order: no other store says that it is a matter of units.
    """
    several = np.clip((members - 1) / 3.0, 0.0, 1.0)
    exact = clear * (1.0 - several * (1.0 - alike))
    double, half, ten = (exact * np.exp(-0.5 * ((level - np.log(times)) / error) ** 2) for times in (2.0, 0.5, 10.0))
    return [double, half, np.where(members == 1, LONE_TEN, 1.0) * ten]


def marked(look: Mapping[str, FloatArray]) -> FloatArray:
    """Return 0 to 1, how clearly days bear a mark of a broken feed: no size by itself is one.

    Marks are a unit too large, rows or sales that are missing, an exact multiple, one and the same factor for several
    stores, repeated values, and even numbers only (which of n store-days chance leaves with probability 2**-n).

    Parameters
    ----------
    look
        The columns of `LOOK`.
    """
    names = ("large_up", "faulty", "near_double", "near_half", "alike", "repeats")
    even = 1.0 - 2.0 ** (-EVEN_DAYS * look["even"])
    return np.asarray(np.clip(np.sum([look[name] for name in names], axis=0) + even, 0.0, 1.0))


def _level(found: Episodes, reports: Reports, ratio: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return per event the median over its stores of their mean log effect, its error, and how alike the stores are.

    People differ from store to store; a fault of the feed multiplies all stores by the same number.
    """
    own = (found.days >= reports.first[:, None]) & (found.days <= reports.last[:, None]) & np.isfinite(ratio)
    days = np.maximum(own.sum(axis=1), 1).astype(float)
    mean = np.where(own, ratio, 0.0).sum(axis=1) / days
    middle = (found.reports.lower_median(mean) + found.reports.lower_median(-mean) * -1.0) / 2
    n = found.reports.total(days)
    error = 0.03 + STORE_DAY_NOISE / np.sqrt(n)
    apart = found.reports.lower_median(np.abs(mean - middle[found.reports.event]))
    noise = STORE_DAY_NOISE / np.sqrt(n / found.reports.size)
    beyond = np.sqrt(np.maximum((MAD_TO_SIGMA * apart) ** 2 - noise**2, 0.0)) / np.maximum(np.abs(middle), 0.1)
    return middle, error, np.clip(1.0 - beyond / 0.15, 0.0, 1.0)


def _all_even(even: FloatArray, traded: FloatArray) -> FloatArray:
    """Return 0 to 1, how surely more than chance makes the store-days of an event even numbers: a feed loaded twice."""
    return np.where(even >= 0.95 * traded, np.clip(traded / EVEN_DAYS, 0.0, 1.0), 0.0)


def _spread_over_places(
    found: Episodes, reports: Reports, places: Places, sampling_weight: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return how much of its places an event fills, three columns.

    The share of its regions' stores that it holds, whether it keeps to one chain of several, and the share that it
    holds of its chains' stores in its regions.
    """
    n_regions, n_chains = len(places.regions) + 1, len(places.retailers) + 1
    region, chain = places.region[reports.store] + 1, places.retailer[reports.store] + 1
    mine = sampling_weight[reports.store]
    per_region = found.reports.total(np.eye(n_regions)[region] * mine[:, None])
    total = ((per_region > 0) * np.bincount(places.region + 1, weights=sampling_weight, minlength=n_regions)).sum(
        axis=1
    )
    breadth = np.clip(per_region.sum(axis=1) / np.maximum(total, 1), 0, 1)
    per_chain = found.reports.total(np.eye(n_chains)[chain] * mine[:, None])
    count = per_chain.sum(axis=1)
    purity = per_chain.max(axis=1, initial=0.0) / np.maximum(count, 1)
    one_chain = np.where((count >= 3) & (len(places.retailers) > 1), np.clip((purity - 0.7) / 0.3, 0, 1), 0.0)
    cell_of_store = (places.region + 1) * n_chains + places.retailer + 1
    stores_of = np.bincount(cell_of_store, weights=sampling_weight, minlength=n_regions * n_chains)
    pair, of_report = np.unique(
        found.reports.event * (n_regions * n_chains) + cell_of_store[reports.store], return_inverse=True
    )
    at, cell = pair // (n_regions * n_chains), pair % (n_regions * n_chains)
    held = np.bincount(at, weights=np.bincount(of_report, weights=mine, minlength=len(pair)), minlength=len(count))
    cells = np.bincount(at, weights=stores_of[cell], minlength=len(count))
    whole = np.where(count >= 3, np.clip(held / np.maximum(cells, 1), 0, 1), 0.0)
    return breadth, one_chain, whole


def _marks(
    reports: Reports, found: Episodes, observed: FloatArray, spread: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return per report the marks of its days, four columns.

    The share that sold nothing, that repeat an earlier value (less what chance repeats, where a store has few values to
    choose from), that are even numbers (in the unit in which the store counts), and how many of them sold anything.
    """
    rows = observed[reports.store]
    inside = (found.days >= reports.first[:, None]) & (found.days <= reports.last[:, None]) & np.isfinite(rows)
    n = np.maximum(inside.sum(axis=1), 1)
    zero = (inside & (rows <= 0)).sum(axis=1) / n
    repeat = np.zeros_like(inside)
    for lag in (1, 2, 7):
        earlier = np.full_like(rows, np.nan)
        earlier[:, lag:] = rows[:, :-lag]
        repeat |= np.isfinite(earlier) & (rows == earlier) & (rows > 0)
    cents = np.round(rows * 100)
    unit = np.where(np.nan_to_num(np.mod(cents, 100)).max(axis=1, initial=0.0) > 0, 1.0, 100.0)[:, None]
    traded = inside & (rows > 0)
    count = traded.sum(axis=1).astype(float)
    even = (traded & (np.mod(np.round(cents / unit), 2) == 0)).sum(axis=1) / np.maximum(count, 1)
    values = spread * _mean_known(np.where(rows > 0, rows, np.nan), 0.0) * 100 / unit[:, 0]
    no_chance = np.clip(1.0 - CHANCE_OF_TIES / np.maximum(values, 1e-9), 0.0, 1.0)
    return zero, (inside & repeat).sum(axis=1) / n * no_chance, even, count


def _mean_known(rows: FloatArray, otherwise: float) -> FloatArray:
    """Return the mean of what is known in each row, or `otherwise` where nothing is."""
    known = np.isfinite(rows)
    n = known.sum(axis=1)
    return np.where(n > 0, np.where(known, rows, 0.0).sum(axis=1) / np.maximum(n, 1), otherwise)


def _sharp(found: Episodes) -> FloatArray:
    """Return how abruptly an event begins and ends: its edge days against the days beside them."""
    course = np.nan_to_num(found.course) * found.sign[:, None]
    days = found.days
    at = [
        ((days == day[:, None]) * course).sum(axis=1)
        for day in (found.first - 1, found.first, found.last, found.last + 1)
    ]
    height = np.maximum(np.abs(found.size), 0.08)
    return np.asarray(np.clip((at[1] - at[0]) / height, 0, 1) * np.clip((at[2] - at[3]) / height, 0, 1))
