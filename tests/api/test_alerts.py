"""Alerts through the API: subscribe, be told, read, silence, preview; one's own only, unless one is a manager."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from mrs.contracts import dataset
from mrs.store.log_store import Write

from functions.workshop.alerts.requests import InboxFilters
from functions.workshop.alerts.service import newest_first
from tests.api.conftest import NEXT_DAY, RUN, Api, Workshop

ALL = {"name": "everything", "min_severity": 0.0, "channels": ["in_app"]}


@pytest.fixture(scope="module")
def told(workshop: Workshop, world: Path, viewer: Api, analyst: Api) -> dict[str, Any]:
    """Vera has subscribed to everything, one event is silenced, and a day has passed."""
    subscription = viewer.post("/api/subscriptions", ALL).json()
    standing = [e for e in viewer.get("/api/events")["items"] if e["event_status"] in ("open", "ongoing")]
    quiet = standing[0]["report_group_id"]
    silence = analyst.post("/api/silences", {"event_id": quiet, "reason": "known", "until_closed": True}).json()
    workshop.tick(NEXT_DAY, world / "input")
    return {"subscription": subscription, "silence": silence, "quiet": quiet}


def test_the_inbox_holds_what_was_subscribed_to(told: dict[str, Any], viewer: Api, analyst: Api) -> None:
    inbox = viewer.get("/api/notifications")
    assert inbox["unread"] == len(inbox["items"]) > 0
    assert {i["delivered_to"] for i in inbox["items"]} == {"vera"}
    assert {i["trigger_condition"] for i in inbox["items"]} <= {"severity>=0"}
    assert analyst.get("/api/notifications") == {"items": [], "unread": 0, "before": None}


def test_reading_is_a_mark_of_ones_own(told: dict[str, Any], viewer: Api, analyst: Api) -> None:
    inbox = viewer.get("/api/notifications")
    one = inbox["items"][0]["notification_id"]
    assert analyst.post("/api/notifications/read", {"notification_ids": [one]}).status_code == 404
    marked = viewer.post("/api/notifications/read", {"notification_ids": [one]}).json()
    assert marked == {"changed": 1, "unread": inbox["unread"] - 1}
    assert viewer.post("/api/notifications/read", {"notification_ids": [one]}).json()["changed"] == 0
    assert [i["notification_id"] for i in viewer.get("/api/notifications", unread=False)["items"]] == [one]
    viewer.post("/api/notifications/read", {"notification_ids": [one], "is_read": False})
    assert viewer.get("/api/notifications")["unread"] == inbox["unread"]


def test_a_silence_says_what_it_hid_and_lifting_it_tells_the_next_day(
    told: dict[str, Any], workshop: Workshop, world: Path, viewer: Api, analyst: Api
) -> None:
    found = next(s for s in viewer.get("/api/silences")["items"] if s["silence_id"] == told["silence"]["silence_id"])
    assert (found["author"], found["reason"], found["event_id"]) == ("ann", "known", told["quiet"])
    assert {(h["event_id"], h["delivered_to"]) for h in found["hid"]} == {(told["quiet"], "vera")}
    assert told["quiet"] not in {i["event_id"] for i in viewer.get("/api/notifications")["items"]}
    assert viewer.send("DELETE", f"/api/silences/{found['silence_id']}").status_code == 403
    assert not analyst.send("DELETE", f"/api/silences/{found['silence_id']}").json()["is_active"]
    status = {e["report_group_id"]: e["event_status"] for e in viewer.get("/api/events")["items"]}
    workshop.tick(NEXT_DAY + timedelta(days=1), world / "input")
    status |= {e["report_group_id"]: e["event_status"] for e in viewer.get("/api/events")["items"]}
    is_told = told["quiet"] in {i["event_id"] for i in viewer.get("/api/notifications")["items"]}
    assert is_told is (status[told["quiet"]] not in ("closed", "rejected", "merged"))


def test_a_silence_counts_each_alert_once_whatever_became_of_it(
    told: dict[str, Any], workshop: Workshop, viewer: Api
) -> None:
    ds, logs = dataset("ui_notifications_log"), workshop.state.logs
    name = f"silence:{told['silence']['silence_id']}"
    hid = [r for r in logs.read(ds, RUN, history=True).to_pylist() if r["suppressed_by"] == name and r["attempt"] == 0]
    outcome = {**hid[0], "attempt": 1, "written_at": hid[0]["written_at"] + timedelta(milliseconds=1)}
    rows = pa.Table.from_pylist([{c: outcome[c] for c in ds.file_schema.names}], schema=ds.file_schema)
    logs.append([Write(ds, RUN, outcome["tick"], outcome["written_at"], rows, "xoutcome")])
    silences = viewer.get("/api/silences")["items"]
    found = next(s for s in silences if s["silence_id"] == told["silence"]["silence_id"])
    assert len(found["hid"]) == len(hid)


def test_all_that_was_due_adds_up(told: dict[str, Any], viewer: Api, workshop: Workshop) -> None:
    alerts = viewer.get("/api/alerts", limit=500)
    assert alerts["sent"] + alerts["suppressed"] + alerts["failed"] == alerts["due"] == len(alerts["items"])
    logged = workshop.state.logs.read(dataset("ui_notifications_log"), RUN)
    assert logged.num_rows == alerts["due"]
    hid = viewer.get("/api/alerts", suppressed_by=f"silence:{told['silence']['silence_id']}")
    assert {i["event_id"] for i in hid["items"]} <= {told["quiet"]}
    page = viewer.get("/api/alerts", limit=1)
    assert page["items"]


def test_the_same_subscription_twice_is_one(told: dict[str, Any], viewer: Api) -> None:
    again = viewer.post("/api/subscriptions", ALL).json()
    assert again["subscription_id"] == told["subscription"]["subscription_id"]
    assert len(viewer.get("/api/subscriptions")["items"]) == 1


def test_a_subscription_is_changed_and_ended_by_its_owner_or_a_manager(analyst: Api, viewer: Api, manager: Api) -> None:
    mine = analyst.post("/api/subscriptions", {**ALL, "name": "mine"}).json()
    path = f"/api/subscriptions/{mine['subscription_id']}"
    changed = {**ALL, "name": "mine", "quiet_from": "22:00", "quiet_to": "07:00", "time_zone": "Europe/Berlin"}
    assert viewer.send("PUT", path, json=changed).status_code == 403
    assert analyst.send("PUT", path, json=changed).json()["quiet_from"] == "22:00"
    assert mine["subscription_id"] in {s["subscription_id"] for s in manager.get("/api/subscriptions")["items"]}
    ended = manager.send("DELETE", path).json()
    assert (ended["is_active"], ended["owner"], ended["author"]) == (False, "ann", "max")
    assert analyst.get("/api/subscriptions")["items"] == []
    assert analyst.send("DELETE", path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"quiet_from": "22:00"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"channels": ["email"], "addresses": ["a@x.org\nBcc: b@x.org"]},
        {"channels": ["pigeon"]},
        {"digest_at": "25:00"},
        {"min_severity": 1.5},
    ],
)
def test_a_subscription_that_cannot_work_is_refused(body: dict[str, Any], viewer: Api) -> None:
    assert viewer.post("/api/subscriptions", {**ALL, **body}).status_code == 422


@pytest.mark.parametrize("body", [{"kind": "list"}, {"people": ["ann"]}, {"addresses": ["a@x.org", "b@x.org"]}])
def test_only_a_manager_subscribes_others(body: dict[str, Any], viewer: Api, manager: Api) -> None:
    assert viewer.post("/api/subscriptions", {**ALL, **body}).status_code == 403
    made = manager.post("/api/subscriptions", {**ALL, **body, "name": "for others"})
    assert made.status_code == 201
    assert manager.send("DELETE", f"/api/subscriptions/{made.json()['subscription_id']}").status_code == 200


def test_only_a_manager_subscribes_the_topic_that_everybody_shares(viewer: Api, analyst: Api, manager: Api) -> None:
    shared = {**ALL, "name": "the topic", "channels": ["in_app", "sns"]}
    for person in (viewer, analyst):
        refused = person.post("/api/subscriptions", shared)
        assert (refused.status_code, "manager" in refused.json()["detail"]) == (403, True)
    own = analyst.post("/api/subscriptions", {**ALL, "name": "own"}).json()["subscription_id"]
    assert analyst.send("PUT", f"/api/subscriptions/{own}", json=shared).status_code == 403
    made = manager.post("/api/subscriptions", shared)
    assert made.status_code == 201
    for one in (own, made.json()["subscription_id"]):
        assert manager.send("DELETE", f"/api/subscriptions/{one}").status_code == 200


def test_mail_goes_to_an_address_that_is_proven(viewer: Api, manager: Api, workshop: Workshop) -> None:
    """Nobody lets the system write to a stranger: only a manager answers for an address that is not the caller's."""
    mailed = {**ALL, "name": "mailed", "channels": ["email"]}
    made = viewer.post("/api/subscriptions", mailed).json()
    assert made["addresses"] == ["vera@example.com"]
    strange = {**mailed, "addresses": ["someone@else.example"]}
    assert viewer.post("/api/subscriptions", strange).status_code == 403
    path = f"/api/subscriptions/{made['subscription_id']}"
    assert viewer.send("PUT", path, json=strange).status_code == 403
    assert viewer.send("PUT", path, json={**mailed, "addresses": ["Vera@Example.com"]}).status_code == 200
    answered_for = manager.post("/api/subscriptions", strange).json()
    assert answered_for["addresses"] == ["someone@else.example"]
    workshop.state.stack.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=workshop.state.stack.outputs["UserPoolId"],
        Username="vera",
        UserAttributes=[{"Name": "email_verified", "Value": "false"}],
    )
    assert viewer.post("/api/subscriptions", {**mailed, "name": "not proven"}).status_code == 403
    for gone in (
        viewer.send("DELETE", path),
        manager.send("DELETE", f"/api/subscriptions/{answered_for['subscription_id']}"),
    ):
        assert gone.status_code == 200


