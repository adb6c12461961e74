"""What a tired person may rely on: the shell stays, nothing is said that is not so, and every key can be taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import STANDING, Visitor
from tests.browser.made_up import events_page

Visit = Callable[..., Visitor]
EVENTS = 1200
LIST = re.compile(r"/api/events\?")
EDITS = re.compile(r"/api/events/.*edits")


def test_a_page_whose_script_cannot_be_fetched_says_so_and_can_be_tried_again(visit: Visit) -> None:
    here = visit()
    script = re.compile(r"/assets/Health-.*\.js")
    page = here.go("/inbox")
    page.wait_for_selector(".event-row")
    page.route(script, lambda route: route.abort())
    page.get_by_role("navigation").get_by_role("link", name="Health").click()
    page.get_by_role("alert").get_by_text("could not be loaded").wait_for()
    assert page.get_by_role("navigation").get_by_role("link", name="Inbox").is_visible()
    here.shot("script-lost")
    page.unroute(script)
    page.get_by_role("button", name="Reload").click()
    page.wait_for_selector(".ticks")


def test_a_value_with_a_comma_is_one_value(visit: Visit) -> None:
    here = visit()
    page = here.page
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.continue_()

    def choices(route: Any) -> None:
        reply = route.fetch()
        region = [{"value": "HB,NI", "reports": 3, "events": 2}]
        route.fulfill(response=reply, body=json.dumps({**reply.json(), "region": region}))

    page.route(LIST, answer)
    page.route(re.compile("/api/filters"), choices)
    here.go(STANDING)
    page.get_by_role("button", name="Region", exact=True).click()
    page.get_by_role("menuitemcheckbox", name=re.compile("HB,NI")).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Region: HB,NI", exact=True).wait_for()
    page.reload()
    page.get_by_role("button", name="Region: HB,NI", exact=True).wait_for()
    page.wait_for_load_state("networkidle")
    assert re.findall(r"region=([^&]*)", asked[-1]) == ["HB%2CNI"]


def test_going_back_before_an_answer_is_no_outage(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.wait_for_selector(".event-row")
    held: list[Any] = []
    page.route(re.compile("/series"), lambda route: held.append(route))  # never answered
    page.locator(".row-link").first.click()
    page.wait_for_selector(".lede")
    page.go_back()
    page.wait_for_selector(".event-row")
    page.wait_for_timeout(500)
    assert held
    assert page.get_by_text("The API cannot be reached").count() == 0


def test_going_back_leads_to_the_row_one_came_from(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.wait_for_selector(".event-row")
    link = page.locator(".row-link").nth(2)
    row = link.get_attribute("data-row")
    link.click()
    page.wait_for_selector(".lede")
    page.go_back()
    page.wait_for_function("row => document.activeElement?.dataset.row === row", arg=row)


@pytest.mark.parametrize("gap", [0, 50, 100])
def test_a_search_begun_while_a_menu_closes_is_a_search(visit: Visit, gap: int) -> None:
    here = visit()
    page = here.page
    page.route(EDITS, lambda route: route.abort())
    here.go(STANDING)
    page.wait_for_selector(".event-row")
    page.get_by_role("button", name="Cause", exact=True).first.click()
    page.get_by_role("menu").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_timeout(gap)
    page.keyboard.press("/")
    for key in "asr":
        page.keyboard.press(key)
    page.wait_for_function("document.activeElement?.getAttribute('placeholder')?.startsWith('Search')")
    assert page.get_by_role("dialog").count() == 0
    assert page.get_by_test_id("sync").inner_text() == ""


def test_a_decision_is_undone_by_a_key(visit: Visit) -> None:
    here = visit()
    page = here.go("/inbox?run_id=earlier")
    here.applied("earlier")
    page.wait_for_selector(".event-row")
    with page.expect_response(EDITS) as approved:
        page.keyboard.press("a")
    before = approved.value.json()["events"][0]
    assert before["event_status"] == "approved"
    page.get_by_role("button", name="Undo").wait_for()
    here.shot("undo")
    with page.expect_response(EDITS) as undone:
        page.keyboard.press("u")
    after = undone.value.json()["events"][0]
    assert after["report_group_id"] == before["report_group_id"]
    assert (after["event_status"], after["cause_source"]) == ("open", "model")


def test_a_tap_anywhere_on_a_row_opens_it(visit: Visit) -> None:
    here = visit(width=390, height=844, has_touch=True, is_mobile=True)
    page = here.go(STANDING)
    page.locator(".row-sentence").first.tap()
    page.wait_for_selector(".lede")


def test_a_tablet_shows_money_and_status_of_every_report(visit: Visit) -> None:
    here = visit(width=768, height=1024)
    page = here.go("/reports")
    row = page.locator(".report-row").first
    row.wait_for()
    for part in (".report-money", ".report-status", ".report-cause"):
        box = row.locator(part).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 768, part
    here.shot("reports-768")


def test_all_that_fit_are_selected_not_only_those_loaded(visit: Visit) -> None:
    here = visit()
    page = here.page
    page.route(LIST, lambda r: r.fulfill(content_type="application/json", body=events_page(r.request.url, EVENTS)))
    page.route(re.compile(r"/api/events/0"), lambda route: route.abort())
    here.go("/inbox")
    page.wait_for_selector(".event-row")
    page.keyboard.press("Control+a")
    bar = page.get_by_role("toolbar", name="Selected")
    bar.get_by_text("200 selected").wait_for()
    bar.get_by_role("button", name="Select all 1,200 that fit").click()
    bar.get_by_text("1,200 selected").wait_for()


def test_a_flag_has_no_range_and_late_evidence_is_called_late(visit: Visit) -> None:
    here = visit()
    page = here.page
    common = {"effect_in_other_exposed_stores": None, "weight": 3.0, "weight_share": 0.4, "of_stores": 8}
    signals = [
        {**common, "signal": "promotion", "feed": "promotions", "label": "promotion", "value": 1.0,
         "usual_low": -1.645, "usual_high": 1.645, "stores": 6, "days_from_onset": 0},
        {**common, "signal": "spend/meta", "feed": "campaigns", "label": "meta campaign spend", "value": 1493.0,
         "usual_low": 149.0, "usual_high": 622.0, "stores": 8, "days_from_onset": 2},
    ]  # fmt: skip

    def told(route: Any) -> None:
        reply = route.fetch()
        evidence = {"sentence": "Because.", "signals": signals, "deviation": None}
        route.fulfill(response=reply, body=json.dumps({**reply.json(), "evidence": evidence}))

    page.route(re.compile(r"/api/events/[0-9a-f]{64}(\?|$)"), told)
    here.go(STANDING)
    listed = page.locator(".peek .evidence li")
    listed.nth(1).wait_for()
    flag, late = (listed.nth(at) for at in (0, 1))
    assert "In the calendar for 6 of 8 stores" in flag.inner_text()
    assert flag.locator("svg.range-bar").count() == 0
    assert "Began 2 days after sales moved" in late.inner_text()
    assert late.locator("svg.range-bar").count() == 1


def test_keyboard_alone_filters_decides_undoes_comments_and_comes_back(visit: Visit) -> None:
    here = visit()
    page = here.go("/inbox?view=all&run_id=earlier")
    here.applied("earlier")
    page.wait_for_selector(".event-row")
    press = page.keyboard.press

    press("/")
    page.wait_for_function("document.activeElement?.getAttribute('placeholder')?.startsWith('Search')")
    for _ in range(12):
        press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("Cause"):
            break
    press("Enter")
    page.get_by_role("menu").wait_for()
    page.keyboard.type("Weather")
    page.wait_for_function("document.activeElement.textContent.startsWith('Weather')")
    press("Enter")
    press("Escape")
    page.get_by_role("menu").wait_for(state="detached")
    page.wait_for_url(re.compile("cause=weather"))
    page.wait_for_selector(".event-row")

    press("j")
    press("k")
    page.wait_for_function("document.activeElement.dataset.row !== undefined")
    row = page.evaluate("document.activeElement.dataset.row")
    press("n")
    page.get_by_role("dialog", name="Comment").wait_for()
    page.keyboard.type("Was it the weather?")
    with page.expect_response(EDITS) as said:
        press("Control+Enter")
    assert said.value.json()["edits"][0]["action"] == "comment"
    page.get_by_role("dialog").wait_for(state="detached")
    press("Enter")
    page.wait_for_selector(".lede")
    with page.expect_response(EDITS) as approved:
        press("a")
    assert approved.value.json()["events"][0]["event_status"] == "approved"
    page.get_by_role("button", name="Undo").wait_for()
    with page.expect_response(EDITS) as undone:
        press("u")
    assert undone.value.json()["events"][0]["event_status"] != "approved"
    press("Escape")
    page.wait_for_url(re.compile("cause=weather"))
    page.wait_for_function("row => document.activeElement?.dataset.row === row", arg=row)


def test_offline_is_said_and_what_is_there_stays_until_it_is_back(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.wait_for_selector(".event-row")
    page.wait_for_load_state("networkidle")
    rows = page.locator(".event-row").count()
    page.context.set_offline(True)
    page.keyboard.press("t")  # a past day is not at hand
    page.get_by_label("Previous business date").click()
    page.keyboard.press("Escape")
    page.get_by_text("The API cannot be reached").first.wait_for()
    here.shot("offline")
    assert page.get_by_role("navigation").get_by_role("link", name="Inbox").is_visible()
    assert page.get_by_text("Nothing to decide").count() == page.get_by_text("Nothing has been").count() == 0
    page.get_by_role("button", name="Back to now").click()
    page.wait_for_selector(".event-row")
    assert page.locator(".event-row").count() == rows, "what was read before is shown"
    page.context.set_offline(False)
    page.locator(".row-link").first.click()
    page.wait_for_selector(".multiple")
    page.get_by_text("The API cannot be reached").wait_for(state="detached")


def test_a_slow_network_shows_that_it_loads_and_never_emptiness(visit: Visit) -> None:
    here = visit()
    page = here.page
    held: list[Any] = []
    page.route(re.compile("/api/(?!me|runs)"), lambda route: held.append(route))
    here.go("/inbox")
    page.wait_for_function("document.querySelector('main')?.querySelector('.rt-Skeleton') !== null")
    page.wait_for_timeout(500)
    assert held
    assert page.locator(".empty, .event-row").count() == 0
    page.keyboard.press("a")
    assert page.get_by_test_id("sync").inner_text() == "", "there is nothing to approve yet"
    for route in held:
        route.continue_()
    page.unroute_all()
    page.wait_for_selector(".event-row")
    page.route(re.compile("/api/.*(series|history|members|learning)"), lambda route: held.append(route))
    page.locator(".row-link").first.click()
    page.wait_for_selector(".lede")
    page.wait_for_timeout(500)
    assert page.get_by_text(re.compile(r"has proposed no cause|^0 of \d")).count() == 0
