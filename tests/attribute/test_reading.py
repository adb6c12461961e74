"""What attribution reads: of a small chain everything, once; of a large one the reported stores and a sample."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from mrs.attribution.loading import load_evidence
from mrs.attribution.sampling import REFERENCE_STORES
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time, shard_of, smallest_hashes
from mrs.settings import Settings
from mrs.stage import StageContext, TickEvent
from mrs.store.keys import shard_part
from mrs.store.log_store import LogStore, Write

from tests.attribute.worlds import BASELINE, MRCL, MRDL, SALES, SIGNALS
from tests.builders import table

STORES = [f"s{i:02d}" for i in range(40)]
FIRST = date(2024, 3, 20)  # in the middle of a refit period
DAYS = [FIRST + timedelta(days=i) for i in range(4)]
REPORTED = {DAYS[2]: ["s30"], DAYS[3]: ["s31", "s30"]}


@dataclass(frozen=True)
class Watched(LogStore):
    """A log store that counts who reads what."""

    seen: Counter[str] = field(default_factory=Counter)

    def read(self, ds: Any, run_id: str, **how: Any) -> pa.Table:
        self.seen[ds.name] += 1
        return super().read(ds, run_id, **how)


def land(aws: Environment, shards: int) -> None:
    writes = []
    for day in DAYS:
        known = STORES if day > DAYS[0] else STORES[:-1]  # the last store is new on the second day
        rows = {
            BASELINE: [{"store_id": s, "date": day} for s in known],
            SALES: [{"store_id": s, "date": day} for s in known],
            SIGNALS: [{"store_id": s, "date": day} for s in known],
            MRDL: [{"report_id": s, "store_id": s} for s in REPORTED.get(day, [])],
            MRCL: [{"report_id": s, "cluster_id": "c"} for s in REPORTED.get(day, [])],
        }
        for name, found in rows.items():
            for k in range(shards):
                own = [r for r in found if shard_of(str(r.get("store_id", "")), shards) == k]
                if own or dataset(name).by_shard:
                    part = shard_part(k, shards)
                    content = table(name, *own, tick=day)
                    writes.append(Write(dataset(name), "r", day, schedule_time(day), content, part))
        nowhere = table(SIGNALS, {"region": "north", "date": day}, tick=day)
        writes.append(Write(dataset(SIGNALS), "r", day, schedule_time(day), nowhere, "common"))
    aws.logs().append(writes)


def loaded(aws: Environment, most: int, first: date, last: date) -> tuple[dict[str, pa.Table], Counter[str]]:
    event = TickEvent.parse({"run_id": "r", "first_tick": first, "last_tick": last})
    settings = Settings.from_config({"attribute": {"neighbour_stores": most}})
    logs = Watched(**{n: getattr(aws.logs(), n) for n in ("objects", "catalog")})
    return load_evidence(StageContext(event, settings, aws, logs)), logs.seen


def stores_in(found: pa.Table) -> set[str]:
    return {s for s in found["store_id"].to_pylist() if s is not None}


def test_a_small_chain_in_one_shard_is_read_whole_and_once(aws: Environment) -> None:
    land(aws, 1)
    found, seen = loaded(aws, len(STORES), DAYS[3], DAYS[3])
    for name in (BASELINE, SALES, SIGNALS):
        assert stores_in(found[name]) == set(STORES)
    assert REFERENCE_STORES not in found
    assert set(seen.values()) == {1}


@pytest.mark.parametrize("shards", [1, 5])
def test_of_a_large_chain_the_reported_and_the_sample_are_read(aws: Environment, shards: int) -> None:
    land(aws, shards)
    found, _ = loaded(aws, 6, DAYS[3], DAYS[3])
    sample = set(smallest_hashes(STORES[:-1], 6))  # of those known when the run began
    assert set(found[REFERENCE_STORES]["store_id"].to_pylist()) == sample
    for name in (BASELINE, SALES, SIGNALS):
        assert stores_in(found[name]) == sample | {"s30", "s31"}
    assert found[SIGNALS]["region"].to_pylist().count("north") == len(DAYS)


@pytest.mark.parametrize("shards", [1, 5])
def test_the_reference_stores_are_the_same_on_every_tick_of_a_refit_period(aws: Environment, shards: int) -> None:
    land(aws, shards)
    spans = [(DAYS[2], DAYS[2]), (DAYS[3], DAYS[3]), (DAYS[0], DAYS[3])]
    reference_stores = [loaded(aws, 6, *span)[0][REFERENCE_STORES]["store_id"].to_pylist() for span in spans]
    assert reference_stores[0] == reference_stores[1] == reference_stores[2]


def test_a_sharded_small_chain_is_read_whole(aws: Environment) -> None:
    land(aws, 5)
    found, _ = loaded(aws, len(STORES), DAYS[3], DAYS[3])
    assert stores_in(found[BASELINE]) == set(STORES)
    assert REFERENCE_STORES not in found
