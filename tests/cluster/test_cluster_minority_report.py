"""What clustering promises: one event is one cluster, two events are two, whatever the order of the rows."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from mrs.clustering import grouping
from mrs.contracts import dataset
from mrs.settings import ClusterSettings
from scipy.sparse import csr_matrix
from sklearn.cluster import DBSCAN

from benchmarks.clustering import seconds_to_cluster
from functions.cluster.cluster_minority_report import MRCL, cluster_minority_report
from functions.cluster.handler import handler
from tests.cluster.events import TICK, ReportWorld, nowhere, town

MRDL = "minority_reports_detected_log"


def clusters(tables: dict[str, pa.Table], settings: ClusterSettings | None = None) -> list[set[str]]:
    """Return the members of each cluster, largest first."""
    rows = cluster_minority_report(tables, [TICK], settings or ClusterSettings())[MRCL].to_pylist()
    groups: dict[str, set[str]] = {}
    for row in rows:
        groups.setdefault(row["cluster_id"], set()).add(row["report_id"])
    return sorted(groups.values(), key=lambda g: (-len(g), min(g)))


def two_towns() -> dict[str, tuple[str | None, str | None, float | None, float | None]]:
    return town("a", 15, 52.0, 9.0) | town("b", 15, 49.0, 11.5, "south")


def test_stores_of_one_event_are_one_cluster() -> None:
    world = ReportWorld(two_towns()).add([f"a{k:02d}" for k in range(8)], 4, 0, 0.4)
    assert clusters(world.tables()) == [world.ids(0)]


def test_two_places_at_one_time_are_two_events() -> None:
    world = ReportWorld(two_towns())
    world.add([f"a{k:02d}" for k in range(4)], 4, 0, 0.4).add([f"b{k:02d}" for k in range(4)], 4, 0, 0.4)
    assert sorted(map(sorted, clusters(world.tables()))) == sorted(map(sorted, [world.ids(0), world.ids(1)]))


def test_rise_and_fall_in_one_place_are_two_events() -> None:
    world = ReportWorld(two_towns())
    world.add([f"a{k:02d}" for k in range(7)], 4, 0, 0.4).add([f"a{k:02d}" for k in range(7, 14)], 4, 0, -0.4)
    assert sorted(map(sorted, clusters(world.tables()))) == sorted(map(sorted, [world.ids(0), world.ids(1)]))


def test_touching_in_time_but_of_other_course_stays_apart() -> None:
    world = ReportWorld(two_towns())
    world.add([f"a{k:02d}" for k in range(7)], 9, 3, 0.3).add([f"a{k:02d}" for k in range(7, 14)], 2, 0, 0.9)
    assert sorted(map(sorted, clusters(world.tables()))) == sorted(map(sorted, [world.ids(0), world.ids(1)]))


def test_single_store_is_its_own_event() -> None:
    world = ReportWorld(two_towns()).add(["a00"], 5, 0, -1.2).add([f"b{k:02d}" for k in range(5)], 3, 0, 0.4)
    rows = cluster_minority_report(world.tables(), [TICK], ClusterSettings())[MRCL].to_pylist()
    alone = [r for r in rows if r["is_noise"]]
    assert {r["report_id"] for r in alone} == world.ids(0)


def test_event_over_several_regions_comes_out_as_one() -> None:
    places = town("a", 12, 52.0, 9.0, "north") | town("b", 12, 49.0, 11.5, "south") | town("c", 12, 51.0, 13.5, "east")
    world = ReportWorld(places).add(list(places), 5, 0, 0.35)
    assert clusters(world.tables()) == [world.ids(0)]


def test_chain_over_several_regions_comes_out_as_one() -> None:
    places = town("a", 12, 52.0, 9.0, "north") | town("b", 12, 49.0, 11.5, "south") | town("c", 12, 51.0, 13.5, "east")
    chain = [s for s, p in places.items() if p[0] == "chain-1"]
    world = ReportWorld(places).add(chain, 5, 0, -0.35)
    assert clusters(world.tables()) == [world.ids(0)]


@pytest.mark.parametrize("keep_region", [True, False], ids=["region_only", "no_place_at_all"])
def test_stores_without_coordinates(keep_region: bool) -> None:
    world = ReportWorld(nowhere(two_towns(), keep_region)).add([f"a{k:02d}" for k in range(8)], 4, 0, 0.4)
    rows = cluster_minority_report(world.tables(), [TICK], ClusterSettings())[MRCL]
    assert clusters(world.tables()) == [world.ids(0)]
    assert (rows["spatial_similarity"].null_count == rows.num_rows) == (not keep_region)


@pytest.mark.parametrize(("stores", "moved"), [(2, 2), (10, 3)], ids=["few_stores_each", "some_of_many"])
def test_wave_over_all_regions_comes_out_as_one_without_coordinates(stores: int, moved: int) -> None:
    names = [f"r{k:02d}" for k in range(12)]
    places = {s: p for n in names for s, p in town(n, stores, 50.0, 10.0, n, retailers=1).items()}
    places = {s: (None, p[1], None, None) for s, p in places.items()}
    world = ReportWorld(places).add([s for s in places if int(s[-2:]) < moved], 5, 0, 0.35)
    assert clusters(world.tables()) == [world.ids(0)]


def test_two_regions_that_begin_together_without_coordinates_stay_two_events() -> None:
    names = [f"r{k:02d}" for k in range(12)]
    places = {s: p for n in names for s, p in town(n, 10, 50.0, 10.0, n, retailers=1).items()}
    places = {s: (None, p[1], None, None) for s, p in places.items()}
    world = ReportWorld(places)
    for name in names[:2]:
        world.add([f"{name}{k:02d}" for k in range(3)], 5, 0, 0.35)
    assert sorted(map(sorted, clusters(world.tables()))) == sorted(map(sorted, (world.ids(0), world.ids(1))))


def test_order_of_rows_does_not_matter() -> None:
    world = ReportWorld(two_towns()).add([f"a{k:02d}" for k in range(8)], 4, 0, 0.4).add(["b03", "b04"], 2, 0, -0.5)
    tables = world.tables()
    shuffled = {n: t.take(np.random.default_rng(3).permutation(t.num_rows)) for n, t in tables.items()}
    settings = ClusterSettings()
    assert cluster_minority_report(tables, [TICK], settings) == cluster_minority_report(shuffled, [TICK], settings)


def test_later_rows_change_nothing() -> None:
    world = ReportWorld(two_towns()).add([f"a{k:02d}" for k in range(8)], 4, 1, 0.4)
    tables = world.tables()
    yesterday = TICK - timedelta(days=1)
    past = {n: t.filter(pa.compute.less_equal(t["tick"], pa.scalar(yesterday))) for n, t in tables.items()}
    past[MRDL] = _at(tables[MRDL], yesterday)
    with_future = dict(tables) | {
        MRDL: pa.concat_tables([past[MRDL], tables[MRDL]]),
        "stores_data": tables["stores_data"],
    }
    past["stores_data"] = tables["stores_data"]
    settings = ClusterSettings()
    assert (
        cluster_minority_report(past, [yesterday], settings)[MRCL]
        == cluster_minority_report(with_future, [yesterday], settings)[MRCL]
    )


def _at(table: pa.Table, day: object) -> pa.Table:
    k = table.column_names.index("tick")
    return table.set_column(k, "tick", pa.repeat(pa.scalar(day, pa.date32()), table.num_rows))


def test_tick_without_reports_gives_no_rows() -> None:
    tables = ReportWorld(two_towns()).tables()
    assert cluster_minority_report(tables, [TICK], ClusterSettings())[MRCL].num_rows == 0


def test_output_fits_the_contract() -> None:
    world = ReportWorld(two_towns()).add(["a01", "a02", "b01"], 3, 0, 0.5)
    out = cluster_minority_report(world.tables(), [TICK], ClusterSettings())[MRCL]
    declared = {f.name: f.type for f in dataset(MRCL).schema}
    assert all(declared[f.name] == f.type for f in out.schema)
    assert callable(handler)


def test_twenty_thousand_reports_cluster_in_ten_seconds() -> None:
    assert seconds_to_cluster(20_000) < 10


def test_density_clusters_are_those_of_scikit_learn() -> None:
    rng, least = np.random.default_rng(4), 0.6
    for reports in (5, 20, 60):
        pairs = np.unique(np.sort(rng.integers(0, reports, (2 * reports, 2)), axis=1), axis=0)
        i, j = pairs[pairs[:, 0] < pairs[:, 1]].T
        distance = rng.uniform(0, 0.39, len(i))
        graph = csr_matrix((np.r_[distance, distance], (np.r_[i, j], np.r_[j, i])), shape=(reports, reports))
        graph.sort_indices()
        wanted = DBSCAN(eps=1 - least, min_samples=3, metric="precomputed").fit(graph).labels_
        assert grouping._of_cores(graph).tolist() == wanted.tolist()
