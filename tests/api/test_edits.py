"""A scripted analyst: corrects, approves, merges, splits, is too late, goes back in time, compares runs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from mrs.contracts import dataset
from mrs.identity import row_id

from local import http_api
from tests.api.conftest import RUN, Api, Workshop

EDITS, EVENT_EDITS = dataset("user_edits_log"), dataset("user_minority_events_edits_log")


@pytest.fixture
def fresh(analyst: Api) -> Iterator[list[dict[str, Any]]]:
    """Reports that nobody has edited, and whose events nobody has."""
    untouched = {e["report_group_id"] for e in analyst.get("/api/events", edited="false", limit=500)["items"]}
    items = analyst.get("/api/reports", edited="false", limit=500)["items"]
    yield [r for r in items if r["report_group_id"] in untouched and not r["pending"]]


def logged(workshop: Workshop, ds: Any = EDITS) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = workshop.state.logs.read(ds, RUN, history=True).to_pylist()
    return rows


def moment(text: str) -> datetime:
    """Return a time of an answer: whole seconds have no fraction, so the texts cannot be compared."""
    return datetime.fromisoformat(text)


def stand(api: Api) -> list[dict[str, Any]]:
    """Return the events that stand, the largest first."""
    items = api.get("/api/events", sort="n_reports", limit=500)["items"]
    return [e for e in items if e["event_status"] != "merged" and not e["pending"]]


def test_a_correction_is_pending_at_once_and_applied_soon(
    workshop: Workshop, analyst: Api, fresh: list[dict[str, Any]]
) -> None:
    report, event = fresh[0], stand(analyst)[0]
    before = analyst.get("/api/reports", limit=500)
    answer = analyst.edit("reports", report, action="set_cause", cause="viral", comment="seen on the news")
    assert answer.status_code == 201
    body = answer.json()
    assert body["created"]
    assert moment(body["visible_from"]) > moment(body["edits"][0]["edited_at"]) > moment(report["version"])
    shown = body["reports"][0]
    assert (shown["cause"], shown["cause_source"], shown["n_edits"]) == ("viral", "report_edit", 1)
    assert [p["author"] for p in shown["pending"]] == ["ann"]
    renamed = analyst.edit("events", event, action="rename", name="The good week").json()["events"][0]
    assert renamed["name"] == "The good week"
    between = analyst.get("/api/reports", limit=500)
    version = analyst.get(f"/api/events/{event['report_group_id']}")["version"]

    state = analyst.applied()
    assert moment(state["written_at"]) > moment(version)
    after = analyst.get(f"/api/reports/{report['report_id']}")
    assert after["pending"] == []
    now = analyst.get("/api/reports", limit=500)["items"]
    assert {r["report_id"]: r["severity"] for r in now} == {r["report_id"]: r["severity"] for r in before["items"]}, (
        "a refresh has the settings that the run has"
    )
    kept = ("cause", "cause_source", "cause_confidence", "n_edits", "last_edited_by", "report_status")
    assert {k: after[k] for k in kept} == {k: shown[k] for k in kept}, "what was shown as pending is what came"
    assert analyst.get(f"/api/events/{event['report_group_id']}")["name"] == "The good week"
    served_then = analyst.get("/api/reports", as_of=before["state"]["written_at"], limit=500)
    assert served_then["items"] == before["items"]
    assert analyst.get("/api/reports", as_of=version, limit=500)["items"] == between["items"]
    mrfl = workshop.state.logs.read(dataset("MRFL"), RUN).to_pylist()
    assert {"viral"} == {r["cause"] for r in mrfl if r["report_id"] == report["report_id"] and r["edited_by"] == "ann"}


def test_the_same_edit_twice_is_one_row(workshop: Workshop, analyst: Api, fresh: list[dict[str, Any]]) -> None:
    report = fresh[0]
    edit = {"action": "set_cause", "cause": "weather", "comment": "storm"}
    first, second = (analyst.edit("reports", report, **edit) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["edits"] == second.json()["edits"]
    rows = [r for r in logged(workshop) if r["report_id"] == report["report_id"]]
    assert len(rows) == 1
    seen = rows[0]["based_on"].strftime("%Y-%m-%dT%H:%M:%S") + ".000Z"
    assert rows[0]["edit_id"] == row_id(report["report_id"], "set_cause", "weather", "storm", "ann", seen)


def test_an_edit_of_what_has_changed_since_is_refused_with_both_versions(
    workshop: Workshop, analyst: Api, manager: Api, fresh: list[dict[str, Any]]
) -> None:
    report = fresh[0]
    assert manager.edit("reports", report, action="set_cause", cause="promotion").status_code == 201
    rows = logged(workshop)
    late = analyst.edit("reports", report, action="reject")
    assert (late.status_code, late.headers["Content-Type"]) == (409, "application/problem+json")
    clash = late.json()["conflicts"][0]
    assert (clash["seen"]["cause"], clash["current"]["cause"]) == (report["cause"], "promotion")
    assert clash["current_version"] == clash["current"]["version"]
    assert moment(clash["current_version"]) > moment(clash["based_on"])
    assert [e["author"] for e in clash["edits_since"]] == ["max"]
    assert logged(workshop) == rows
    again = analyst.edit("reports", clash["current"], action="reject")
    assert again.json()["reports"][0]["report_status"] == "rejected"


def test_an_edit_is_newer_than_what_it_is_based_on_whatever_the_clock_says(
    workshop: Workshop, analyst: Api, fresh: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = analyst.edit("reports", fresh[0], action="set_cause", cause="promotion").json()["reports"][0]
    slow = SimpleNamespace(time=lambda: time.time() - 3600, strftime=time.strftime, gmtime=time.gmtime)
    monkeypatch.setattr(http_api, "time", slow)
    second = analyst.edit("reports", first, action="set_cause", cause="viral").json()["reports"][0]
    assert (second["cause"], moment(second["version"]) > moment(first["version"])) == ("viral", True)
    ours = [e for e in logged(workshop) if e["report_id"] == first["report_id"]]
    assert [e["cause"] for e in sorted(ours, key=lambda e: e["written_at"])] == ["promotion", "viral"]


@pytest.mark.parametrize("based_on", ["2001-01-01T00:00:00Z", "2100-01-01T00:00:00Z"])
def test_a_version_that_never_was_is_a_conflict(analyst: Api, fresh: list[dict[str, Any]], based_on: str) -> None:
    assert analyst.edit("reports", {**fresh[0], "version": based_on}, action="reject").status_code == 409


def test_an_approval_carries_the_cause_that_was_approved(
    workshop: Workshop, analyst: Api, fresh: list[dict[str, Any]]
) -> None:
    report = fresh[0]
    approved = analyst.edit("reports", report, action="approve").json()["reports"][0]
    assert (approved["report_status"], approved["cause"], approved["cause_confidence"]) == (
        "approved",
        report["cause"],
        1.0,
    )
    rows = [r for r in logged(workshop) if r["report_id"] == report["report_id"]]
    assert [(r["cause"], r["report_status"]) for r in rows] == [(report["cause"], "approved")]
    assert analyst.edit("reports", report, action="approve").status_code == 200


def test_a_reopening_takes_the_decision_back(analyst: Api, fresh: list[dict[str, Any]]) -> None:
    report = fresh[-1]
    approved = analyst.edit("reports", report, action="approve", cause="local_event").json()["reports"][0]
    back = analyst.edit("reports", approved, action="reopen").json()["reports"][0]
    assert (back["report_status"], back["cause"], back["cause_source"]) == ("open", report["proposed_cause"], "model")
    assert analyst.get(f"/api/reports/{report['report_id']}")["cause"] == report["proposed_cause"]


def test_many_reports_are_edited_together_or_not_at_all(
    workshop: Workshop, analyst: Api, manager: Api, fresh: list[dict[str, Any]]
) -> None:
    some, own = fresh[:4], len(fresh[:4]) // 2
    assert own
    body = {
        "edit": {"action": "set_cause", "cause": "local_event"},
        "reports": [{"report_id": r["report_id"], "based_on": r["version"]} for r in some],
    }
    assert manager.edit("reports", some[own], action="comment", comment="mine").status_code == 201
    rows = len(logged(workshop))
    refused = analyst.post("/api/reports/edits", body)
    assert refused.status_code == 409
    assert [c["object_id"] for c in refused.json()["conflicts"]] == [some[own]["report_id"]]
    assert len(logged(workshop)) == rows
    body["reports"][own]["based_on"] = refused.json()["conflicts"][0]["current_version"]  # type: ignore[index]
    accepted = analyst.post("/api/reports/edits", body)
    assert accepted.status_code == 201
    assert {r["cause"] for r in accepted.json()["reports"]} == {"local_event"}
    assert len(logged(workshop)) == rows + len(some)
    assert analyst.post("/api/reports/edits", body).json()["created"] is False
    keys = {k for k, s in workshop.state.logs.find(EDITS, RUN) if s.size}
    assert len({(k.written_at, k.part) for k in keys}) == len(keys)


def test_every_action_on_an_event_is_logged_as_it_was_said(workshop: Workshop, analyst: Api) -> None:
    event = stand(analyst)[1]
    said: list[dict[str, Any]] = [
        {"action": "set_cause", "cause": "weather"},
        {"action": "add_evidence", "evidence": "The river rose.", "source": "local paper"},
        {"action": "rename", "name": "High water"},
        {"action": "snooze", "until": "2030-01-01T00:00:00Z", "comment": "known"},
        {"action": "comment", "comment": "see above"},
        {"action": "approve"},
        {"action": "reject", "comment": "after all"},
    ]
    for edit in said:
        answer = analyst.edit("events", event, **edit)
        assert answer.status_code == 201, answer.text
        event = answer.json()["events"][0]
    assert (event["event_status"], event["name"], event["cause"]) == ("rejected", "High water", "weather")
    rows = [r for r in logged(workshop, EVENT_EDITS) if r["report_group_id"] == event["report_group_id"]]
    assert [r["action"] for r in sorted(rows, key=lambda r: r["written_at"])] == [e["action"] for e in said]
    assert json.loads(next(r for r in rows if r["action"] == "approve")["value"]) == {"cause": "weather"}
    detail = analyst.get(f"/api/events/{event['report_group_id']}")
    assert [e["action"] for e in detail["edits"]] == [e["action"] for e in said]


def test_two_events_are_merged_and_one_is_split(analyst: Api) -> None:
    into, absorbed = stand(analyst)[:2]
    money = analyst.get("/api/events", limit=1)["totals"]["sales_delta"]
    assert money == pytest.approx(analyst.get("/api/reports", limit=1)["totals"]["sales_delta"])
    members = analyst.get(f"/api/events/{into['report_group_id']}/members", limit=500)["items"]
    merged = analyst.edit("events", absorbed, action="merge_into", into=into["report_group_id"])
    assert merged.json()["events"][0]["event_status"] == "merged"
    leaver = members[0]["report_id"]
    assert analyst.edit("events", into, action="remove_report", report_id=leaver).status_code == 201
    analyst.applied()
    assert analyst.get("/api/events", limit=1)["totals"]["sales_delta"] == pytest.approx(money)
    old = analyst.get(f"/api/events/{absorbed['report_group_id']}")
    assert (old["event_status"], old["merged_into"]) == ("merged", into["report_group_id"])
    series = analyst.get(f"/api/events/{absorbed['report_group_id']}/series")
    assert (series["n_stores"], set(series["total"]["observed"])) == (0, {None})
    now = analyst.get(f"/api/events/{into['report_group_id']}/members", limit=500)["items"]
    assert len(now) == len(members) + absorbed["n_reports"] - 1
    assert leaver not in {r["report_id"] for r in now}
    split = analyst.get(f"/api/reports/{leaver}")["report_group_id"]
    assert analyst.get(f"/api/events/{split}")["n_reports"] == 1


def test_an_edit_that_makes_no_sense_is_refused(analyst: Api) -> None:
    event, other = stand(analyst)[:2]
    own = event["report_group_id"]
    stranger = analyst.get(f"/api/events/{other['report_group_id']}/members")["items"][0]["report_id"]
    assert analyst.edit("events", event, action="merge_into", into=own).status_code == 400
    assert analyst.edit("events", event, action="merge_into", into="f" * 64).status_code == 404
    assert analyst.edit("events", event, action="remove_report", report_id=stranger).status_code == 400
    assert analyst.edit("events", event, action="snooze").status_code == 422
    assert analyst.edit("events", event, action="set_cause", cause="luck").status_code == 422
    assert analyst.edit("events", event, action="set_cause", cause="viral", author="somebody").status_code == 422


@pytest.mark.parametrize("where", ["edit", "request", "bulk"])
def test_nobody_speaks_in_anothers_name(workshop: Workshop, analyst: Api, where: str) -> None:
    """The author is the signed-in person; a body that names one is refused, and nothing is written."""
    report = analyst.get("/api/reports", limit=1)["items"][0]
    edit: dict[str, Any] = {"action": "comment", "comment": "not mine"}
    path, body = f"/api/reports/{report['report_id']}/edits", {"edit": edit, "based_on": report["version"]}
    if where == "bulk":
        path = "/api/reports/edits"
        body = {"edit": edit, "reports": [{"report_id": report["report_id"], "based_on": report["version"]}]}
    (edit if where == "edit" else body)["author"] = "max"
    rows = logged(workshop)
    assert analyst.post(path, body).status_code == 422
    assert logged(workshop) == rows
    edit.pop("author", None), body.pop("author", None)
    assert analyst.post(path, body).json()["edits"][0]["author"] == "ann"
    assert [r["author"] for r in logged(workshop) if r["comment"] == "not mine"][-1] == "ann"


def test_what_a_decision_would_change_is_said_before_and_is_what_it_changes(analyst: Api) -> None:
    said = {"set_cause": {"cause": "own_stockout"}, "approve": {}, "reject": {}, "reopen": {}}
    for about, status in (("reports", "report_status"), ("events", "event_status")):
        rows = analyst.get("/api/reports", limit=4)["items"] if about == "reports" else stand(analyst)[:4]
        for (action, more), row in zip(said.items(), rows, strict=True):
            done = analyst.edit(about, row, action=action, **more).json()[about][0]
            foreseen = {**row, **more, **row["after_edit"][action]}
            for column in ("cause", status, "cause_source", "cause_confidence"):
                assert done[column] == foreseen[column], (about, action, column)


def test_a_merge_of_a_merge_is_followed_to_its_end_at_once(analyst: Api) -> None:
    first, second, third = stand(analyst)[-3:]
    analyst.edit("events", first, action="merge_into", into=second["report_group_id"])
    analyst.edit("events", second, action="merge_into", into=third["report_group_id"])
    end = ("merged", third["report_group_id"])
    shown = analyst.get(f"/api/events/{first['report_group_id']}")
    assert (shown["event_status"], shown["merged_into"]) == end
    analyst.applied()
    hydrated = analyst.get(f"/api/events/{first['report_group_id']}")
    assert (hydrated["event_status"], hydrated["merged_into"]) == end


def test_a_reset_starts_an_empty_run_and_leaves_the_old_one(manager: Api, analyst: Api) -> None:
    before = analyst.get("/api/events", limit=500)
    assert analyst.post("/api/runs", {}).status_code == 403
    made = manager.post("/api/runs", {"label": "second demo"}).json()
    assert (made["is_active"], made["n_ticks"], made["changed_by"]) == (True, 0, "max")
    assert analyst.get("/api/events")["items"] == []
    assert analyst.get("/api/events", run_id=RUN, limit=500)["items"] == before["items"]
    same = analyst.get("/api/runs/compare", left=RUN, right=RUN)
    assert len(same["in_both"]) + len(same["only_left"]) == len(
        [e for e in before["items"] if e["event_status"] != "merged"]
    )
    assert analyst.send("GET", "/api/runs/compare", params={"left": RUN, "right": made["run_id"]}).status_code == 404
    back = manager.post("/api/runs", {"run_id": RUN}).json()
    assert (back["is_active"], back["run_id"]) == (True, RUN)
    assert analyst.get("/api/runs")["active_run_id"] == RUN
