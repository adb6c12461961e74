"""What clustering reads: predictions for the stores with reports; of all others only whether they traded lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.clustering.loading import load_profiles
from mrs.clustering.trading import LATELY_DAYS, TRADING, trading
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time, shard_of
from mrs.settings import ClusterSettings, Settings
from mrs.stage import StageContext, TickEvent, sampling
from mrs.store.keys import shard_part
from mrs.store.log_store import Write

from functions.cluster.cluster_minority_report import MRCL, cluster_minority_report
from tests.builders import table
from tests.cluster.events import TICK, ReportWorld, town

MRDL, BASELINE, STORES = (
    "minority_reports_detected_log",
    "baseline_sales_model_prediction_log",
    "stores_data",
)
Tables = dict[str, pa.Table]


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Two towns of which a few stores moved; half of the other stores stopped trading long ago."""
    places = town("a", 30, 51.0, 0.0) | town("b", 30, 51.4, 0.6, region="south")
    moved = [f"a{k:02d}" for k in range(6)] + [f"b{k:02d}" for k in range(4)]
    world = ReportWorld(places).add(moved[:6], 4, 0, 0.5).add(moved[6:], 3, 0, -0.4)
    found = world.tables()
    gone = pa.array([s for s in places if s not in moved][::2])
    long_ago = pa.scalar(TICK - timedelta(days=LATELY_DAYS + 9), pa.date32())
    stopped = pc.is_in(found[BASELINE]["store_id"], value_set=gone)
    at = found[BASELINE].schema.get_field_index("date")
    dates = pc.if_else(stopped, long_ago, found[BASELINE]["date"])
    return found | {BASELINE: found[BASELINE].set_column(at, "date", dates)}


def clusters(tables: Tables) -> list[dict[str, object]]:
    return list(cluster_minority_report(tables, [TICK], ClusterSettings())[MRCL].to_pylist())


def of_reported(tables: Tables) -> pa.Table:
    rows = tables[BASELINE]
    return rows.filter(pc.is_in(rows["store_id"], value_set=pc.unique(tables[MRDL]["store_id"])))


def by_day(rows: pa.Table) -> list[pa.Table]:
    days = sorted(pc.unique(rows["date"]).to_pylist(), reverse=True)
    return [rows.filter(pc.equal(rows["date"], pa.scalar(d, pa.date32()))) for d in days]


def test_the_reported_and_who_else_traded_are_all_that_it_takes(tables: Tables) -> None:
    traded = trading(by_day(tables[BASELINE]), tables[STORES], [TICK])
    assert clusters(tables | {BASELINE: of_reported(tables), TRADING: traded}) == clusters(tables)


def test_who_else_traded_matters(tables: Tables) -> None:
    everyone = tables[STORES]["store_id"]
    all_traded = pa.table({"store_id": everyone, TICK.isoformat(): pa.array([True] * len(everyone))}).sort_by(
        "store_id"
    )
    assert clusters(tables | {TRADING: all_traded}) != clusters(tables)


def test_a_store_has_traded_lately_for_five_weeks_after_its_last_day() -> None:
    days = [TICK + timedelta(days=k) for k in (-LATELY_DAYS, 1, 2)]
    known = {"expected_sales": 10.0, "observed_sales": 9.0, "residual_z": -0.1}
    rows = [
        {"store_id": "once", "date": days[0], **known},
        {"store_id": "again", "date": days[0], **known},
        {"store_id": "again", "date": days[2], **known},
        {"store_id": "closed", "date": TICK, **known, "expected_sales": 0.0, "residual_z": None},
        {"store_id": "unplaced", "date": TICK, **known},
    ]
    places = table(STORES, *({"store_id": s} for s in ("once", "closed", "again", "never")))
    ticks = [TICK, *days[1:]]
    found = {
        r.pop("store_id"): [r[t.isoformat()] for t in ticks]
        for r in trading([table(BASELINE, *rows)], places, ticks).to_pylist()
    }
    assert found == {
        "again": [True, False, True],
        "closed": [False, False, False],
        "never": [False, False, False],
        "once": [True, False, False],
    }


@pytest.mark.parametrize("at_once", [1, 64])
@pytest.mark.parametrize("shards", [1, 4])
def test_the_loader_reads_what_the_whole_log_would_tell(
    aws: Environment, shards: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "OBJECTS_AT_ONCE", at_once)
    stores = [f"s{i:02d}" for i in range(20)]
    days = [TICK + timedelta(days=k) for k in range(-3, 1)]
    rng = np.random.default_rng(2)
    rows = {
        d: [{"store_id": s, "residual_z": 0.1, "observed_sales": 9.0} for s in stores if rng.random() < 0.4]
        for d in days
    }
    _land(aws, shards, days, rows)
    event = TickEvent.parse({"run_id": "r", "first_tick": days[2], "last_tick": days[3]})
    context = StageContext(event, Settings(), aws, aws.logs())
    found = load_profiles(context)
    whole = aws.logs().read(dataset(BASELINE), "r")
    kept = whole.filter(pc.equal(whole["store_id"], "s03")).select(found[BASELINE].column_names)
    assert found[BASELINE].sort_by([("date", "ascending")]).equals(kept.sort_by([("date", "ascending")]))
    assert found[TRADING].equals(trading([whole], found[STORES], days[2:]))
    counted: dict[date, int] = dict.fromkeys(days, 0)
    for tick, n in context.rows_read[BASELINE]:
        counted[tick] += n
    assert counted == {d: len(rows[d]) for d in days}


def _land(aws: Environment, shards: int, days: Sequence[date], rows: dict[date, list[dict[str, object]]]) -> None:
    writes = []
    for day in days:
        for k in range(shards):
            own = [r for r in rows[day] if shard_of(str(r["store_id"]), shards) == k]
            content = table(BASELINE, *own, date=day, tick=day)
            writes.append(Write(dataset(BASELINE), "r", day, schedule_time(day), content, shard_part(k, shards)))
    reported = table(MRDL, {"report_id": "x", "store_id": "s03"}, tick=days[-1])
    writes.append(Write(dataset(MRDL), "r", days[-1], schedule_time(days[-1]), reported))
    places = table(STORES, *({"store_id": f"s{i:02d}"} for i in range(20)), tick=days[0])
    writes.append(Write(dataset(STORES), "r", days[0], schedule_time(days[0]), places))
    aws.logs().append(writes)
