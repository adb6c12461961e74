"""Promotions that overlap add up, and what all stores of a promotion have in common is the promotion's."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from mrs.arrays import epoch_day
from mrs.detection.anomaly.evidence import collect_evidence
from mrs.detection.anomaly.inputs import AnomalyInputs
from mrs.detection.anomaly.promoted import promotions_part
from mrs.detection.baseline.params import PROMOTION_SPREAD
from mrs.detection.baseline.promoted import Promoted, promoted
from mrs.detection.baseline.scopes import Entry, Layout, StoreTable
from mrs.detection.params import PROMOTION_MOST_SPREADS
from mrs.detection.predictions import BASELINE

from tests.detect.runner import run
from tests.detect.world import FIRST_TICK, LAST_TICK, World, tables_of

ANCHOR = 20_000
ALDER, BIRCH = ("alder", None, None), ("birch", None, None)


def layout(days: int = 10, before: int = 0) -> Layout:
    """Return five stores of each of two retailers, over some days from the anchor on, and some before it."""
    ids = tuple(f"s{k}" for k in range(10))
    nowhere = np.full(10, np.nan)
    return Layout(
        StoreTable(ids, ("alder",) * 5 + ("birch",) * 5, ("north",) * 10, nowhere, nowhere),
        ANCHOR - before,
        days + before,
    )


def entry(place: tuple[str | None, str | None, str | None], start: int, mechanic: str = "display") -> Entry:
    return Entry(place, start, start + 4, -(2**31), mechanic, "")


def test_promotions_that_overlap_are_expected_to_add_up(quiet: World) -> None:
    """Of two mechanics that never met before, each brings what it brings alone."""
    table, week = tables_of(quiet)["promotions_data"], timedelta(days=7)
    usual = [d for d in table["start_date"].to_pylist() if d + week <= LAST_TICK]
    both = {d + timedelta(days=k) for d in usual if d >= FIRST_TICK for k in range(5)}
    starts = [d for d in usual if d >= FIRST_TICK] + [d + week for d in usual[::2] if d + 3 * week < FIRST_TICK]

    def change(sales):
        for start in starts:
            sales[:, max(quiet.at(start), 0) : max(quiet.at(start) + 5, 0)] *= 1.5

    tables = tables_of(quiet.changed(change))
    rows = [r | {"promotion_id": f"o{s}", "mechanic": "other"} for r in table.to_pylist()[:1] for s in starts]
    rows = [r | {"start_date": s, "end_date": s + timedelta(days=4)} for r, s in zip(rows, starts, strict=True)]
    tables["promotions_data"] = pa.Table.from_pylist(table.to_pylist() + rows, schema=table.schema)
    assert both
    logged = run(tables, FIRST_TICK, LAST_TICK)[BASELINE].to_pylist()
    off = [np.log(r["observed_sales"] / r["expected_sales"]) for r in logged if r["date"] in both and r["residual_z"]]
    assert abs(float(np.median(off))) < 0.1


def test_entries_of_one_group_count_less_and_less_and_those_of_several_add_up() -> None:
    marks = [("active", "a", e, e.start, e.end) for e in (entry(ALDER, ANCHOR), entry(ALDER, ANCHOR + 2))]
    marks.append(("active", "b", entry(ALDER, ANCHOR), ANCHOR, ANCHOR))
    count = layout(8).counted(marks, ["active", "none"])
    np.testing.assert_allclose(count["active"][0], [2, 1, *[np.log2(3)] * 3, 1, 1, 0])
    assert not count["active"][5:].any()
    assert not count["none"].any()


def test_stores_that_share_their_promotions_are_told_by_one_number_for_some_days_longer() -> None:
    chain = promoted(layout(), [entry(ALDER, ANCHOR), entry(BIRCH, ANCHOR), entry(BIRCH, ANCHOR + 1, "coupon")], ANCHOR)
    on_first, on_second = chain.code[:, 0], chain.code[:, 1]
    assert len(set(on_first)) == 1
    assert on_first[0] != 0
    assert set(on_second[:5]) == {on_first[0]}
    assert len(set(on_second[5:])) == 1
    assert on_second[5] != on_second[0]
    assert (chain.code[0, :8] != 0).all()
    assert (chain.code[0, 8:] == 0).all()
    assert (chain.spread[chain.code == 0] == 0).all()


def test_a_mechanic_is_known_the_better_the_oftener_a_store_had_it_and_one_that_nobody_had_is_no_excuse() -> None:
    now = entry(ALDER, ANCHOR)

    def spread(*before: Entry) -> float:
        return float(promoted(layout(10, 300), [*before, now], ANCHOR).spread[0, 300])

    never, elsewhere = spread(), spread(entry(BIRCH, ANCHOR - 30))
    once, often = spread(entry(ALDER, ANCHOR - 30)), spread(*(entry(ALDER, ANCHOR - 10 * k) for k in range(1, 30)))
    assert never == PROMOTION_SPREAD
    assert elsewhere > 1.9 * once
    assert once > 1.5 * often
    assert PROMOTION_SPREAD < often < 1.1 * PROMOTION_SPREAD
    assert spread(entry(ALDER, ANCHOR - 30, "coupon")) == never


def part(own: np.ndarray, code: np.ndarray, spread: float = 0.1) -> np.ndarray:
    """Return the promotions' part of one day's deviations of stores."""
    found = Promoted(code[:, None], np.where(code[:, None] > 0, spread, 0.0))
    sigma = np.full((len(own), 1), 0.1)
    return promotions_part(own[:, None, None], sigma, np.ones(len(own), dtype=bool), found)[:, 0, 0]


def test_what_all_stores_of_a_promotion_have_in_common_beyond_the_chain_is_the_promotions() -> None:
    rng = np.random.default_rng(3)
    code = np.repeat([0, 7], [60, 40])
    own = 0.1 * rng.normal(size=100)
    better = part(own + np.where(code > 0, 0.15, 0.0), code)
    assert (better[:60] == 0).all()
    assert 0.05 < better.max() < 0.15
    now = (own + 0.15)[60:]
    np.testing.assert_allclose(better[60:], np.clip(now, 0.0, better.max()))  # nobody is turned the other way
    assert np.abs(part(own, code)).max() < 0.03
    assert np.abs(part(own + 0.3, code)).max() < 0.03  # the whole chain's
    assert part(own + np.where(code > 0, 0.9, 0.0), code).max() == pytest.approx(PROMOTION_MOST_SPREADS * 0.1)


def test_a_store_alone_in_its_promotion_and_a_few_of_many_excuse_nothing() -> None:
    own, code = np.zeros(50), np.repeat([0, 7], [49, 1])
    own[-1] = 0.5
    assert part(own, code)[-1] < 0.2
    own[:] = 0.0
    own[:10], code = 0.5, np.repeat(7, 50)
    assert np.abs(part(own, code)).max() < 0.02
    assert not part(np.full(5, np.nan), np.full(5, 7)).any()


def test_stores_that_are_no_reference_change_nothing_for_others() -> None:
    """Of a large chain, each shard reads its own stores beside the reference stores."""
    rng = np.random.default_rng(5)
    own, spread = 0.1 * rng.normal(size=50) + 0.2, rng.uniform(0.05, 0.2, 50)
    is_reference = np.arange(50) < 30
    code = np.where(np.arange(50) % 2 == 0, 7, 0)

    def of(stores: np.ndarray) -> np.ndarray:
        found = Promoted(code[stores, None], np.where(code > 0, spread, 0.0)[stores, None])
        sigma = np.full((len(stores), 1), 0.1)
        return promotions_part(own[stores, None, None], sigma, is_reference[stores], found)[:, 0, 0]

    few, all_stores = of(np.arange(31)), of(np.arange(50))
    assert few.any()
    assert few.tolist() == all_stores[:31].tolist()


def test_stores_whose_promotion_goes_better_than_usual_are_no_event_and_one_that_falls_is() -> None:
    """On the last day a third of the stores has a promotion, and sells a fifth more than expected."""
    count, days, rng = 60, 40, np.random.default_rng(3)
    nowhere = np.full(count, np.nan)
    ids, regions = tuple(f"s{k:03d}" for k in range(count)), tuple(f"region {k % 10}" for k in range(count))
    stores = StoreTable(ids, tuple("r" for _ in ids), regions, nowhere, nowhere)
    off = rng.normal(0, 0.05, (count, days))
    off[:20, -1] += 0.2
    off[0, -1] = -0.5
    code, context = np.zeros(off.shape, dtype=np.int64), {n: np.zeros(off.shape) for n in ("near_holiday", "weekday")}
    code[:20, -1] = 7
    given = (stores, off, np.full(off.shape, 0.1), np.ones(count, dtype=bool), np.arange(count), 20, context)
    shared = Promoted(code, np.where(code > 0, 0.15, 0.0))
    excused, not_excused = (collect_evidence(AnomalyInputs(*given, promoted=p)).z[:, -1] for p in (shared, None))
    assert np.mean(not_excused[1:20] > 1.5) > 0.6
    assert np.mean(excused[1:20] > 1.5) == 0.0
    assert excused[0] == pytest.approx(not_excused[0])
    assert excused[0] < -2.0
    np.testing.assert_allclose(excused[20:], not_excused[20:])


def test_the_baseline_log_says_which_stores_share_their_promotions(quiet: World) -> None:
    logged = run(tables_of(quiet), FIRST_TICK, LAST_TICK)[BASELINE].to_pylist()
    shared = {(r["date"], r["promotion_code"]) for r in logged}
    on = {d for d, code in shared if code is not None}
    assert on
    assert len(shared) == len({d for d, _ in shared})
    assert all((r["promotion_spread"] is None) == (r["promotion_code"] is None) for r in logged)
    assert epoch_day(min(on)) <= epoch_day(LAST_TICK)
