"""What is published is said once: a manifest that names every object by its hash, and an event of what changed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from mrs.client import Client
from mrs.contracts import dataset
from mrs.contracts.published import PUBLISHED, breaks, schema_of
from mrs.store.canonical import content_hash

from cli.statefiles import log_files
from tests.client.conftest import LAST, RUN, state, world

__all__ = ["state", "world"]
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def test_a_manifest_names_every_object_of_a_tick_with_its_rows_and_hash(state: Path) -> None:
    told = Client.local(state).wait_for(LAST)
    assert told["is_complete"]
    assert sorted(told["datasets"]) == sorted(ds.name for ds in PUBLISHED)
    files = {f.name: f for f in log_files(state, lambda key: key.run_id == RUN)}
    for name, of in told["datasets"].items():
        assert of["rows"] == sum(o["rows"] for o in of["objects"])
        for o in of["objects"]:
            assert content_hash(dataset(name), files[o["key"]].read()) == o["sha256"]


def test_a_manifest_says_what_changed_in_money_by_cause(state: Path) -> None:
    client = Client.local(state)
    told = client.wait_for(LAST)

    def money(as_of: object) -> dict[str, float]:
        rows = [e for e in client.events(as_of).to_pylist() if e["merged_into"] is None]  # type: ignore[arg-type]
        rows = [e for e in rows if e["event_status"] != "rejected"]
        return {c: sum(e["sales_delta"] for e in rows if e["cause"] == c) for c in {e["cause"] for e in rows}}

    now, then = money(None), money(LAST)
    assert told["changed_by_cause"] == {
        c: pytest.approx(now.get(c, 0) - then.get(c, 0), abs=1e-4) for c in {*now, *then}
    }
    assert told["restates"] is False


def test_each_tick_was_told_once(state: Path) -> None:
    reader = Client.local(state).reader
    keys = reader.source.keys("manifests/")  # type: ignore[attr-defined]
    ticks = (LAST - timedelta(days=1), LAST)
    assert [k.rpartition(".")[2] for k in keys] == ["json", "told"] * len(ticks)


@pytest.mark.parametrize("ds", PUBLISHED, ids=lambda ds: ds.name)
def test_a_published_schema_only_grows_within_a_major_version(ds: object) -> None:
    new = schema_of(ds)  # type: ignore[arg-type]
    committed = json.loads((SCHEMAS / f"{new['dataset']}.json").read_text())
    assert breaks(committed, new) == []
    assert committed == new, "run `mrs docs`"


def test_what_breaks_a_consumer_is_named() -> None:
    old = schema_of(PUBLISHED[0])
    new = json.loads(json.dumps(old))
    gone = new["columns"].pop(0)["name"]
    new["columns"][0]["type"] = "int64"
    new["columns"].append({"name": "added", "type": "string", "nullable": False, "description": ""})
    assert breaks(old, new) == [
        f"column {gone} is gone",
        f"column {new['columns'][0]['name']} was {old['columns'][1]['type']} and is int64",
        "the new column added may not be null",
    ]
