"""Working together: rules that accept, who looks after what, mentions, named views, groups, merges taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from cli.pipeline import RunRequest, run_ticks
from tests.browser.conftest import LAST, SHIPPED, STANDING, Served, Visitor

Visit = Callable[..., Visitor]
EDITS = re.compile(r"/api/events/.*edits")


def names(page: Any) -> list[str]:
    page.wait_for_selector(".event-row")
    return [text.strip() for text in page.locator(".row-link").all_inner_texts()]


def test_an_event_is_assigned_by_keys_and_waits_under_mine(visit: Visit) -> None:
    here = visit()
    page = here.go("/inbox")
    name = names(page)[0]
    page.keyboard.press("o")
    page.get_by_role("dialog", name="Assign").wait_for()
    page.get_by_role("option", name="analyst (you)").wait_for()
    with page.expect_response(EDITS):
        page.keyboard.press("Enter")
    here.go("/inbox?view=mine")
    assert names(page) == [name]
    page.get_by_title("analyst looks after it").first.wait_for()


def test_who_is_mentioned_finds_it_among_the_alerts(visit: Visit) -> None:
    ours, theirs = visit(), visit("viewer")
    page = ours.go(STANDING)
    page.locator(".row-link").first.click()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Comment").click()
    page.get_by_role("textbox", name=re.compile("^Comment")).fill("@viewer, did it rain?")
    with page.expect_response(EDITS):
        page.get_by_role("dialog").get_by_role("button", name="Comment").click()
    theirs.go("/alerts").get_by_text("analyst mentioned you in a comment").first.wait_for()


def test_a_view_is_saved_under_a_name_and_opened(visit: Visit) -> None:
    here = visit()
    page = here.go("/inbox?view=all&direction=down&sort=money")
    page.wait_for_selector(".event-row, .empty")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_label("Name of this view").fill("Losses")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Losses", exact=True).wait_for()
    here.go("/reports?run_id=main")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="Losses", exact=True).click()
    page.wait_for_url(re.compile(r"/inbox\?view=all&direction=down&sort=money&run_id=main$"))


def test_a_list_is_grouped_and_a_group_opens_as_a_filter(visit: Visit) -> None:
    here = visit()
    page = here.go("/inbox?view=all")
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("menuitemradio", name="By cause").click()
    table = page.get_by_role("group", name="Events by cause")
    first = table.get_by_role("row").nth(1)
    shown = int(first.get_by_role("cell").first.inner_text())
    first.get_by_role("button").click()
    page.wait_for_url(re.compile(r"cause="))
    page.wait_for_selector(".event-row")
    expect(page.locator(".list-total")).to_contain_text(re.compile(rf"\b{shown} events?"))


def test_the_start_page_says_what_was_moved_and_leads_to_it(visit: Visit) -> None:
    page = visit().go("/inbox")
    line = page.locator(".moved")
    line.get_by_text("out of what the models learn").wait_for()
    line.get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"cause=\w+"))
    page.wait_for_selector(".event-row")


def test_money_filters_what_is_listed(visit: Visit) -> None:
    page = visit().go("/inbox?view=all")
    before = len(names(page))
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_label("Money from").fill("50000")
    page.get_by_label("Money from").press("Enter")
    page.wait_for_url(re.compile("min_money=50000"))
    expect(page.locator(".event-row")).not_to_have_count(before)


def test_a_merge_is_undone_by_a_key(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING + "&run_id=earlier")
    names(page)
    page.keyboard.press("m")
    dialog = page.get_by_role("dialog", name="Merge into another event")
    dialog.get_by_role("option").first.wait_for()
    with page.expect_response(EDITS) as merged:
        dialog.get_by_role("button", name=re.compile("^Merge into")).click()
    assert merged.value.json()["events"][0]["event_status"] == "merged"
    dialog.wait_for(state="detached")
    page.get_by_role("button", name="Undo").wait_for()
    with page.expect_response(EDITS) as parted:
        page.keyboard.press("u")
    after = parted.value.json()["events"][0]
    assert (after["event_status"], after["merged_into"]) == ("open", None)


def test_an_event_prints_on_one_page(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.locator(".row-link").first.click()
    page.wait_for_selector(".multiple")
    page.wait_for_load_state("networkidle")
    assert page.locator(".lede-text").is_visible()
    sheets = len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(format="A4")))
    assert sheets == 1


@pytest.fixture(scope="module")
def later(served: Served, world: Path) -> None:
    """Two weeks on, when what began has closed."""
    first, last = LAST + timedelta(days=1), LAST + timedelta(days=14)
    request = RunRequest(world / "input", "main", first, last, 1, None, SHIPPED)
    run_ticks(served.state.stack, served.state.environment, request)


def test_a_rule_is_set_looked_at_applied_and_taken_back(visit: Visit, later: None) -> None:
    here = visit("manager")
    page = here.go("/rules")
    page.get_by_role("button", name="Set a rule").click()
    dialog = page.get_by_role("dialog", name="Set a rule")
    dialog.get_by_label("Sure at least").select_option("0.8")
    dialog.get_by_label("Money at most").fill("100000000")
    dialog.get_by_text(re.compile(r"^[1-9]\d* events?$")).wait_for()
    here.shot("rule")
    dialog.get_by_role("button", name="Set the rule").click()
    dialog.wait_for(state="detached")
    page.get_by_role("button", name="Look and accept").click()
    accept = page.get_by_role("dialog", name="Small and sure")
    accept.get_by_role("button", name=re.compile(r"^Accept [1-9]\d* event")).click()
    accept.wait_for(state="detached")
    page.get_by_text("all in force").wait_for()
    here.go("/inbox?view=decided")
    page.wait_for_selector(".event-row")
    page.get_by_label("accepted by a rule").first.wait_for()
    here.go("/rules")
    page.get_by_role("button", name="Take all back").click()
    page.get_by_text("taken back").wait_for()
    here.shot("rules")
    assert not here.refused


def test_an_analyst_sees_rules_and_may_not_set_them(visit: Visit, later: None) -> None:
    page = visit("analyst").go("/rules")
    page.get_by_text("Rules in force").wait_for()
    button = page.get_by_role("button", name="Set a rule")
    expect(button).to_be_disabled()
    assert "manager" in str(button.get_attribute("title"))
