"""Evidence for an anomaly: scale-free own, sequential and pooled deviations of the day and the days before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mrs.arrays import MAD_TO_SIGMA, MEAN_ABS_TO_SIGMA, BoolArray, FloatArray, IntArray, days_first, days_last
from mrs.detection.anomaly.inputs import AnomalyInputs
from mrs.detection.anomaly.medians import column_median
from mrs.detection.anomaly.neighbours import Neighbours, find_neighbours
from mrs.detection.anomaly.promoted import promotions_part
from mrs.detection.params import (
    COMMON_FEW_REGIONS,
    COMMON_LEAST_DAYS,
    COMMON_LEAST_SPREAD,
    COMMON_LEAST_STORES,
    COMMON_REGION_LEAST_STORES,
    COMMON_REGION_MOST_STORES,
    COMMON_SHARE,
    COMMON_USUAL_SPREAD,
    HOLIDAY_APART,
    HOT_Z,
    MIRROR_FACTOR,
    OWN_CLIP_LOG,
    OWN_CLIP_Z,
    OWN_SCALE_CLIP,
    OWN_SCALE_HALF_LIFE_DAYS,
    OWN_SCALE_PRIOR_DAYS,
    OWN_SCALE_RANGE,
    OWN_SHARE_OF_SIGMA,
    POOL_CLIP,
    POOL_HALF_LIFE_DAYS,
    POOL_PRIOR_DAYS,
    POOLED_CLIP_LOG,
    POOLED_CLIP_Z,
    POSTERIOR_CLIP_ODDS,
    POSTERIOR_CLIP_Z,
    PRIOR_AFFECTED_SHARE,
    PRIOR_AFFECTED_Z,
    REGION_STORES_CLIP,
    RUN_DECAY_LONG,
    RUN_DECAY_POOL,
    RUN_DECAY_SHORT,
)
from mrs.sparse import csr_matrix

BEFORE_POOLS = ("near_region", "region", "chain")
POST_RUNS = ("post_near_region", "post_region")
POST_POOLS = ("near_5", "near_region", "near_15", "region")


@dataclass(frozen=True)
class Evidence:
    """Features of R stores on D days, for each direction.

    Parameters
    ----------
    names
        Names of the K features.
    up, down
        R×D×K, the features with the sign of a rise and of a fall.
    z, common
        R×D own deviation without the day's common part, in sigmas, as far as the store itself deviates to that side; T
        the common part of all stores (log).
    """

    names: tuple[str, ...]
    up: npt.NDArray[np.float32]
    down: npt.NDArray[np.float32]
    z: FloatArray
    common: FloatArray


def collect_evidence(inputs: AnomalyInputs) -> Evidence:
    """Return the evidence on the days from `inputs.first` on; earlier days only warm up the sequential features."""
    neighbours = find_neighbours(inputs.stores, inputs.rows, inputs.is_reference)
    return evidence_of_worlds(inputs, inputs.deviation[:, None], neighbours)[0]


def evidence_of_worlds(inputs: AnomalyInputs, deviation: FloatArray, neighbours: Neighbours) -> list[Evidence]:
    """Return the evidence of W worlds that differ in their deviations alone; each as if it were the only one.

    Parameters
    ----------
    inputs
        All else of the worlds.
    deviation
        S×W×T, in place of `inputs.deviation`.
    neighbours
        Those of the stores at `inputs.rows`.
    """
    rows, first = inputs.rows, inputs.first
    has = ~np.isnan(deviation)
    sampled = np.where(inputs.is_reference[:, None, None], deviation, np.nan)
    common, shared = (of.reshape(deviation.shape[1:]) for of in common_part(_flat(sampled), neighbours))
    unseen = inputs.unseen_days[:, None]
    own = deviation - np.where(unseen, 1.0, COMMON_SHARE) * shared
    if inputs.promoted is not None:
        own -= promotions_part(own, inputs.sigma, inputs.is_reference, inputs.promoted)
    scale = own_scale(own, inputs.sigma[:, None])
    scale = np.where(unseen, np.hypot(scale, HOLIDAY_APART * shared), scale)
    z = np.clip(np.nan_to_num(own / scale), -OWN_CLIP_Z, OWN_CLIP_Z)
    log_own = np.clip(np.nan_to_num(own), -OWN_CLIP_LOG, OWN_CLIP_LOG)
    signed, plain = _pooled(neighbours, z, log_own, has)
    signed["z"], signed["log"] = z[rows], log_own[rows]
    signed["common"] = np.broadcast_to(common, signed["z"].shape)
    before = _before(np.stack([z[rows], *(signed[f"{name}_log"] for name in BEFORE_POOLS)]), has[rows])
    signed |= {f"{name}_before": before[i] for i, name in enumerate(("z", *BEFORE_POOLS))}
    spread = _day_spread(_flat((sampled - common) / scale), neighbours).reshape(common.shape)
    plain["spread_of_day"] = np.broadcast_to(spread, signed["z"].shape)
    plain["sigma"] = scale[rows]
    posts = {side: _posterior(neighbours, z, has, rows, side) for side in (1.0, -1.0)}
    runs = [z[rows], z[rows], *(signed[name] for name in neighbours.pools)]
    runs += [np.clip(post[n], -POSTERIOR_CLIP_ODDS, POSTERIOR_CLIP_ODDS) for post in posts.values() for n in POST_RUNS]
    decay = np.array([RUN_DECAY_SHORT, RUN_DECAY_LONG] + [RUN_DECAY_POOL] * (len(runs) - 2))
    run = iter(_runs(np.stack(runs), decay, has[rows]))
    signed |= {name: next(run) for name in ("run_short", "run_long")}
    signed |= {f"{name}_run": next(run) for name in neighbours.pools}
    for post in posts.values():
        post |= {f"{name}_run": next(run) for name in POST_RUNS}
    shown = _no_mirror(z, deviation / scale)[rows]
    names = (*sorted(signed), *sorted(plain), *sorted(post), *sorted(inputs.context), "side")
    context = [inputs.context[k][rows, first:] for k in sorted(inputs.context)]

    def side_of(world: int, side: float) -> npt.NDArray[np.float32]:
        own = [side * signed[k][:, world, first:] for k in sorted(signed)]
        own += [of[k][:, world, first:] for of in (plain, posts[side]) for k in sorted(of)]
        return np.stack([*own, *context, np.full(own[0].shape, side)], axis=-1, dtype=np.float32, casting="same_kind")

    return [
        Evidence(names, side_of(w, 1.0), side_of(w, -1.0), shown[:, w, first:], common[w])
        for w in range(deviation.shape[1])
    ]


def _flat(values: FloatArray) -> FloatArray:
    """Return S×(W·T): what is done to each day by itself is done to the days of all worlds at once."""
    return values.reshape(len(values), -1)


def _times(member: csr_matrix, values: FloatArray) -> FloatArray:
    """Return R×W×T: the sums over the members of R pools."""
    return np.asarray((member @ _flat(values)).reshape(member.shape[0], *values.shape[1:]))


def _no_mirror(z: FloatArray, raw: FloatArray) -> FloatArray:
    """Return S×W×T: the deviation without the common part, where and as far as the store itself deviates to that side.

    Where an event covers much of a chain, the common part moves, and stores that sold what was expected seem to fall.
    """
    raw = np.nan_to_num(raw)
    return np.where(raw * z > 0, np.sign(z) * np.minimum(np.abs(z), MIRROR_FACTOR * np.abs(raw)), 0.0)


def common_part(deviation: FloatArray, neighbours: Neighbours) -> tuple[FloatArray, FloatArray]:
    """Return T each: the weighted median of the regions' medians on a day, and what of it all regions share.

    Half the stores of a chain may be in three regions: a median over stores would take their event for the chain's
    usual day, the median over regions does not. But of two or three regions, it lies halfway to one that has an event
    by itself, and the stores of the others would seem to move the other way. There all share what is left whichever
    region is: the value nearest to 0 between the medians without the heaviest of the upper and of the lower regions.
    """
    days = deviation.shape[1]
    medians, weights = np.zeros((neighbours.regions, days)), np.zeros((neighbours.regions, days))
    has = ~np.isnan(deviation)
    for code in range(neighbours.regions):
        members = neighbours.region == code
        count = has[members].sum(axis=0)
        medians[code] = np.nan_to_num(column_median(deviation[members]))
        weights[code] = np.where(
            count >= COMMON_REGION_LEAST_STORES,
            np.sqrt(np.minimum(count, COMMON_REGION_MOST_STORES)),
            np.where(count > 0, 0.5, 0.0),
        )
    order = np.argsort(medians, axis=0, kind="stable")
    value, weight = np.take_along_axis(medians, order, axis=0), np.take_along_axis(weights, order, axis=0)
    reached = np.cumsum(weight, axis=0)
    enough = (has.sum(axis=0) >= COMMON_LEAST_STORES) & (reached[-1] > 0)
    total = np.where(enough, reached[-1], 1.0)
    middle, largest = (reached - 0.5 * weight) / total, weight.max(axis=0) / total
    apart = np.where(largest > COMMON_FEW_REGIONS, 0.5 * largest, 0.0)
    low, out, high = (
        np.where(enough, _interpolated(0.5 + side * apart, middle, value, weight > 0), 0.0) for side in (-1, 0, 1)
    )
    return out, np.clip(0.0, low, high)  # of that: the median itself where there are many regions


def _interpolated(at: FloatArray, place: FloatArray, value: FloatArray, live: BoolArray) -> FloatArray:
    """Return T: by column, what `np.interp` says at a place between the rising places and values of its live rows."""
    first = np.argsort(~live, axis=0, kind="stable")  # the live rows of each column, in their order
    place, value = np.take_along_axis(place, first, axis=0), np.take_along_axis(value, first, axis=0)
    last = live.sum(axis=0) - 1
    before = np.sum((np.arange(len(live))[:, None] <= last) & (place <= at), axis=0) - 1

    def row(values: FloatArray, index: IntArray) -> FloatArray:
        return np.asarray(np.take_along_axis(values, np.clip(index, 0, np.maximum(last, 0))[None], axis=0)[0])

    x, y = row(place, before), row(value, before)
    beyond = (before < 0) | (before >= last) | (x == at)
    width = np.where(beyond, 1.0, row(place, before + 1) - x)
    return np.where(beyond, y, (row(value, before + 1) - y) / width * (at - x) + y)


def common_spread(common: FloatArray) -> FloatArray:
    """Return T: how far chains' days usually lie from their expectation, from the days before each."""
    days = len(common)
    padded = np.concatenate([np.full(days, np.nan), np.where(common == 0, np.nan, np.abs(common))])
    windows = np.lib.stride_tricks.sliding_window_view(padded, days)[:days]
    count = np.sum(~np.isnan(windows), axis=1)
    ordered = np.sort(np.where(np.isnan(windows), np.inf, windows), axis=1)
    middle = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[:, None], axis=1)[:, 0]
    known = MAD_TO_SIGMA * np.where(np.isinf(middle), 0.0, middle)
    return np.maximum(np.where(count >= COMMON_LEAST_DAYS, known, COMMON_USUAL_SPREAD), COMMON_LEAST_SPREAD)


