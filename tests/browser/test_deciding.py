"""Deciding: with keys alone, in bulk, against a colleague, and while the API cannot be reached."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from mrs.models.registry import CAUSE_MODELS

from tests.browser.conftest import STANDING, Visitor

Visit = Callable[..., Visitor]
EDITS = re.compile(r"/api/events/.*edits")


def settle(page: Any) -> None:
    """Wait until what was decided has been applied, or at least accepted."""
    page.get_by_test_id("sync").get_by_text(re.compile("Pending|Applied")).first.wait_for()


def row(page: Any, name: str) -> Any:
    return page.locator(".event-row", has=page.locator(".row-link", has_text=name)).first


def names(page: Any) -> list[str]:
    page.wait_for_selector(".event-row")
    return [text.strip() for text in page.locator(".row-link").all_inner_texts()]


def test_keys_alone_walk_decide_and_open(visit: Visit) -> None:
    here = visit()
    page = here.go("/inbox")
    page.wait_for_selector(".event-row")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")  # commands rest until it has gone
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.wait_for_function("document.activeElement.dataset.row !== undefined")
    page.keyboard.press("c")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("local")
    page.keyboard.press("Enter")
    settle(page)
    here.shot("pending")
    page.locator(".event-row", has_text="Local event").first.wait_for()
    page.keyboard.press("s")
    page.get_by_role("dialog", name="Snooze").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.keyboard.press("m")
    page.get_by_role("dialog", name="Merge into another event").wait_for()
    here.shot("merge")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.keyboard.press("Enter")
    page.wait_for_selector(".lede")
    page.keyboard.press("a")
    page.get_by_text(re.compile("Pending|Applied")).first.wait_for()
    page.keyboard.press("Escape")
    page.wait_for_selector(".event-row")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_selector(".ticks")


def test_bulk_approval_is_pending_at_once_and_applied_later(visit: Visit) -> None:
    here = visit()
    page = here.go("/inbox")
    first, second = names(page)[-2:]
    row(page, first).get_by_role("checkbox").click()
    row(page, second).get_by_role("checkbox").click()
    bar = page.get_by_role("toolbar", name="Selected")
    assert "2 selected" in bar.inner_text()
    bar.get_by_role("button", name="Approve").click()
    page.get_by_text("Approve · 2 events").wait_for()
    page.get_by_test_id("sync").get_by_text("Applied:").wait_for(timeout=180_000)
    here.go("/inbox?view=decided")
    page.wait_for_selector(".event-row")
    here.shot("decided")
    assert page.locator(".event-row").count() >= 2


def test_conflict_shows_both_versions_and_lets_one_choose(visit: Visit) -> None:
    ours, theirs = visit(), visit("manager")
    name = names(ours.go(STANDING))[0]
    for page in (ours.page, theirs.go(STANDING)):
        row(page, name).locator(".row-link").click()
        page.wait_for_selector(".lede")
    theirs.page.keyboard.press("c")
    theirs.page.get_by_role("dialog").wait_for()
    theirs.page.keyboard.type("viral")
    theirs.page.keyboard.press("Enter")
    settle(theirs.page)
    ours.page.keyboard.press("c")
    ours.page.get_by_role("dialog").wait_for()
    ours.page.keyboard.type("weather")
    ours.page.get_by_label("Note (optional)").fill("It poured.")
    ours.page.get_by_role("button", name="Set Weather").click()
    dialog = ours.page.get_by_role("dialog", name="Changed meanwhile")
    dialog.wait_for()
    ours.shot("conflict")
    assert "manager" in dialog.inner_text()
    assert "Viral attention" in dialog.inner_text()
    dialog.get_by_role("radio", name=re.compile("Apply mine on top")).click()
    dialog.get_by_role("button", name="Apply mine on top").click()
    dialog.wait_for(state="detached")
    settle(ours.page)
    ours.page.locator(".edits").get_by_text("It poured.").wait_for(timeout=180_000)


def test_outage_loses_nothing_that_was_typed(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.wait_for_selector(".event-row")
    page.route(EDITS, lambda route: route.abort())
    page.locator(".row-link").nth(1).click()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Comment").click()
    page.get_by_role("textbox", name="Comment").fill("Half a sentence that must")
    page.reload()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Comment").click()
    box = page.get_by_role("textbox", name="Comment")
    assert box.input_value() == "Half a sentence that must"
    box.fill("Half a sentence that must not be lost")
    page.get_by_role("dialog").get_by_role("button", name="Comment", exact=True).click()
    page.get_by_text("1 edit waits for the API.").wait_for()
    here.shot("waiting")
    page.reload()
    page.get_by_text("1 edit waits for the API.").wait_for()
    page.get_by_role("button", name="Send now").wait_for()
    page.unroute(EDITS)
    settle(page)
    page.locator(".edits").get_by_text("must not be lost").wait_for(timeout=180_000)


def test_refused_edit_is_shown_with_what_was_typed(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.wait_for_selector(".event-row")
    problem = '{"type":"about:blank","title":"Unprocessable","status":422,"detail":"no such cause","errors":[]}'
    page.route(EDITS, lambda route: route.fulfill(status=422, content_type="application/json", body=problem))
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.get_by_label("Note (optional)").fill("Because I was there.")
    page.get_by_role("button", name=re.compile("^Set ")).click()
    page.get_by_text("Not accepted").wait_for()
    text = page.get_by_test_id("sync").inner_text()
    assert "no such cause" in text
    assert "Because I was there." in text


def test_members_are_split_off(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.wait_for_selector(".event-row")
    big = page.locator(".event-row", has_text=re.compile(r"\b([2-9]|\d\d) stores")).first
    big.locator(".row-link").click()
    page.get_by_role("region", name="Members", exact=True).last.wait_for()
    page.get_by_label(re.compile("Select store")).last.click()
    page.get_by_role("button", name="Split off").click()
    page.get_by_role("button", name="Split off 1").click()
    settle(page)


@pytest.fixture
def contrary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register a cause model that changes what the mocked one has said of every report."""
    monkeypatch.setitem(CAUSE_MODELS.registered, "contrary", "tests.browser.contrary:ContraryCauseModel")


