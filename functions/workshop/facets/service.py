"""The stores, and the values that filters can take."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import Any

import pyarrow as pa
from mrs.contracts import dataset
from mrs.contracts.landing import Store

from functions.workshop.facets.models import Choice, Choices, Stores
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import View

LEAST_IN_CLUSTER, MOST_CLUSTERS = 2, 50


def stores(view: View) -> Stores:
    """Return every store that a state knows."""
    if view.snapshot is None:
        return Stores(items=[])
    return view.cache.hydrated.get((view.snapshot, "stores_data"), lambda: _stores(view))  # type: ignore[no-any-return]


def _stores(view: View) -> Stores:
    assert view.snapshot is not None  # noqa: S101 (checked by the caller)
    tick, written_at = view.snapshot.tick, view.snapshot.written_at
    table = view.logs.read(
        dataset("stores_data"),
        view.run_id,
        last=tick,
        visible=lambda key: key.tick < tick or key.written_at <= written_at,
    )
    return Stores(items=[Store(**row) for row in table.select(list(Store.model_fields)).to_pylist()])


def choices(view: View) -> Choices:
    """Return the values that the filters can take, the most frequent among reports first."""
    reports, events = view.objects(REPORTS).table, view.objects(EVENTS).table
    columns = {
        "status": ("report_status", "event_status"),
        "cause": ("cause", "cause"),
        "direction": ("direction", "direction"),
        "region": ("region", "regions"),
        "retailer": ("retailer", "retailers"),
    }
    found = {
        name: _choices(_counted(reports[own]), _counted(events[theirs])) for name, (own, theirs) in columns.items()
    }
    return Choices(**found, cluster=_clusters(reports), state=view.described())


def _clusters(reports: pa.Table) -> list[Choice]:
    """Return the largest clusters; a cluster of one report narrows nothing."""
    pairs = reports.select(["cluster_id", "report_group_id"]).to_pylist()
    groups = {(r["cluster_id"], r["report_group_id"]) for r in pairs if r["report_group_id"] is not None}
    sizes = _counted(reports["cluster_id"])
    large = Counter({cluster: size for cluster, size in sizes.items() if size >= LEAST_IN_CLUSTER})
    return _choices(large, Counter(cluster for cluster, _ in groups if cluster in large))[:MOST_CLUSTERS]


def _choices(reports: Counter[str], events: Counter[str]) -> list[Choice]:
    names = sorted(reports.keys() | events.keys(), key=lambda n: (-reports[n], n))
    return [Choice(value=name, reports=reports[name], events=events[name]) for name in names]


def _counted(column: pa.ChunkedArray) -> Counter[str]:
    values: list[Any] = column.to_pylist()
    if pa.types.is_list(column.type):
        values = list(chain.from_iterable(v or [] for v in values))
    return Counter(v for v in values if v is not None)