def test_a_silence_needs_something_to_silence_and_an_analyst(viewer: Api, analyst: Api) -> None:
    assert analyst.post("/api/silences", {"reason": "all of it"}).status_code == 422
    assert viewer.post("/api/silences", {"reason": "x", "cause": "weather"}).status_code == 403
    assert analyst.post("/api/silences", {"reason": "x", "event_id": "0" * 64}).status_code == 404


def test_what_became_of_a_hidden_alert_is_not_counted_as_another_one(
    told: dict[str, Any], workshop: Workshop, viewer: Api
) -> None:
    """An alert's outcomes are further rows of it (`attempt` 1 and more); a silence has hidden it once."""
    key, name = "silence_id", told["silence"]["silence_id"]
    before = next(s for s in viewer.get("/api/silences")["items"] if s[key] == name)["hid"]
    logs, ds = workshop.state.logs, dataset("ui_notifications_log")
    hidden = next(r for r in logs.read(ds, RUN, history=True).to_pylist() if r["suppressed_by"] == f"silence:{name}")
    later = hidden["written_at"] + timedelta(minutes=1)
    outcome = {**hidden, "attempt": 1, "written_at": later}
    rows = pa.Table.from_pylist([{c: outcome[c] for c in ds.file_schema.names}], schema=ds.file_schema)
    logs.append([Write(ds, RUN, hidden["tick"], later, rows, "outcome")])
    after = next(s for s in viewer.get("/api/silences")["items"] if s[key] == name)["hid"]
    assert len(before) > 0
    assert after == before


