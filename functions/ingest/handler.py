"""Lambda entry points of ingest: `plan`, `divide` for several shards, `ingest` in each of them, `feeds`."""

from __future__ import annotations

from typing import Any

from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.landing.divided import groups_of
from mrs.landing.files import SALES, by_dataset
from mrs.landing.landed_files import landed_objects
from mrs.landing.mapping import FILE as MAPPING
from mrs.landing.mapping import mapping_of
from mrs.landing.shard_count import sales_bytes, shards_for
from mrs.settings import Settings
from mrs.stage import TickEvent, make_handler
from mrs.stage.telemetry import observed
from mrs.store.runs import active_run

from functions.ingest.divide_landing import divide_landing
from functions.ingest.feeds import STAGE as FEEDS
from functions.ingest.ingest_landing import STAGE as INGEST
from functions.ingest.plan_ticks import plan_ticks
from functions.ingest.record_execution import record_execution


@observed("plan")
def plan(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Return the event that the stages are given; fail here if there is nothing to ingest.

    An event that does not say how many shards is cut by the larger of the sales that landed and those in the logs. One
    that does not say in what sales are counted is told by the mapping.
    """
    environment = Environment.read()
    logs = environment.logs()
    planned = plan_ticks(event, event.get("run_id") or active_run(logs))
    landing = environment.landing()
    found = landed_objects(landing, planned["landing"])
    sizes = {name: f.size for name, f in found.items()}
    mapping = mapping_of({MAPPING: landing.get(found[MAPPING].key)} if MAPPING in found else {})
    files, _ = by_dataset(sizes, mapping)
    if mapping.currency:
        event = {**event, "config": {"currency": mapping.currency} | (event.get("config") or {})}
        planned = plan_ticks(event, planned["run_id"])
    if not event.get("shards"):
        logged = sum(stored.size for _, stored in logs.find(dataset("sales_timeseries_data"), planned["run_id"]))
        landed = sales_bytes((name, sizes[name]) for name in files[SALES])
        planned = plan_ticks({**event, "shards": shards_for(max(logged, landed))}, planned["run_id"])
    groups = len(groups_of(found)) if planned["shards"] > 1 else 0
    return planned | {"group_list": list(range(groups))}


@observed("divide")
def divide(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Divide one group of the landing files by shard."""
    tick_event = TickEvent.parse(event)
    Settings.from_config(tick_event.config)
    key = divide_landing(Environment.read(), tick_event)
    told = tick_event.model_dump(mode="json", include={"first_tick", "last_tick", "shards", "group"})
    return {"stage": "divide", **told, "divided": key}


ingest = make_handler(INGEST)
feeds = make_handler(FEEDS, after=record_execution)
