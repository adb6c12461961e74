"""A rereview from the request to the decision, through the API and its machine; the run's model is the mocked one."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mrs.contracts import dataset

from tests.api.conftest import NEXT_DAY, RUN, Api, Workshop

NO_CAUSE_OF_ANY = "viral"


def finished(api: Api, started: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        now: dict[str, Any] = api.get(f"/api/rereviews/{started['rereview_id']}")
        if now["status"] != "running":
            return now
        time.sleep(0.1)
    raise AssertionError("the rereview goes on and on")


def rereviewed(
    api: Api, selection: dict[str, Any] | None = None, **models: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Start a rereview, wait for its end; return it and its difference."""
    answer = api.post("/api/rereviews", {"selection": selection or {}, "models": models})
    assert answer.status_code == 201, answer.text
    done = finished(api, answer.json())
    assert done["status"] == "succeeded", done
    return done, api.get(f"/api/rereviews/{done['rereview_id']}/difference")


def rows(workshop: Workshop, name: str, **what: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workshop.state.logs.read(dataset(name), RUN, **what).to_pylist()
    return found


@pytest.fixture(scope="module")
def decided(analyst: Api) -> dict[str, Any]:
    """A report that an analyst has decided before any rereview."""
    report = analyst.get("/api/reports", sort="money", limit=1)["items"][0]
    assert analyst.edit("reports", report, action="set_cause", cause=NO_CAUSE_OF_ANY).status_code == 201
    analyst.applied()
    return dict(report)


@pytest.fixture(scope="module")
def with_evidence(analyst: Api, decided: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Everything, with the model that the run did not use."""
    return rereviewed(analyst, cause_model="evidence")


def test_with_the_same_models_nothing_would_change(analyst: Api, workshop: Workshop, decided: dict[str, Any]) -> None:
    done, difference = rereviewed(analyst)
    assert done["progress"] == 1.0 and done["n_reports"] == len(difference["reports"]) > 10
    undecided = [r for r in difference["reports"] if not r["decided"]]
    assert not any(r["changed"] for r in undecided)
    assert all(r["confidence_after"] == r["confidence_before"] for r in undecided)
    assert all(r["cluster_after"] == r["cluster_before"] for r in difference["reports"])
    assert all(e["cause_before"] == e["cause_after"] for e in difference["events"])


def test_the_difference_says_what_a_new_model_would_change(
    with_evidence: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    done, difference = with_evidence
    assert done["models"] == {"cause_model": "evidence"} and done["decision"] is None
    changed = [r for r in difference["reports"] if r["changed"] and not r["decided"]]
    assert len(changed) == difference["n_changed"] > 0
    assert all(r["cause_after"] != r["cause_before"] for r in changed)
    assert difference["sales_delta_changed"] == pytest.approx(sum(abs(r["sales_delta"]) for r in changed), abs=1e-3)
    assert sum(e["n_changed"] for e in difference["events"]) == len(changed)


def test_a_decision_is_flagged_where_the_new_model_disagrees(
    with_evidence: tuple[dict[str, Any], dict[str, Any]], decided: dict[str, Any]
) -> None:
    difference = with_evidence[1]
    (row,) = [r for r in difference["reports"] if r["report_id"] == decided["report_id"]]
    assert row["decided"] and row["cause_before"] == NO_CAUSE_OF_ANY
    assert row["changed"] == (row["cause_after"] != NO_CAUSE_OF_ANY)
    assert difference["n_decided"] == int(row["changed"])


def test_detection_is_never_part_of_it(
    with_evidence: tuple[dict[str, Any], dict[str, Any]], workshop: Workshop
) -> None:
    rereview = with_evidence[0]["rereview_id"]
    written = {o.key.split("/")[1] for o in workshop.state.logs.objects.find("logs/") if rereview[:16] in o.key}
    worklist = {"rereview_worklist_log"}
    assert written == worklist | {"minority_reports_clustered_log", "minority_reports_proposed_attribution_log"}


def test_its_rows_count_for_nobody_but_itself(
    with_evidence: tuple[dict[str, Any], dict[str, Any]], workshop: Workshop
) -> None:
    rereview = with_evidence[0]["rereview_id"]
    for name in ("MRCL", "MRPAL"):
        assert {r["rereview_id"] for r in rows(workshop, name)} == {None}
        assert rereview in {r["rereview_id"] for r in rows(workshop, name, rereview=rereview)}
        assert rereview in {r["rereview_id"] for r in rows(workshop, name, history=True)}


def test_it_is_not_known_before_it_was_asked_for(
    analyst: Api, with_evidence: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    done = with_evidence[0]
    path, asked = f"/api/rereviews/{done['rereview_id']}", datetime.fromisoformat(done["requested_at"])
    for seconds, status in ((-1, 404), (1, 200)):
        moment = (asked + timedelta(seconds=seconds)).isoformat()
        assert analyst.send("GET", path, params={"as_of": moment}).status_code == status


def test_a_selection_takes_what_fits_all_its_conditions(analyst: Api, decided: dict[str, Any]) -> None:
    reports = analyst.get("/api/reports", limit=500)["items"]
    region = decided["region"]
    below = max(r["proposed_confidence"] for r in reports if r["region"] == region)
    _, difference = rereviewed(analyst, {"regions": [region], "confidence_below": below})
    listed = {r["report_id"] for r in difference["reports"]}
    assert listed == {r["report_id"] for r in reports if r["region"] == region and r["proposed_confidence"] < below}


@pytest.mark.parametrize(
    ("body", "about"),
    [
        ({"selection": {"regions": ["nowhere"]}}, "no report fits"),
        ({"selection": {}, "models": {"cause_model": "crystal_ball"}}, "crystal_ball"),
        ({"selection": {}, "models": {"cause_model_version": "never-trained"}}, "never-trained"),
    ],
)
def test_what_cannot_be_done_is_said_at_once(analyst: Api, body: dict[str, Any], about: str) -> None:
    answer = analyst.post("/api/rereviews", body)
    assert answer.status_code == 400 and about in answer.json()["detail"]


def test_dismissing_changes_no_cause(analyst: Api) -> None:
    done, _ = rereviewed(analyst, cause_model="evidence")
    before = {r["report_id"]: r["cause"] for r in analyst.get("/api/reports", limit=500)["items"]}
    answer = analyst.post(f"/api/rereviews/{done['rereview_id']}/decisions", {"decision": "dismiss", "comment": "no"})
    assert answer.status_code == 201, answer.text
    told = {(e["action"], e["comment"], e["value"]["rereview_decision"]) for e in answer.json()["edits"]}
    assert told == {("comment", "no", "dismissed")}
    assert {r["report_id"]: r["cause"] for r in analyst.get("/api/reports", limit=500)["items"]} == before
    assert analyst.get(f"/api/rereviews/{done['rereview_id']}")["decision"] == "dismissed"


def test_a_remark_that_sounds_like_a_decision_is_none(analyst: Api) -> None:
    done, difference = rereviewed(analyst, cause_model="evidence")
    report = analyst.get(f"/api/reports/{difference['reports'][0]['report_id']}")
    said = f"Rereview {done['rereview_id']} accepted"
    assert analyst.edit("reports", report, action="comment", comment=said).status_code == 201
    assert analyst.get(f"/api/rereviews/{done['rereview_id']}")["decision"] is None
    forged = {"action": "comment", "comment": "x", "decided_rereview_id": done["rereview_id"]}
    assert analyst.edit("reports", report, **forged).status_code == 422


def test_a_report_that_has_changed_since_is_a_conflict_and_nothing_is_written(analyst: Api) -> None:
    done, difference = rereviewed(analyst, cause_model="evidence")
    first, *others = [r["report_id"] for r in difference["reports"] if r["changed"] and not r["decided"]]
    report = analyst.get(f"/api/reports/{first}")
    assert analyst.edit("reports", report, action="comment", comment="wait").status_code == 201
    decisions = f"/api/rereviews/{done['rereview_id']}/decisions"
    answer = analyst.post(decisions, {"decision": "accept"})
    assert answer.status_code == 409
    assert [c["object_id"] for c in answer.json()["conflicts"]] == [first]
    assert all(analyst.get(f"/api/reports/{r}")["cause_source"] == "model" for r in others[:5])


def test_accepting_is_one_edit_of_each_report_by_the_person_who_accepts(
    analyst: Api, workshop: Workshop, world: Path, decided: dict[str, Any]
) -> None:
    done, difference = rereviewed(analyst, cause_model="evidence")
    edits_before = len(rows(workshop, "user_edits_log"))
    files_before = len(list(workshop.state.logs.find(dataset("user_edits_log"), RUN)))
    decisions = f"/api/rereviews/{done['rereview_id']}/decisions"
    answer = analyst.post(decisions, {"decision": "accept", "comment": "better"})
    assert answer.status_code == 201, answer.text
    wanted = {r["report_id"]: r["cause_after"] for r in difference["reports"] if r["changed"] and not r["decided"]}
    taken = answer.json()
    assert {e["object_id"]: (e["cause"], e["author"]) for e in taken["edits"]} == {
        name: (cause, "ann") for name, cause in wanted.items()
    }
    assert {(e["comment"], e["value"]["decided_rereview_id"]) for e in taken["edits"]} == {
        ("better", done["rereview_id"])
    }
    assert taken["flagged"] == [r["report_id"] for r in difference["reports"] if r["changed"] and r["decided"]]
    assert len(rows(workshop, "user_edits_log")) == edits_before + len(wanted)
    assert len(list(workshop.state.logs.find(dataset("user_edits_log"), RUN))) == files_before + 1
    analyst.applied()
    now = {r["report_id"]: r for r in analyst.get("/api/reports", limit=500)["items"]}
    assert {name: now[name]["cause"] for name in wanted} == wanted
    assert now[decided["report_id"]]["cause"] == NO_CAUSE_OF_ANY
    events = {e["report_group_id"]: e["cause"] for e in analyst.get("/api/events", limit=500)["items"]}
    assert all(events[e["report_group_id"]] == e["cause_after"] for e in difference["events"])
    again = analyst.post(decisions, {"decision": "accept", "comment": "better"}).json()
    assert [e["edit_id"] for e in again["edits"]] == [e["edit_id"] for e in taken["edits"]]
    assert analyst.get(f"/api/rereviews/{done['rereview_id']}")["decision"] == "accepted"

    workshop.tick(NEXT_DAY, world / "input")
    proposed = {r["report_id"]: r for r in rows(workshop, "MRPAL", first=NEXT_DAY, last=NEXT_DAY) if r["rank"] == 1}
    assert {r["model_name"] for r in proposed.values()} == {"mocked"}
    later = {r["report_id"]: r["cause"] for r in analyst.get("/api/reports", limit=500)["items"]}
    assert {name: later[name] for name in wanted} == wanted


def test_the_list_has_them_all_and_the_history_of_a_report_tells_of_them(analyst: Api, decided: dict[str, Any]) -> None:
    listed = analyst.get("/api/rereviews")["items"]
    requested = [datetime.fromisoformat(r["requested_at"]) for r in listed]
    assert requested == sorted(requested, reverse=True)
    assert {r["decision"] for r in listed} >= {None, "accepted", "dismissed"}
    history = analyst.get(f"/api/reports/{decided['report_id']}/history")["items"]
    told = {json.dumps(h["row"].get("rereview_id")) for h in history if h["dataset"] == "rereview_worklist_log"}
    assert len(told) >= len([r for r in listed if not r["selection"]])


def test_driven_again_it_sees_what_was_known_when_it_was_asked_for(
    workshop: Workshop, analyst: Api, with_evidence: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    done = with_evidence[0]
    worklist = rows(workshop, "rereview_worklist_log", history=True)
    listed = {r["report_id"] for r in worklist if r["rereview_id"] == done["rereview_id"]}
    report = next(r for r in analyst.get("/api/reports", limit=500)["items"] if r["report_id"] in listed)
    assert analyst.edit("reports", report, action="comment", comment="Later.").status_code == 201
    stack = workshop.state.stack
    arn = stack.outputs["RereviewStateMachineArn"].replace(":stateMachine:", ":execution:")
    steps = stack.client("stepfunctions")
    asked = steps.describe_execution(executionArn=f"{arn}:rereview-{done['rereview_id'][:40]}")["input"]
    assert stack.executions.wait(stack.start("rereview", json.loads(asked))).failure is None
    assert rows(workshop, "rereview_worklist_log", history=True) == worklist