def test_rereview_is_started_followed_and_accepted(visit: Visit, contrary: None) -> None:
    """In the run that the mocked cause model made."""
    here = visit()
    page = here.go("/rereviews?run_id=earlier")
    page.get_by_role("button", name="New rereview").first.click()
    page.get_by_label("Cause model", exact=True).fill("contrary")
    page.get_by_label("Why (optional)").fill("A second opinion")
    here.shot("rereview-start")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/rereviews/[0-9a-f]{64}"), timeout=120_000)
    here.shot("rereview-running")
    page.get_by_role("heading", name="By report").wait_for(timeout=180_000)
    here.shot("rereview-difference")
    page.get_by_role("button", name=re.compile(r"^Accept \d+")).click()
    page.locator(".lede").get_by_text("Accepted").wait_for(timeout=120_000)
    here.go("/rereviews?run_id=earlier")
    page.get_by_text("A second opinion").wait_for()


def test_alerts_are_subscribed_to_and_silenced(visit: Visit) -> None:
    here = visit()
    page = here.go("/alerts?tab=subscriptions")
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_label("Name").fill("What matters to me")
    page.get_by_label("Severity from").select_option("0.4")
    page.get_by_role("button", name="What would it have sent?").click()
    page.get_by_text("It would have sent").wait_for(timeout=120_000)
    here.shot("subscription")
    page.get_by_role("dialog").get_by_role("button", name="Subscribe").click()
    page.get_by_text("What matters to me").wait_for()
    page.get_by_role("button", name="End").click()
    page.get_by_text("No subscription").wait_for()
    page.get_by_role("tab", name="Silences").click()
    page.get_by_role("button", name="Silence").click()
    page.get_by_label("Cause").select_option("weather")
    page.get_by_label("Why").fill("We know that it rains.")
    page.get_by_role("dialog").get_by_role("button", name="Silence").click()
    page.get_by_text("We know that it rains.").wait_for()
    here.shot("silences")
    page.get_by_role("button", name="Lift").click()
    page.get_by_text("Lifted").wait_for()
    page.get_by_role("tab", name="All that was due").click()
    page.get_by_role("radio", name=re.compile("Held back")).wait_for()


def test_a_snooze_clears_the_event_from_the_inbox(visit: Visit) -> None:
    here = visit()
    page = here.go("/inbox?run_id=earlier")
    here.applied("earlier")
    page.wait_for_selector(".event-row")
    first = page.locator("[data-row]").first.get_attribute("data-row")
    snoozed = page.locator(".event-row", has=page.locator(f"[data-row='{first}']"))
    page.keyboard.press("j")
    page.wait_for_function("document.activeElement.dataset.row !== undefined")
    page.keyboard.press("s")
    page.get_by_role("dialog", name="Snooze").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settle(page)
    snoozed.wait_for(state="detached")
    here.go("/inbox?run_id=earlier&view=snoozed")
    snoozed.get_by_text("Snoozed").wait_for()
    here.shot("snoozed")


def test_a_decision_in_another_run_stays_in_it(visit: Visit) -> None:
    """Reports and events have the same ids in every run."""
    here = visit()
    page = here.go("/inbox?run_id=earlier")
    here.applied("earlier")
    page.locator(".row-link").first.click()
    page.wait_for_selector(".lede")
    with page.expect_response(EDITS) as answer:
        page.keyboard.press("a")
    assert [e["run_id"] for e in answer.value.json()["events"]] == ["earlier"]


def test_export_is_a_file(visit: Visit) -> None:
    here = visit()
    page = here.go("/reports")
    page.wait_for_selector(".report-row")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("menuitem", name="Reports").press("ArrowRight")
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").press("Enter")
    assert download.value.suggested_filename.endswith(".csv")


def test_reset_starts_a_new_run(visit: Visit) -> None:
    analyst, manager = visit(), visit("manager")
    page = analyst.go("/runs")
    page.wait_for_selector("table")
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("button", name="Reset").is_disabled()
    page = manager.go("/runs")
    page.wait_for_selector("table")
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("What to call it (optional)").fill("Second demo")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("row", name=re.compile("Second demo.*active")).wait_for()
    manager.shot("runs-reset")
    manager.go("/inbox")
    page.get_by_text("This run is empty").wait_for()
    manager.shot("inbox-empty")
    manager.go("/runs")
    page.get_by_role("row", name=re.compile("main")).get_by_role("button", name="Make active").click()
    page.get_by_role("button", name="Make active", exact=True).last.click()
    page.get_by_role("row", name=re.compile("main.*active")).wait_for()