def test_a_page_of_alerts_ends_where_the_time_of_writing_changes() -> None:
    """The next page begins before a time, so rows of one time that were cut in two would be lost."""
    day = datetime(2024, 3, 1)
    rows = [
        {"written_at": day + timedelta(hours=hour), "severity": 0.1 * n, "notification_id": f"{hour}{n}"}
        for hour in range(3)
        for n in range(4)
    ]
    seen: list[str] = []
    before, pages = None, 0
    while pages == 0 or before is not None:
        page = InboxFilters.model_validate({"limit": 3, "before": before and before.isoformat()})
        found, before = newest_first(rows, page)
        seen, pages = seen + [r["notification_id"] for r in found], pages + 1
    assert sorted(seen) == sorted(r["notification_id"] for r in rows)
    assert pages == 3


def test_health_says_what_became_of_the_alerts(told: dict[str, Any], viewer: Api) -> None:
    alerts = viewer.get("/api/health")["alerts"]
    due = viewer.get("/api/alerts", limit=500)
    assert alerts == {status: due[status] for status in ("sent", "suppressed", "failed")}
    assert alerts["sent"] > 0


def test_a_preview_is_what_then_happened(told: dict[str, Any], viewer: Api) -> None:
    """Vera subscribed before these two days; had she asked that morning, she would have been shown just this."""

    def what(items: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
        return sorted((i["tick"], i["event_id"], i["trigger_condition"]) for i in items if not i["suppressed_by"])

    happened = [i for i in viewer.get("/api/alerts", limit=500)["items"] if i["delivered_to"] == "vera"]
    tried = viewer.post("/api/alerts/preview", {"min_severity": 0.0, "days": 2, "to": "vera"}).json()
    assert len(tried["ticks"]) == 2
    assert what(tried["items"]) == what(happened) != []


def test_the_unsubscribe_link_needs_no_log_in_and_a_token_of_its_own(workshop: Workshop) -> None:
    stranger = Api(workshop.url, None)
    answer = stranger.send("GET", "/api/alerts/unsubscribe", params={"token": "forged.token"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert stranger.send("GET", "/api/alerts").status_code == 401


HOOKED = {"name": "ops", "channels": ["webhook"], "webhooks": ["ops"]}


def test_only_a_manager_subscribes_a_webhook_and_names_it(viewer: Api, manager: Api) -> None:
    assert viewer.post("/api/subscriptions", HOOKED).status_code == 403
    for wrong in ({"webhooks": []}, {"channels": ["in_app"]}):
        assert manager.post("/api/subscriptions", HOOKED | wrong).status_code == 422
    made = manager.post("/api/subscriptions", HOOKED)
    assert (made.status_code, made.json()["webhooks"]) == (201, ["ops"])
    found = manager.get("/api/subscriptions")["items"]
    assert made.json()["subscription_id"] in {s["subscription_id"] for s in found}
    assert manager.send("DELETE", f"/api/subscriptions/{made.json()['subscription_id']}").status_code == 200
