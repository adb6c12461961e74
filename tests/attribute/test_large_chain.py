"""Attribution where there is too much to look at: a sample of the chain and of a giant event, and every report told."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.attribution.sampling import REFERENCE_STORES, ReferenceStores, background_of, weighed_reports
from mrs.clustering.reports import reports_at
from mrs.identity import smallest_hashes
from mrs.settings import AttributeSettings

from functions.attribute.propose_cause_for_minority import MRPAL, propose_cause_for_minority
from tests.attribute.worlds import BASELINE, MRCL, MRDL, NORTH, SALES, SIGNALS, STORES, TICK, CauseWorld

Tables = dict[str, pa.Table]
Row = dict[str, Any]
REFERENCE = smallest_hashes(STORES, 8)
QUIET = [s for s in STORES if s not in REFERENCE]


def proposals(tables: Tables, most: int = 8192) -> list[Row]:
    settings = AttributeSettings(neighbour_stores=most)
    return propose_cause_for_minority(tables, [TICK], settings)[MRPAL].to_pylist()


def seen_of(tables: Tables, stores: Sequence[str]) -> Tables:
    """Return what the stage reads where `REFERENCE` are the reference stores, with the logs of `stores` and theirs."""
    asked = pa.array([*REFERENCE, *stores])
    logs = {
        n: tables[n].filter(pc.or_(pc.is_null(tables[n]["store_id"]), pc.is_in(tables[n]["store_id"], value_set=asked)))
        for n in (BASELINE, SALES, SIGNALS)
    }
    return tables | logs | {REFERENCE_STORES: pa.table({"store_id": pa.array(REFERENCE)})}


def competitor_gap(stores: Sequence[str], where: Sequence[str] = NORTH, cluster: str = "c0") -> CauseWorld:
    """Return a world with a gap of the competitor that a few stores answer."""
    world = CauseWorld()
    world.competitor[[STORES.index(s) for s in where], world.days(5, 0)] = 0.31
    return world.deviate(stores, 5, 0, 0.35, cluster)


def by_report(rows: list[Row]) -> dict[str, dict[str, float]]:
    out: dict[str, dict[str, float]] = defaultdict(dict)
    for r in rows:
        out[r["report_id"]][r["cause"]] = r["confidence"]
    return out


def test_a_limit_that_the_chain_does_not_pass_changes_nothing() -> None:
    tables = competitor_gap(NORTH[:9]).tables()
    assert proposals(tables, len(STORES)) == proposals(tables)


@pytest.mark.parametrize("where", [NORTH, QUIET[:4]])
def test_stores_that_are_read_for_another_ticks_reports_count_for_nothing(where: Sequence[str]) -> None:
    own = QUIET[:4]
    world = competitor_gap(own, where)
    loud = [s for s in QUIET if s not in own]
    world.effect[[STORES.index(s) for s in loud], world.days(5, 0)] += 0.9
    tables = world.tables()
    assert proposals(seen_of(tables, own)) == proposals(seen_of(tables, [*own, *loud]))
    assert proposals(seen_of(tables, own)) != proposals(tables)


def test_a_signal_that_only_another_ticks_stores_have_does_not_count() -> None:
    own, other = QUIET[:3], QUIET[5]
    tables = competitor_gap(own).tables(without=("inventory",))
    its_own = {"feed": "inventory", "signal": "own_availability", "store_id": other}
    row = tables[SIGNALS].filter(pc.is_valid(tables[SIGNALS]["store_id"])).to_pylist()[-1] | its_own
    tables[SIGNALS] = pa.concat_tables([tables[SIGNALS], pa.Table.from_pylist([row], schema=tables[SIGNALS].schema)])
    assert proposals(seen_of(tables, own)) == proposals(seen_of(tables, [*own, other]))


def test_a_sampled_store_stands_for_others_like_it_and_a_reported_one_for_itself() -> None:
    store_ids = pa.array(sorted(STORES))
    reference_stores = ReferenceStores.of(pa.table({"store_id": pa.array(REFERENCE)}), store_ids)
    assert reference_stores is not None
    tables = competitor_gap([QUIET[0], REFERENCE[0]]).tables()
    reports, _ = reports_at(tables[MRDL], (TICK - TICK.fromordinal(719163)).days, 0, store_ids)
    sampling_weight = dict(
        zip(store_ids.to_pylist(), background_of(reference_stores, reports, np.ones(2), len(STORES)), strict=True)
    )
    assert sampling_weight[QUIET[0]] == sampling_weight[REFERENCE[0]] == 1.0
    assert {sampling_weight[s] for s in REFERENCE[1:]} == {reference_stores.sampling_weight}
    assert {sampling_weight[s] for s in QUIET[1:]} == {0.0}
    assert background_of(None, reports, np.ones(2), len(STORES)).tolist() == [1.0] * len(STORES)


def test_what_the_sampled_stand_for_is_about_the_chain() -> None:
    chain = [f"store-{i}" for i in range(20_000)]
    sample = smallest_hashes(chain, 1000)
    reference_stores = ReferenceStores.of(pa.table({"store_id": pa.array(sample)}), pa.array(sorted(sample)))
    assert reference_stores is not None
    assert reference_stores.sampling_weight * len(sample) == pytest.approx(len(chain), rel=0.1)


MOST = 5
"""Of an event with more stores than the limit, so many are weighed; the others get what these get on average."""


@pytest.fixture(scope="module")
def giant() -> Tables:
    world = competitor_gap(NORTH, cluster="the giant")
    world.own[15, world.days(3, 0)] = 0.3
    return world.deviate([STORES[15], STORES[16]], 3, 0, -0.5, "small").tables()


@pytest.fixture(scope="module")
def told(giant: Tables) -> list[Row]:
    return proposals(giant, MOST)


def weighed_in(giant: Tables) -> set[str]:
    chosen = weighed_reports(giant[MRDL], giant[MRCL], MOST).is_weighed
    return set(giant[MRDL]["report_id"].filter(pa.array(chosen)).to_pylist())


def test_the_smallest_hashes_of_the_giant_are_weighed_and_all_of_the_others(giant: Tables) -> None:
    detected = giant[MRDL].to_pylist()
    stores = {r["store_id"] for r in detected if r["report_id"] in weighed_in(giant)}
    assert stores == {*smallest_hashes(NORTH, MOST), STORES[15], STORES[16]}


def test_every_report_is_told_and_its_confidences_sum_to_one(giant: Tables, told: list[Row]) -> None:
    found = by_report(told)
    assert set(found) == set(giant[MRDL]["report_id"].to_pylist())
    assert all(sum(c.values()) == pytest.approx(1.0) for c in found.values())


def test_who_is_not_weighed_gets_the_mean_of_those_who_are(giant: Tables, told: list[Row]) -> None:
    found, weighed = by_report(told), weighed_in(giant)
    of_giant = {r["report_id"] for r in giant[MRCL].to_pylist() if r["cluster_id"] == "the giant"}
    inside, left = [found[r] for r in of_giant & weighed], [found[r] for r in of_giant - weighed]
    assert len(left) == len(NORTH) - MOST
    assert all(c == left[0] for c in left)
    best = max(left[0], key=lambda c: left[0][c])
    assert best == "competitor_stockout"
    mean = np.mean([c.get(best, 0.0) for c in inside])
    assert left[0][best] == pytest.approx(float(mean), abs=0.02)


def test_evidence_is_the_events_and_names_all_of_its_stores(told: list[Row]) -> None:
    texts = {r["evidence"] for r in told if r["cluster_id"] == "the giant" and r["rank"] == 1}
    (best,) = texts
    assert json.loads(best)["deviation"]["stores"] == len(NORTH)
    assert f"in {len(NORTH)} of {len(NORTH)} stores" in json.loads(best)["sentence"]


def test_the_small_event_beside_it_stays_as_it_was(giant: Tables, told: list[Row]) -> None:
    def small(found: list[Row]) -> set[tuple[str, str]]:
        return {(r["report_id"], r["cause"]) for r in found if r["cluster_id"] == "small" and r["rank"] == 1}

    assert small(told) == small(proposals(giant))


def test_the_order_of_rows_does_not_matter(giant: Tables, told: list[Row]) -> None:
    rng = np.random.default_rng(3)
    shuffled = {n: t.take(rng.permutation(t.num_rows)) for n, t in giant.items()}
    key = ("report_id", "rank")
    assert sorted(proposals(shuffled, MOST), key=lambda r: [r[k] for k in key]) == sorted(
        told, key=lambda r: [r[k] for k in key]
    )
