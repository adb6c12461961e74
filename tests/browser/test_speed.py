"""What makes the page fast: small first scripts, lists that draw what is seen. `benchmarks/workshop.py` times it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Visitor
from tests.browser.made_up import events_page, longer

Visit = Callable[..., Visitor]
EVENTS, DAYS = 5000, 900
MOST_ROWS = 60
MOST_SCRIPT_BYTES = 250_000


def test_first_scripts_are_small(visit: Visit) -> None:
    here = visit()
    sizes: dict[str, int] = {}

    def weigh(response: Any) -> None:
        if response.url.endswith(".js"):
            sizes[response.url] = len(gzip.compress(response.body(), 6))

    here.page.on("response", weigh)
    here.go("/inbox")
    here.page.wait_for_selector(".event-row")
    here.page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes.values()) < MOST_SCRIPT_BYTES, sizes


def test_of_thousands_of_events_only_those_in_sight_are_drawn(visit: Visit) -> None:
    here = visit()
    page = here.page
    page.route(
        re.compile(r"/api/events\?"),
        lambda route: route.fulfill(content_type="application/json", body=events_page(route.request.url, EVENTS)),
    )
    page.route(re.compile(r"/api/events/0"), lambda route: route.abort())
    here.go("/inbox")
    page.wait_for_selector(".event-row")
    assert "5,000 events" in page.locator(".list-total").inner_text()
    page.evaluate("document.querySelector('[data-testid=list]').scrollTop = 1e9")
    page.locator(".row-link", has_text=re.compile(r"Event \d{3,}")).first.wait_for()
    assert 0 < page.locator(".event-row").count() < MOST_ROWS
    here.shot("thousands")


def test_years_of_days_are_drawn(visit: Visit) -> None:
    here = visit()
    page = here.page

    def stretch(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=longer(json.loads(answer.text()), DAYS))

    page.route(re.compile(r"/api/reports/[0-9a-f]+/series"), stretch)
    here.go("/reports")
    page.locator(".row-link").first.click()
    page.wait_for_selector(".chart-host canvas")
    page.get_by_role("radio", name="900 days").click()
    page.wait_for_selector(".chart-host canvas")
    page.wait_for_function("performance.getEntriesByName('mrs:chart').length > 0")
    here.shot("long-chart")
