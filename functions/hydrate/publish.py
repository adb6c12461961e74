"""Says that a tick's datasets are complete: a manifest in the log bucket, then an event on EventBridge."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger
from mrs.contracts import dataset
from mrs.contracts.published import SCHEMA_VERSION
from mrs.environment import client
from mrs.errors import TransientError
from mrs.stage.harness import StageResult
from mrs.store.keys import LogKey
from mrs.store.log_store import LogStore, Written
from mrs.store.objects import ObjectStore, in_parallel
from mrs.store.snapshots import Snapshot, snapshots
from mrs.store.weeks import SALES, WEEKS, HeldWeeks

from functions.hydrate.queries import EVENTS, RECONCILIATION, WRITES, published_before
from functions.hydrate.reconcile import reconcile

PUBLISHES = {*WRITES, RECONCILIATION}
SOURCE, PUBLISHED, RESTATED = "mrs", "Datasets published", "Datasets restated"
logger = Logger()


def publish(result: StageResult) -> None:
    """Write the manifest of what was hydrated and, where it is the run's newest state, tell EventBridge of it.

    A call that is made again writes nothing new, and tells again only what was not told to its end: an event may come
    twice, and its `manifest` says that it is the same.
    """
    event, logs = result.context.event, result.context.logs
    state = Snapshot(event.run_id, event.last_tick, event.write_time(event.last_tick))
    others = [s for s in snapshots(logs, event.run_id) if s != state]
    before = max((s for s in others if _order(s) < _order(state)), key=_order, default=None)
    money = _money(result.tables[EVENTS].to_pylist())
    then = _money(before.read(logs, EVENTS).to_pylist()) if before else {}
    written = [*result.written, *reconcile(result)]
    held = HeldWeeks.of(result.tables[WEEKS]).keys(event.run_id)
    manifest = manifest_of(state, [*written, *_held_before(result, held)], logs.objects) | {
        "restates": any(s.tick == state.tick and s.written_at < state.written_at for s in others),
        "changed_by_cause": {c: round(money.get(c, 0.0) - then.get(c, 0.0), 6) for c in sorted({*money, *then})},
        "changed_since": _text(before.written_at) if before else None,
    }
    key = manifest_key(state)
    _create(logs.objects, key, manifest)
    if all(_order(s) < _order(state) for s in others):
        _tell(logs, key, manifest)


def _held_before(result: StageResult, held: Iterable[LogKey]) -> list[Written]:
    """Return the weeks of earlier states that this one holds, with their rows as the manifest before said them."""
    logs, new = result.context.logs, {w.key for w in result.written}
    old = [str(key) for key in held if str(key) not in new]
    base = published_before(result.context) if old else None
    said = _said(logs.objects, manifest_key(base)) if base else {}

    def told(key: str) -> Written:
        return Written(key, said[key] if key in said else logs.objects.parquet(key).metadata.num_rows, created=False)

    return in_parallel(told, old)


def _said(objects: ObjectStore, key: str) -> dict[str, int]:
    """Return the rows of the sales' objects in a manifest; nothing where it was never written."""
    if not any(found.key == key for found in objects.find(key.rpartition("/")[0])):
        return {}
    datasets = json.loads(objects.get(key))["datasets"]
    return {o["key"]: o["rows"] for o in datasets.get(SALES, {"objects": []})["objects"]}


def manifest_key(state: Snapshot) -> str:
    """Return where a state's manifest lies."""
    stamp = f"{state.written_at:%Y%m%dT%H%M%S}{state.written_at.microsecond // 1000:03d}Z"
    return f"manifests/run_id={state.run_id}/tick={state.tick}/{stamp}.json"


def manifest_of(state: Snapshot, all_written: Iterable[Written], objects: ObjectStore) -> dict[str, Any]:
    """Return what was published: of each dataset its schema's version, rows, and objects with their content's hash."""
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list, {SALES: []})
    published = [w for w in sorted(all_written, key=lambda w: w.key) if _dataset(w.key) in PUBLISHES]
    hashes = in_parallel(lambda w: objects.content_hash(w.key), published)
    for written, content in zip(published, hashes, strict=True):
        parts[_dataset(written.key)].append({"key": written.key, "rows": written.rows, "sha256": content})
    return {
        "run_id": state.run_id,
        "tick": state.tick.isoformat(),
        "written_at": _text(state.written_at),
        "is_complete": set(parts) == PUBLISHES,
        "datasets": {
            name: {
                "schema_version": SCHEMA_VERSION,
                "key": list(dataset(name).key),
                "rows": sum(o["rows"] for o in own),
                "objects": own,
            }
            for name, own in sorted(parts.items())
        },
    }


def _dataset(key: str) -> str:
    parsed = LogKey.parse(key)
    return parsed.dataset if parsed else ""


def _order(state: Snapshot) -> tuple[Any, datetime]:
    return state.tick, state.written_at


def _text(moment: datetime) -> str:
    return f"{moment.isoformat()}Z"


def _money(events: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return observed minus expected sales by the cause in force, of events that no other has absorbed."""
    by_cause: dict[str, float] = defaultdict(float)
    for event in events:
        if event["merged_into"] is None and event["event_status"] != "rejected":
            by_cause[event["cause"]] += event["sales_delta"]
    return by_cause


def _create(objects: ObjectStore, key: str, content: Mapping[str, Any]) -> bool:
    body = json.dumps(content, indent=1, sort_keys=True).encode()
    return objects.create(key, body, hashlib.sha256(body).hexdigest())


def _tell(logs: LogStore, key: str, manifest: Mapping[str, Any]) -> None:
    told_key = f"{key.removesuffix('.json')}.told"
    if any(found.key == told_key for found in logs.objects.find(told_key.removesuffix(".told"))):
        return
    detail = {k: manifest[k] for k in ("run_id", "tick", "written_at", "restates", "changed_by_cause", "changed_since")}
    detail |= {"manifest": f"s3://{logs.objects.bucket}/{key}"}
    kind = RESTATED if manifest["restates"] else PUBLISHED
    entry = {"Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": "default"}
    answer = client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise TransientError(f"EventBridge did not take the event: {answer['Entries'][0].get('ErrorMessage')}")
    logger.info(kind, extra=detail)
    _create(logs.objects, told_key, {"told": kind})
