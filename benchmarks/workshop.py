"""Times the Workshop, served from a state folder: its API, and its page in a real browser.

    .venv/bin/python -m benchmarks.workshop --state STATE

The state is copied first, because edits are measured too. All requests go through HTTP, the authorizer and the deployed
routes, on one machine with the browser; a figure is the median of many warm calls, unless stated otherwise.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import requests

from cli.state import opened
from local.site import Site, served
from local.users import add_examples, sign_in
from tests.browser.made_up import events_page, longer

PAGE = Path(__file__).resolve().parents[1] / "ui" / "dist"
SWITCHES = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
TIMES, EDITS, LOADS = 30, 20, 7
EVENTS, DAYS, FRAMES = 5000, 900, 300


@dataclass(frozen=True)
class Served:
    """A served state, and a manager's token for it."""

    url: str
    token: str

    def get(self, path: str, **params: Any) -> Any:
        """Return what a route answers."""
        answer = requests.get(self.url + path, headers=self._headers, params=params, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send a body."""
        answer = requests.post(self.url + path, headers=self._headers, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve a copy of a state folder."""
    with tempfile.TemporaryDirectory(prefix="mrs-workshop-") as scratch:
        copy = Path(scratch) / "state"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".lock"))
        with opened(copy) as state:
            cognito, outputs = state.stack.client("cognito-idp"), state.stack.outputs
            manager = add_examples(cognito, outputs["UserPoolId"], None)[-1]
            with served(Site(state.stack, PAGE, lambda: "")) as url:
                yield Served(url, sign_in(cognito, outputs["UserPoolClientId"], manager.name, manager.password))


def timed(call: Callable[[], Any]) -> float:
    """Return the milliseconds that a call takes."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def say(what: str, values: list[float], bar: float, unit: str = "ms") -> None:
    """Print a median and a 95th percentile beside what was asked for."""
    middle, worst = median(values), quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
    print(f"{what:<44}{middle:9.1f} {unit:<4}{worst:9.1f} {unit:<4}  under {bar:g}{'' if middle < bar else '  MISSED'}")


def measure_api(served: Served) -> None:
    """Print how long reads and edits take."""
    first = served.get("/api/events", limit=50)
    events, reports = first["items"], served.get("/api/reports", limit=200)["items"]
    print(f"{first['totals']['rows']} events, {served.get('/api/reports', limit=1)['totals']['rows']} reports")
    print(f"{'':<44}{'median':>12}{'95 %':>14}")
    event, report = events[0]["report_group_id"], reports[0]["report_id"]
    cause = events[0]["cause"]
    routes: dict[str, Callable[[int], Any]] = {
        "list of events": lambda n: served.get("/api/events", limit=50),
        "list of reports, filtered and sorted": lambda n: served.get(
            "/api/reports", limit=50, cause=cause, min_severity=0.1, sort="money"
        ),
        "one event": lambda n: served.get(f"/api/events/{events[n % len(events)]['report_group_id']}"),
        "one report": lambda n: served.get(f"/api/reports/{reports[n % len(reports)]['report_id']}"),
        "an event's time series": lambda n: served.get(f"/api/events/{event}/series"),
        "a report's time series": lambda n: served.get(f"/api/reports/{report}/series"),
        "an event's lineage": lambda n: served.get(f"/api/events/{event}/history", limit=200),
        "what filters can be set to": lambda n: served.get("/api/filters"),
    }
    for name, call in routes.items():
        call(0)
        say(name, [timed(lambda n=n, call=call: call(n)) for n in range(TIMES)], 300)  # type: ignore[misc]
    own = reports[:EDITS]

    def edit(n: int) -> None:
        body = {"edit": {"action": "comment", "comment": f"{n}"}, "based_on": own[n]["version"]}
        served.post(f"/api/reports/{own[n]['report_id']}/edits", body)

    edit(0)
    say("an edit", [timed(lambda n=n: edit(n)) for n in range(1, len(own))], 100)  # type: ignore[misc]


def measure_page(served: Served) -> None:
    """Print how long the page takes, in Chromium."""
    from playwright.sync_api import sync_playwright

    kept = {"user": "manager", "access_token": served.token, "refresh_token": None, "expires_at": 4e12}
    script = f"localStorage.setItem('mrs.session', {json.dumps(kept)!r})"
    with sync_playwright() as playwright:
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))

        def window() -> Any:
            context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
            context.add_init_script(script)
            return context.new_page()

        say("first useful paint, empty cache", [_paint(window(), served.url) for _ in range(LOADS)], 1500)
        say("first scripts, gzipped", [_weight(window(), served.url)], 250, "kB")
        say(f"a frame while {EVENTS:,} events scroll", _frames(window(), served.url), 34)
        say(f"a chart of {DAYS} days", _charts(window(), served.url), 100)
        browser.close()


def _paint(page: Any, url: str) -> float:
    page.goto(url + "/inbox")
    page.wait_for_selector(".event-row")
    painted: float = page.evaluate("new Promise(done => requestAnimationFrame(() => done(performance.now())))")
    page.context.close()
    return painted


def _weight(page: Any, url: str) -> float:
    sizes: list[int] = []
    page.on("response", lambda r: sizes.append(len(gzip.compress(r.body(), 6))) if r.url.endswith(".js") else None)
    page.goto(url + "/inbox")
    page.wait_for_selector(".event-row")
    page.wait_for_load_state("networkidle")
    page.context.close()
    return sum(sizes) / 1000


def _frames(page: Any, url: str) -> list[float]:
    page.route(
        re.compile(r"/api/events\?"),
        lambda route: route.fulfill(content_type="application/json", body=events_page(route.request.url, EVENTS)),
    )
    page.route(re.compile(r"/api/events/0"), lambda route: route.abort())
    page.goto(url + "/inbox")
    page.wait_for_selector(".event-row")
    frames: list[float] = page.evaluate(
        """most => new Promise(done => {
          const list = document.querySelector('[data-testid=list]'), frames = [];
          let last = performance.now(), n = 0;
          const step = () => {
            const now = performance.now(); frames.push(now - last); last = now;
            list.scrollTop += 260;
            if (++n < most) requestAnimationFrame(step); else done(frames);
          };
          requestAnimationFrame(step);
        })""",
        FRAMES,
    )
    page.unroute_all(behavior="ignoreErrors")
    page.context.close()
    return frames


def _charts(page: Any, url: str) -> list[float]:
    def stretch(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=longer(json.loads(answer.text()), DAYS))

    page.route(re.compile(r"/api/reports/[0-9a-f]+/series"), stretch)
    page.goto(url + "/reports")
    page.locator(".row-link").first.click()
    page.wait_for_selector(".chart-host canvas")
    for _ in range(3):
        for days in ("900 days", "Around it"):
            page.get_by_role("radio", name=days).click()
            page.wait_for_timeout(1500)
    times: list[float] = page.evaluate("performance.getEntriesByName('mrs:chart').map(e => e.duration)")
    page.unroute_all(behavior="ignoreErrors")
    page.context.close()
    return times


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--state", type=Path, required=True)
    args = ask.parse_args()
    with serving(args.state) as served:
        measure_api(served)
        measure_page(served)


if __name__ == "__main__":
    main()
