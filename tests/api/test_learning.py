"""What an event's page says about learning is what attribution_ready_sales holds."""

from __future__ import annotations

import pytest

from tests.api.conftest import Api, Workshop, published_sales


def test_what_was_taken_out_of_learning_is_what_the_dataset_says(workshop: Workshop, viewer: Api) -> None:
    event = viewer.get("/api/events", sort="money", limit=1)["items"][0]
    members = viewer.get(f"/api/events/{event['report_group_id']}/members", limit=500)["items"]
    ids = {m["report_id"] for m in members}
    rows = published_sales(workshop).to_pylist()
    newest = max(r["tick"] for r in rows)
    rows = [r for r in rows if r["tick"] == newest and r["report_id"] in ids and r["observed_sales"] is not None]
    assert rows
    said = viewer.get(f"/api/events/{event['report_group_id']}/learning")
    assert said["store_days"] == len(rows)
    assert said["taken_out"] == pytest.approx(sum(r["minority_sales"] for r in rows))
    assert said["deviation"] == pytest.approx(sum(r["observed_sales"] - r["expected_sales"] for r in rows))
    assert [d["date"] for d in said["days"]] == sorted({r["date"].isoformat() for r in rows})
    for day in said["days"]:
        assert day["observed_sales"] - day["taken_out"] == pytest.approx(day["adjusted_sales"])


def test_an_unknown_event_has_no_learning(viewer: Api) -> None:
    assert viewer.send("GET", f"/api/events/{'0' * 64}/learning").status_code == 404