def own_scale(own: FloatArray, sigma: FloatArray) -> FloatArray:
    """Return S×W×T: the spread without the common part, `sigma` times an EWMA of earlier days' standardised size."""
    keep = 0.5 ** (1.0 / OWN_SCALE_HALF_LIFE_DAYS)
    total = np.full(own.shape[:-1], OWN_SCALE_PRIOR_DAYS * OWN_SHARE_OF_SIGMA)
    weight = np.full(own.shape[:-1], OWN_SCALE_PRIOR_DAYS)
    size = MEAN_ABS_TO_SIGMA * np.abs(own / sigma)
    has, sizes = days_first(~np.isnan(size)), days_first(np.nan_to_num(size))
    share = np.empty(sizes.shape)
    for day, (known, seen) in enumerate(zip(has, sizes, strict=True)):
        now = total / weight
        share[day] = now
        total = np.where(known, total * keep + np.minimum(seen, OWN_SCALE_CLIP * now), total)
        weight = np.where(known, weight * keep + 1.0, weight)
    return sigma * np.clip(days_last(share), *OWN_SCALE_RANGE)


def _pooled(
    neighbours: Neighbours, z: FloatArray, log_own: FloatArray, has: BoolArray
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    there = has.astype(np.float64)
    pooled, log_pooled = (
        np.clip(z, -POOLED_CLIP_Z, POOLED_CLIP_Z) * there,
        np.clip(log_own, -POOLED_CLIP_LOG, POOLED_CLIP_LOG) * there,
    )
    tilt = ((z > HOT_Z) * there) - ((z < -HOT_Z) * there)
    signed: dict[str, FloatArray] = {}
    plain: dict[str, FloatArray] = {}
    counts = {name: _times(member, there) for name, member in neighbours.pools.items()}
    totals = {name: _times(member, pooled) for name, member in neighbours.pools.items()}
    sums = np.stack([totals[name] / np.sqrt(np.maximum(count, 1.0)) for name, count in counts.items()])
    sums /= _pool_sigma(sums, np.stack([count >= 2 for count in counts.values()]))
    for i, (name, member) in enumerate(neighbours.pools.items()):
        count, total = counts[name], totals[name]
        least = np.maximum(count, 1.0)
        signed[name] = sums[i]
        signed[f"{name}_mean"] = total / least
        signed[f"{name}_log"] = _times(member, log_pooled) / least
        signed[f"{name}_tilt"] = _times(member, tilt) / least
        if name == "region":
            plain["region_stores"] = np.minimum(count, REGION_STORES_CLIP)
    return signed, plain


def _pool_sigma(pools: FloatArray, has: BoolArray) -> FloatArray:
    """Return the EWMA spread of pools' sums before each day: stores that share weather are not independent.

    K×R×W×T, like the pools and the days that count.
    """
    keep = 0.5 ** (1.0 / POOL_HALF_LIFE_DAYS)
    squared, counts = days_first(pools**2), days_first(has)
    total, weight = np.full(pools.shape[:-1], POOL_PRIOR_DAYS), np.full(pools.shape[:-1], POOL_PRIOR_DAYS)
    out = np.empty(squared.shape)
    for day, (size, known) in enumerate(zip(squared, counts, strict=True)):
        now = total / weight
        out[day] = now
        total = np.where(known, total * keep + np.minimum(size, POOL_CLIP * now), total)
        weight = np.where(known, weight * keep + 1.0, weight)
    return days_last(np.sqrt(out))


def _posterior(
    neighbours: Neighbours, z: FloatArray, has: BoolArray, rows: npt.NDArray[np.int64], side: float
) -> dict[str, FloatArray]:
    """Return how well a store's own deviation fits those of its affected neighbours, per pool (two-group model)."""
    toward = np.clip(z, -POOLED_CLIP_Z, POOLED_CLIP_Z) * side
    hot = (toward > HOT_Z) & has
    weight = hot.astype(np.float64)
    own = np.clip(side * z[rows], *POSTERIOR_CLIP_Z)
    found: dict[str, FloatArray] = {}
    for name in POST_POOLS:
        member = neighbours.pools[name]
        count, affected = _times(member, has.astype(np.float64)), _times(member, weight)
        size = np.where(affected > 0, _times(member, weight * toward) / np.maximum(affected, 1.0), PRIOR_AFFECTED_Z)
        share = (affected + PRIOR_AFFECTED_SHARE) / (count + 1.0)
        ratio = own * size - 0.5 * size**2
        found[f"fit_{name}"] = ratio
        found[f"share_{name}"] = share
        found[f"size_{name}"] = size
        found[f"post_{name}"] = ratio + np.log(share / (1.0 - share))
    return found


def _runs(values: FloatArray, decay: FloatArray, has: BoolArray) -> FloatArray:
    """Return K×R×W×T: exponentially weighted sums over the open days so far, scaled to unit variance."""
    total, weight = np.zeros(values.shape[:-1]), np.zeros(values.shape[:-1])
    by_day, open_days = days_first(values), days_first(has)
    out = np.empty(by_day.shape)
    fade = decay[:, None, None]
    for day, (value, open_) in enumerate(zip(by_day, open_days, strict=True)):
        total = np.where(open_, total * fade + value, total)
        weight = np.where(open_, weight * fade**2 + 1.0, weight)
        out[day] = total / np.sqrt(np.maximum(weight, 1e-9))
    return days_last(out)


def _before(values: FloatArray, has: BoolArray) -> FloatArray:
    """Return K×R×W×T: the values of the last open day before each day."""
    day = np.arange(has.shape[-1])
    open_so_far = np.maximum.accumulate(np.where(has, day, -1), axis=-1)
    last = np.concatenate([np.full_like(open_so_far[..., :1], -1), open_so_far[..., :-1]], axis=-1)
    found = np.take_along_axis(values, np.broadcast_to(np.maximum(last, 0), values.shape), axis=-1)
    return np.where(last < 0, 0.0, found)


def _day_spread(standard: FloatArray, neighbours: Neighbours) -> FloatArray:
    """Return T: how far stores scatter around their region on a day; 1 is usual."""
    off = standard.copy()
    for code in range(neighbours.regions):
        members = neighbours.region == code
        off[members] -= column_median(standard[members])[None, :]
    found = MAD_TO_SIGMA * column_median(np.abs(off))
    enough = np.sum(~np.isnan(off), axis=0) >= COMMON_LEAST_STORES
    return np.where(enough & ~np.isnan(found), found, 1.0)
