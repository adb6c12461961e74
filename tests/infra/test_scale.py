"""The arithmetic of the scale benchmark: what follows from measured worlds; nothing is measured here."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import scale
from benchmarks.scale import PER_SHARD, STAGES, Landed, Measured, Passed

LANDED = Landed(size=100.0, seconds=0.001, peak_mb=0.1, shard_seconds=0.001)
PASSED = {stage: Passed(seconds=0.0002, objects=90.0, unsorted_seconds=0.1) for stage in ("cluster", "attribute")}


def _world(stores: int, shards: int = 1, ms_a_store: float = 1.0, ms_an_other: float = 0.0) -> Measured:
    own = stores / shards
    past = {s: scale._looked_at(s, stores, shards, 0)[1] for s in PER_SHARD}
    run = {s: 0.1 + (own * ms_a_store + past[s] * ms_an_other) / 1000 for s in PER_SHARD}
    whole = {s: 0.1 + stores * ms_a_store / 1000 for s in STAGES if s not in PER_SHARD}
    seconds = whole | {s: shards * v for s, v in run.items()}
    peak = {s: 250.0 + 0.1 * (own if s in PER_SHARD else stores) for s in STAGES}
    sizes = (stores * 360 * 8, stores * 120 * 40, stores // 50)
    return Measured(stores, 360, shards, *sizes, seconds, {s: {} for s in STAGES}, peak)


def _worlds(**costs: float) -> tuple[list[Measured], list[Measured]]:
    return [_world(n, **costs) for n in (250, 1_000, 4_000)], [_world(4_000, shards=n, **costs) for n in (4, 16)]


def test_a_straight_line_gives_back_what_it_was_made_of() -> None:
    cost = scale._costs(*_worlds(), LANDED, PASSED, "seconds")["detect"]
    assert (cost.base, cost.own, cost.past, cost.an_object) == pytest.approx((0.1, 0.001, 0.0, 0.0), abs=1e-9)


def test_what_a_shard_pays_for_the_other_shards_stores_is_told_apart() -> None:
    cost = scale._costs(*_worlds(ms_an_other=0.25), LANDED, PASSED, "seconds")["predict"]
    assert cost.past == pytest.approx(0.00025)
    assert scale._costs(*_worlds(ms_an_other=0.25), LANDED, PASSED, "seconds")["cohort"].past == 0


@pytest.mark.parametrize("stage", ["predict", "detect"])
def test_a_shard_reads_no_more_of_the_others_however_many_there_are(stage: str) -> None:
    few, many = (scale._looked_at(stage, shards * 2_000, shards, 0)[1] for shards in (64, 512))
    assert 0 < few == many <= 10_000


def test_what_an_object_costs_is_told_apart_too() -> None:
    worlds, cut = _worlds()
    for world in cut:
        for stage in ("cluster", "attribute", "cohort"):
            world.requests[stage]["GetObject"] = 100 * world.shards
            world.seconds[stage] += 0.001 * 100 * world.shards
    costs = scale._costs(worlds, cut, LANDED, PASSED, "seconds")
    assert costs["cohort"].an_object == pytest.approx(0.001, abs=1e-9)
    assert (costs["attribute"].an_object, costs["attribute"].past) == (0.0, 0.0002)  # as they were measured together


def test_of_a_window_parts_of_four_weeks_are_read_and_the_ticks_that_are_in_none() -> None:
    assert [scale._fetched(n) for n in (1, 28, 30, 93, 1440)] == [1, 28, 30, 32, 80]


def test_what_landed_is_divided_once_in_groups_by_its_size() -> None:
    assert LANDED.groups(1_000_000, 1) == 0
    assert LANDED.groups(1_000_000, 256) == 3
    cost = scale._costs(*_worlds(), LANDED, PASSED, "seconds")["divide"]
    assert (cost.base, cost.own, cost.past) == pytest.approx((0.1, 0.001, 0.0))


def test_attribution_looks_at_the_reported_and_those_that_speak() -> None:
    assert scale._looked_at("attribute", 1_000, 1, 20) == (1_000, 0)
    assert scale._looked_at("attribute", 1_000_000, 256, 20_000) == (28_192, 971_808)


def test_the_table_names_every_target_and_what_passes_a_limit(capsys: Any) -> None:
    scale._extrapolate(*_worlds(ms_an_other=1.0), LANDED, PASSED)
    rows = [line for line in capsys.readouterr().out.splitlines() if line.strip()[:1].isdigit()]
    assert [row.split()[0] for row in rows] == ["1,000", "100,000", "1,000,000"]
    assert "ingest (" in rows[-1]
    assert "detect (" not in rows[-1]
    assert rows[0].endswith("none | none")
