"""Looking around: every page, with the mouse, on a wide and a narrow screen, in light and dark, now and in the past."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from infra.observability import STAGES
from infra.site import System, content_policy
from tests.browser.conftest import ROOT, STANDING, Visitor

Visit = Callable[..., Visitor]
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "inbox": (STANDING, ".event-row"),
    "reports": ("/reports", ".report-row"),
    "grouped": ("/inbox?view=all&by=cause", ".groups table"),
    "rules": ("/rules", ".empty, .setting"),
    "quality": ("/quality", ".sentences"),
    "rereview": ("/rereviews", ".intro"),
    "runs": ("/runs", "table"),
    "alerts": ("/alerts", "main"),
    "health": ("/health", ".ticks"),
}


def event_id(page: Any) -> str:
    page.wait_for_selector(".event-row")
    return str(page.locator("[data-row]").first.get_attribute("data-row"))


def faults(page: Any) -> list[str]:
    """What axe finds, however small."""
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:160]} {v['nodes'][0]['failureSummary'][:200]}" for v in found["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_shows_and_axe_finds_nothing(visit: Visit, scheme: str) -> None:
    here = visit(color_scheme=scheme)
    page = here.page
    found: dict[str, list[str]] = {}
    for name, (path, ready) in PAGES.items():
        here.go(path)
        page.wait_for_selector(ready)
        page.wait_for_load_state("networkidle")
        here.shot(f"{name}-{scheme}")
        found[name] = faults(page)
    here.go(STANDING)
    event = event_id(page)
    here.go(f"/events/{event}")
    page.wait_for_selector(".multiple")
    page.wait_for_load_state("networkidle")
    here.shot(f"event-{scheme}")
    found["event"] = faults(page)
    page.locator(".multiple").first.click()
    page.wait_for_selector(".score-days")
    page.wait_for_load_state("networkidle")
    here.shot(f"report-{scheme}")
    found["report"] = faults(page)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    found["help"] = faults(page)
    assert {where: what for where, what in found.items() if what} == {}


DIALOGS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "cause": (STANDING, ".event-row", ("key:c",)),
    "merge": (STANDING, ".event-row", ("key:m",)),
    "snooze": (STANDING, ".event-row", ("key:s",)),
    "reject": (STANDING, ".event-row", ("key:r",)),
    "assign": (STANDING, ".event-row", ("key:o",)),
    "views": (STANDING, ".event-row", ("button:Saved views",)),
    "more filters": (STANDING, ".event-row", ("button:More$",)),
    "set a rule": ("/rules", "main", ("button:Set a rule",)),
    "time machine": (STANDING, ".event-row", ("key:t",)),
    "comment": ("event", ".lede", ("button:More actions", "menuitem:Comment")),
    "add evidence": ("event", ".lede", ("button:More actions", "menuitem:Add evidence")),
    "rename": ("event", ".lede", ("button:More actions", "menuitem:Rename")),
    "split off": ("event", "[aria-label=Members] [role=checkbox]", ("checkbox:Select store", "button:Split off")),
    "rereview": ("/rereviews", ".intro", ("button:New rereview",)),
    "subscription": ("/alerts?tab=subscriptions", "main", ("button:Subscribe",)),
    "silence": ("/alerts?tab=silences", "main", ("button:Silence",)),
    "reset": ("/runs", "table", ("button:Reset",)),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_dialog(visit: Visit, scheme: str) -> None:
    here = visit("manager", color_scheme=scheme)
    page = here.page
    here.go(STANDING)
    event = f"/events/{event_id(page)}"
    found: dict[str, list[str]] = {}
    for name, (path, ready, steps) in DIALOGS.items():
        here.go(event if path == "event" else path)
        page.wait_for_selector(ready)
        page.wait_for_load_state("networkidle")  # what still loads could draw a menu again while it is open
        for step in steps:
            kind, _, what = step.partition(":")
            if kind == "key":
                page.keyboard.press(what)
            else:
                page.get_by_role(kind, name=re.compile(f"^{what}")).first.click()  # type: ignore[arg-type]
        page.get_by_role("dialog").wait_for()
        here.shot(f"dialog-{name.replace(' ', '-')}-{scheme}")
        found[name] = faults(page)
    assert {where: what for where, what in found.items() if what} == {}


def test_sign_in_refuses_a_wrong_password_and_is_accessible(visit: Visit) -> None:
    here = visit(None)
    page = here.go("/inbox")
    page.get_by_label("User name").fill("analyst")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    assert "wrong" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("User name").input_value() == "analyst"
    here.shot("sign-in")
    assert faults(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (768, "light"), (1920, "dark")])
def test_other_widths_show_every_page_whole_and_axe_finds_nothing(visit: Visit, width: int, scheme: str) -> None:
    narrow = {"has_touch": True, "is_mobile": True} if width < 1000 else {}
    here = visit(width=width, height=844, color_scheme=scheme, **narrow)
    page = here.page
    here.go(STANDING)
    event = event_id(page)
    found: dict[str, list[str]] = {}
    for path, ready in (*PAGES.values(), (f"/events/{event}", ".lede")):
        here.go(path)
        page.wait_for_selector(ready)
        page.wait_for_load_state("networkidle")
        shown = page.evaluate("document.scrollingElement.scrollWidth")
        assert shown <= width, f"{path} is {shown} wide"
        found[path] = faults(page)
        here.shot(f"{width}-" + path.split("?")[0].strip("/").split("/")[0])
    assert {where: what for where, what in found.items() if what} == {}


def test_a_phone_walks_by_its_bar(visit: Visit) -> None:
    page = visit(width=390, height=844, has_touch=True, is_mobile=True).go(STANDING)
    page.get_by_role("navigation").get_by_role("link", name="Reports").tap()
    page.wait_for_selector(".report-row")


def test_health_says_how_long_stages_took_and_what_was_lost(visit: Visit) -> None:
    page = visit().go("/health")
    stages = page.get_by_role("region", name="Stages").get_by_role("row")
    expect(stages).to_have_count(1 + len(STAGES))
    at = stages.first.get_by_role("columnheader").all_inner_texts().index("Took")
    took = [row.get_by_role("cell").nth(at - 1).inner_text() for row in stages.all()[1:]]
    assert all(re.fullmatch(r"[\d.]+(ms|s)|\d+m( \d+s)?", text) for text in took), took
    lost = page.locator(".health-head").locator("div", has=page.get_by_text("Dead letters", exact=True))
    expect(lost.locator("dd").last).to_have_text("0")


def test_event_page_explains_the_event(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.locator(".row-link").first.click()
    page.wait_for_selector(".multiple")
    page.wait_for_selector(".candidates button")
    page.wait_for_selector(".regions .dot-up, .regions .dot-down")
    assert "than expected" in page.locator(".lede-text").inner_text()
    assert page.locator(".chart-host canvas").count() >= 1
    switches = page.get_by_role("group", name="Context signals")
    switches.get_by_role("button").first.wait_for()
    for more in switches.get_by_role("button", name=re.compile(r"^\d+ more$")).all():
        more.click()
    switches.get_by_role("button", name=re.compile("Rain")).click()
    assert page.get_by_text("usually").count() >= 1
    page.get_by_role("radio", name=re.compile(r"All \d+ rows")).click()
    page.locator(".history-line").first.click()
    assert page.locator(".history-row dt").get_by_text("run_id").count() == 1


def test_chart_reads_out_days_by_keyboard(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    here.go(f"/events/{event_id(page)}")
    chart = page.get_by_role("group", name=re.compile("observed against expected")).first
    page.locator(".chart-host canvas").first.wait_for()
    chart.press("ArrowLeft")
    first = page.locator(".readout strong").first.inner_text()
    chart.press("ArrowLeft")
    expect(page.locator(".readout strong").first).not_to_have_text(first)


def test_report_layers_are_switched(visit: Visit) -> None:
    here = visit()
    page = here.go("/reports")
    page.locator(".row-link").first.click()
    layers = page.get_by_role("group", name="Layers")
    for name in ("Band", "Promotions", "Holidays and local events"):
        button = layers.get_by_role("button", name=name)
        button.click()
        assert button.get_attribute("aria-pressed") == "false"
    page.get_by_role("radio", name="900 days").click()
    page.wait_for_load_state("networkidle")


def test_filters_are_in_the_address_and_a_link_is_a_view(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.wait_for_selector(".event-row")
    page.get_by_role("button", name="Cause", exact=True).first.click()
    item = page.get_by_role("menuitemcheckbox").first
    label = item.inner_text().split("\n")[0]
    item.click()
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("cause="))
    again = visit()
    again.page.goto(page.url)
    again.page.wait_for_selector(".event-row")
    shown = str(again.page.locator(".list-total").text_content())
    expect(page.locator(".list-total")).to_have_text(shown, timeout=60_000)
    assert label in again.page.locator(".filters").inner_text()


def test_time_machine_shows_the_past_and_marks_it(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.wait_for_selector(".event-row")
    page.keyboard.press("t")
    page.get_by_label("Previous business date").click()
    page.keyboard.press("Escape")
    page.get_by_text("You are looking at the past.").wait_for()
    assert "as_of=" in page.url
    page.wait_for_selector(".event-row, .empty")
    here.shot("past")
    assert page.get_by_role("button", name="Approve").first.is_disabled()
    page.get_by_role("navigation").get_by_role("link", name="Health").click()
    assert "as_of=" in page.url
    page.get_by_role("button", name="Back to now").click()
    page.get_by_text("You are looking at the past.").wait_for(state="detached")


def test_page_runs_under_the_deployed_content_policy(visit: Visit) -> None:
    here = visit()
    policy = content_policy(System("eu-west-1", "api.example.com", "pool", "client"))
    refused: list[str] = []

    def guard(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": policy})

    here.page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    here.page.route(re.compile(r"/inbox"), guard)
    here.go(STANDING)
    here.page.locator(".row-link").first.click()
    here.page.wait_for_selector(".multiple")
    here.page.keyboard.press("c")
    here.page.get_by_role("dialog").wait_for()
    assert refused == []


def test_money_and_dates_are_in_the_viewers_locale(visit: Visit) -> None:
    def facts(locale: str) -> str:
        here = visit(locale=locale)
        page = here.go(STANDING)
        here.go(f"/events/{event_id(page)}")
        page.wait_for_selector(".lede .facts")
        return str(page.locator(".lede .facts [title]").first.get_attribute("title"))

    british, german = facts("en-GB"), facts("de-DE")
    assert re.search(r"\d,\d{3}", british)
    assert re.search(r"\d\.\d{3}", german)


def test_runs_are_compared_side_by_side(visit: Visit) -> None:
    here = visit()
    page = here.go("/runs")
    page.get_by_label("Compare main").click()
    page.get_by_label("Compare earlier").click()
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("tab", name=re.compile("In both")).wait_for()
    here.shot("compare")
    assert page.get_by_text("Against expected").count() >= 1


def test_viewer_may_look_but_not_decide(visit: Visit) -> None:
    here = visit("viewer")
    page = here.go(STANDING)
    page.wait_for_selector(".peek")
    page.wait_for_load_state("networkidle")
    button = page.locator(".peek").get_by_role("button", name="Approve")
    assert button.is_disabled()
    assert "analyst" in str(button.get_attribute("title"))


def test_what_came_since_one_last_looked_is_told_until_one_has_seen_it(visit: Visit) -> None:
    here = visit()
    page = here.go(STANDING)
    page.wait_for_selector(".event-row")
    assert page.locator(".news").count() == 0, "nobody has looked before"
    page.evaluate(
        """() => Object.keys(localStorage).filter(key => key.startsWith('mrs.looked.')).forEach(key =>
          localStorage.setItem(key, JSON.stringify({ state: '2000-01-01T00:00:00Z', at: '2000-01-01T00:00:00Z' })))"""
    )
    here.go(STANDING)
    told = page.get_by_role("region", name="Since you last looked")
    told.get_by_role("button", name=re.compile(r"^\d+ new$")).click()
    told.get_by_role("link").first.wait_for()
    here.shot("news")
    assert faults(page) == []
    told.get_by_role("button", name="I have seen them").click()
    page.get_by_text("All caught up").wait_for()


@pytest.mark.parametrize(("n", "says"), [(12, "people agreed with 8 (12 decisions)"), (3, "Too few decisions yet")])
def test_an_event_says_how_often_a_confidence_like_its_own_was_right(visit: Visit, n: int, says: str) -> None:
    here = visit()
    page = here.page

    def decided(route: Any) -> None:
        answer = route.fetch()
        alike = {"low": 0, "high": 1, "n": n, "said": 0.7, "agreed": 0.83, "agreed_low": 0.6, "agreed_high": 0.9}
        route.fulfill(response=answer, body=json.dumps(answer.json() | {"reliability": [alike]}))

    page.route(re.compile(r"/api/quality"), decided)
    here.go(STANDING)
    here.go(f"/events/{event_id(page)}")
    expect(page.locator("main")).to_contain_text(says)
