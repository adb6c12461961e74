"""What all stores of a chain share on a day, which is taken off before a store is judged by itself."""

from __future__ import annotations

import numpy as np
import pytest
from mrs.detection.anomaly.evidence import _interpolated, collect_evidence, common_part
from mrs.detection.anomaly.inputs import AnomalyInputs
from mrs.detection.anomaly.neighbours import find_neighbours
from mrs.detection.baseline.scopes import StoreTable


@pytest.mark.parametrize(
    ("regions", "moved", "shared"),
    [
        (2, 1, 0.0),  # one of two regions has an event by itself
        (2, 2, -0.7),
        (3, 1, 0.0),
        (12, 5, 0.0),
        (12, 12, -0.7),
        (1, 1, -0.7),  # of one region nothing tells an event of its own from the chain's
    ],
)
def test_all_stores_share_what_is_left_without_any_one_region(regions: int, moved: int, shared: float) -> None:
    count = 10 * regions
    names = tuple(f"region {k // 10}" for k in range(count))
    nowhere = np.full(count, np.nan)
    ids = tuple(f"s{k:03d}" for k in range(count))
    stores = StoreTable(ids, tuple("r" for _ in ids), names, nowhere, nowhere)
    neighbours = find_neighbours(stores, np.arange(count), np.ones(count, dtype=bool))
    off = np.random.default_rng(3).normal(0, 0.02, (count, 4))
    off[: 10 * moved] -= 0.7
    found = common_part(off, neighbours)
    assert found[1] == pytest.approx(np.full(4, shared), abs=0.03)
    assert found[0] == pytest.approx(np.full(4, -0.35 if (regions, moved) == (2, 1) else shared), abs=0.03)


def test_all_days_at_once_lie_between_places_as_each_by_itself() -> None:
    rng = np.random.default_rng(5)
    place, value = np.cumsum(rng.random((9, 400)), axis=0), rng.normal(size=(9, 400))
    live = rng.random(place.shape) < 0.5
    live[0] |= ~live.any(axis=0)
    at = np.where(rng.random(400) < 0.2, place[0], rng.uniform(-1, 6, 400))
    each = [np.interp(at[k], place[live[:, k], k], value[live[:, k], k]) for k in range(400)]
    assert _interpolated(at, place, value, live).tolist() == each


@pytest.mark.parametrize("told_by", ["closing days", "calendar"])
@pytest.mark.parametrize(("near_holiday", "is_young"), [(True, True), (True, False), (False, True)])
def test_a_holiday_that_a_chain_sees_for_the_first_time_moves_no_store(
    near_holiday: bool, is_young: bool, told_by: str
) -> None:
    """On the last day all sell a third more, some twice as much more as others; one store falls."""
    count, days, rng = 60, 40, np.random.default_rng(3)
    ids = tuple(f"s{k:03d}" for k in range(count))
    regions, nowhere = tuple(f"region {k % 10}" for k in range(count)), np.full(count, np.nan)
    stores = StoreTable(ids, tuple("r" for _ in ids), regions, nowhere, nowhere)
    off = rng.normal(0, 0.1, (count, days))
    off[:, -1] += 0.3 * rng.uniform(0.7, 1.4, count)
    off[0, -1] = -0.5
    context = {name: np.zeros((count, days)) for name in ("near_holiday", "weekday")}
    by_calendar = np.zeros(off.shape, dtype=bool)
    (by_calendar if told_by == "calendar" else context["near_holiday"])[:, -1] = near_holiday
    everyone, rows = np.ones(count, dtype=bool), np.arange(count)
    given = (stores, off, np.full(off.shape, 0.1), everyone, rows, 20, context)
    z = collect_evidence(AnomalyInputs(*given, is_young=is_young, near_holiday=by_calendar)).z[:, -1]
    moved = float(np.mean(np.abs(z[1:]) > 1.0))
    assert moved < 0.25 if near_holiday and is_young else moved > 0.5
    assert z[0] < -2.0  # what goes against the chain is seen in any case
