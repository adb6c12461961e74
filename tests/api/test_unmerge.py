"""A merge by hand is taken back: the event stands by itself again, with its own reports and money."""

from __future__ import annotations

from pathlib import Path

from tests.api.conftest import NEXT_DAY, Api, Workshop


def test_an_event_stands_by_itself_again(analyst: Api, workshop: Workshop, world: Path) -> None:
    one, into = analyst.get("/api/events", status=["closed", "ongoing"], sort="money", limit=2)["items"]
    name = one["report_group_id"]
    refused = analyst.edit("events", one, action="unmerge")
    assert (refused.status_code, "not merged by a person" in refused.json()["detail"]) == (400, True)
    merged = analyst.edit("events", one, action="merge_into", into=into["report_group_id"]).json()["events"][0]
    assert merged["event_status"] == "merged"
    analyst.applied()
    assert analyst.get(f"/api/events/{into['report_group_id']}")["n_reports"] == one["n_reports"] + into["n_reports"]
    merged = analyst.get(f"/api/events/{name}")
    shown = analyst.edit("events", merged, action="unmerge").json()["events"][0]
    assert (shown["event_status"], shown["merged_into"]) == ("open", None)
    analyst.applied()
    for before in (one, into):
        now = analyst.get(f"/api/events/{before['report_group_id']}")
        kept = ("event_status", "merged_into", "n_reports", "n_stores", "cause")
        assert [now[c] for c in kept] == [before[c] for c in kept]
        assert abs(now["sales_delta"] - before["sales_delta"]) < 0.01
    workshop.tick(NEXT_DAY, world / "input")
    assert analyst.get(f"/api/events/{name}")["merged_into"] is None, "nor does the next day merge it again"
    again = analyst.edit(
        "events", analyst.get(f"/api/events/{name}"), action="merge_into", into=into["report_group_id"]
    )
    assert again.json()["events"][0]["event_status"] == "merged"
