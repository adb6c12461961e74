"""Acceptance by rule: set by a manager, previewed, applied to what was previewed, undone; no label for the model."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from mrs.contracts import Cause, dataset

from cli.pipeline import RunRequest, run_ticks
from cli.train.decisions import decided_causes
from tests.api.conftest import CONFIG, NEXT_DAY, RUN, Api, Workshop, published_sales

SMALL = {"min_confidence": 0.2, "most_money": 1e9, "causes": [c.value for c in Cause]}


@pytest.fixture(scope="module", autouse=True)
def later(workshop: Workshop, world: Path) -> None:
    """Most events have closed."""
    request = RunRequest(world / "input", RUN, NEXT_DAY, date(2024, 2, 25), 1, None, CONFIG)
    run_ticks(workshop.state.stack, workshop.state.environment, request)


@pytest.fixture(scope="module")
def rule(manager: Api) -> dict[str, Any]:
    answer = manager.post("/api/acceptance/rules", {"name": "Small and sure", **SMALL})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def applied(manager: Api, rule: dict[str, Any]) -> dict[str, Any]:
    """The rule is applied to all but one of what it fits."""
    fits = manager.post("/api/acceptance/preview", SMALL).json()
    seen = [{"report_group_id": e["report_group_id"], "based_on": e["version"]} for e in fits["items"]]
    path, body = f"/api/acceptance/rules/{rule['rule_id']}/applications", {"events": seen[1:]}
    answer = manager.post(path, body)
    assert answer.status_code == 201, answer.text
    assert not manager.post(path, body).json()["created"], "the very same application"
    return {"fits": fits, "left": seen[0], "taken": [e["report_group_id"] for e in seen[1:]], **answer.json()}


def test_only_a_manager_sets_and_applies(analyst: Api, rule: dict[str, Any]) -> None:
    assert analyst.post("/api/acceptance/rules", {"name": "Mine", **SMALL}).status_code == 403
    body = {"events": [{"report_group_id": "0" * 64, "based_on": "2024-01-01"}]}
    assert analyst.post(f"/api/acceptance/rules/{rule['rule_id']}/applications", body).status_code == 403
    assert analyst.get("/api/acceptance/rules")["items"][0]["author"] == "max"
    assert analyst.post("/api/acceptance/preview", {**SMALL, "min_confidence": 1.4}).status_code == 422


def test_the_preview_says_how_many_how_much_and_which(viewer: Api, rule: dict[str, Any]) -> None:
    fits = viewer.post("/api/acceptance/preview", SMALL).json()
    money = [e["sales_delta"] for e in fits["items"]]
    assert fits["n_events"] == rule["n_fitting"] == len(money) > 2
    assert fits["sales_above"] + fits["sales_below"] == pytest.approx(sum(money))
    assert sum(map(abs, money)) == pytest.approx(rule["fitting_money"])
    stricter = viewer.post("/api/acceptance/preview", {**SMALL, "most_money": abs(money[1])}).json()
    assert [e["report_group_id"] for e in stricter["items"]] == [e["report_group_id"] for e in fits["items"]][1:]


def test_what_it_accepts_leaves_the_inbox_as_sure_as_it_was(
    workshop: Workshop, viewer: Api, applied: dict[str, Any]
) -> None:
    viewer.applied()
    before = {e["report_group_id"]: e for e in applied["fits"]["items"]}
    open_ones = viewer.get("/api/events", status=["open", "ongoing", "closed"], limit=500)["items"]
    assert not {e["report_group_id"] for e in open_ones} & set(applied["taken"])
    for name in applied["taken"]:
        event = viewer.get(f"/api/events/{name}")
        assert (event["event_status"], event["cause_source"]) == ("approved", "policy")
        assert event["cause_confidence"] == pytest.approx(before[name]["cause_confidence"])
        assert event["edits"][-1]["author"] == "rule Small and sure of max"
    finalised = workshop.state.logs.read(dataset("MRFL"), RUN).to_pylist()
    assert {r["cause_source"] for r in finalised if r["final_status"] == "approved"} == {"policy"}


def test_it_changes_nothing_of_what_is_learned(workshop: Workshop, viewer: Api, applied: dict[str, Any]) -> None:
    """Nor the sales that the MAB and the MMM read, nor what the cause model is trained on."""
    viewer.applied()
    assert decided_causes(workshop.state.logs, RUN) == {}
    sales = published_sales(workshop)
    assert "edited" not in set(sales["restated_why"].to_pylist())
    learning = viewer.get(f"/api/events/{applied['taken'][0]}/learning")
    at_first = viewer.get(f"/api/events/{applied['taken'][0]}/learning", as_of=applied["fits"]["state"]["written_at"])
    assert learning["days"] == at_first["days"]


def test_the_same_rule_of_another_manager_is_another_rule(
    workshop: Workshop, manager: Api, rule: dict[str, Any]
) -> None:
    other = workshop.person("mia", "manager")
    theirs = other.post("/api/acceptance/rules", {"name": "Small and sure", **SMALL}).json()
    assert theirs["rule_id"] != rule["rule_id"]
    assert {r["author"] for r in manager.get("/api/acceptance/rules")["items"]} == {"max", "mia"}
    assert manager.send("DELETE", f"/api/acceptance/rules/{theirs['rule_id']}").status_code == 200


def test_an_event_that_does_not_fit_or_has_changed_is_refused(
    manager: Api, analyst: Api, rule: dict[str, Any], applied: dict[str, Any]
) -> None:
    path = f"/api/acceptance/rules/{rule['rule_id']}/applications"
    name = applied["left"]["report_group_id"]
    event = analyst.get(f"/api/events/{name}")
    assert analyst.edit("events", event, action="comment", comment="I look at it").status_code == 201
    refused = manager.post(path, {"events": [applied["left"]]})
    assert refused.status_code == 400
    assert name in refused.json()["detail"]


def test_one_click_takes_all_back_but_what_people_decided_since(
    manager: Api, analyst: Api, rule: dict[str, Any], applied: dict[str, Any]
) -> None:
    mine, reopened, *rest = applied["taken"]
    analyst.edit("events", analyst.get(f"/api/events/{mine}"), action="reject")
    analyst.edit("events", analyst.get(f"/api/events/{reopened}"), action="reopen")
    (listed,) = manager.get("/api/acceptance/applications")["items"]
    assert (listed["n_events"], listed["n_in_force"]) == (len(applied["taken"]), len(rest))
    assert (listed["rule"], listed["applied_by"]) == ("rule Small and sure of max", "max")
    path = f"/api/acceptance/applications/{applied['application_id']}/undo"
    assert analyst.post(path, {}).status_code == 403
    assert manager.post(path, {}).json()["n_events"] == len(rest)
    assert manager.get(f"/api/events/{mine}")["event_status"] == "rejected"
    manager.applied()
    for name in rest:
        event = manager.get(f"/api/events/{name}")
        assert (event["event_status"], event["cause_source"]) == ("closed", "model")
    fits = manager.post("/api/acceptance/preview", SMALL).json()["items"]
    assert not {e["report_group_id"] for e in fits} & set(applied["taken"]), "what was taken back is left to people"
    assert manager.post(path, {}).status_code == 404


def test_an_ended_rule_accepts_nothing_more(manager: Api, rule: dict[str, Any], applied: dict[str, Any]) -> None:
    assert manager.send("DELETE", f"/api/acceptance/rules/{rule['rule_id']}").status_code == 200
    assert manager.get("/api/acceptance/rules")["items"] == []
    path = f"/api/acceptance/rules/{rule['rule_id']}/applications"
    assert manager.post(path, {"events": [applied["left"]]}).status_code == 404
    again = manager.post("/api/acceptance/rules", {"name": "Small and sure", **SMALL}).json()
    assert again["rule_id"] == rule["rule_id"]
    assert datetime.fromisoformat(again["edited_at"]) > datetime(2020, 1, 1, tzinfo=UTC)
