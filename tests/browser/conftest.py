"""The built page in a real browser, served from a copy of a small run that is made once a session."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import simulate_world, write_world
from cli.state import State, opened
from local import site
from local.site import Site
from local.users import add_person, sign_in

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "ui" / "dist"
SHOTS = ROOT / "build" / "screenshots"
PASSWORD = "Example-pass-123"
STORES, DAYS, SEED = 40, 410, 43
FIRST, LAST = date(2023, 12, 5), date(2023, 12, 18)
EARLIER_LAST = date(2023, 12, 12)
FAILED = pytest.StashKey[bool]()
# The page needs reports, right or not: nothing is learned, and the threshold is low.
SHIPPED: dict[str, Any] = {"detect": {"calibrate": False, "open_score": 0.2}}
MOCKED = {"detect": {"calibrate": False, "open_score": 0.08}, "attribute": {"cause_model": "mocked"}}
# All events but those that others have absorbed.
STANDING = "/inbox?view=all&status=open,ongoing,closed,approved,rejected"
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def absent(what: str) -> None:
    """Fail in CI; elsewhere skip with one clear line."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `state/`: one run by the models, and an earlier, shorter one by the mocked cause model."""
    root = tmp_path_factory.getbasetemp()
    root = (root.parent if "popen" in root.name else root) / "browser-world"
    root.mkdir(exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "made").exists():
            write_world(simulate_world(STORES, DAYS, SEED), root)
            with opened(root / "state") as state:
                for run, last, config in (("earlier", EARLIER_LAST, MOCKED), ("main", LAST, SHIPPED)):
                    state.activate(run, None)
                    request = RunRequest(root / "input", run, FIRST, last, 1, None, config)
                    run_ticks(state.stack, state.environment, request)
            (root / "made").touch()
    return root


@dataclass
class Served:
    """A served state."""

    url: str
    state: State
    tokens: dict[str, str] = field(default_factory=dict)

    def is_refreshing(self) -> bool:
        """Whether a refresh after edits is under way; a late one may write once more what an earlier one wrote."""
        stack = self.state.stack
        machine = stack.outputs["RefreshStateMachineArn"]
        running = stack.client("stepfunctions").list_executions(stateMachineArn=machine, statusFilter="RUNNING")
        return bool(running["executions"])

    def session(self, role: str) -> str:
        """A signed-in session as the page keeps it."""
        if role not in self.tokens:
            client, outputs = self.state.stack.client("cognito-idp"), self.state.stack.outputs
            self.tokens[role] = sign_in(client, outputs["UserPoolClientId"], role, PASSWORD)
        kept = {"user": role, "access_token": self.tokens[role], "refresh_token": None, "expires_at": 4e12}
        return json.dumps(kept)


@pytest.fixture(scope="module")
def served(chromium: str, world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served") / "state"
    shutil.copytree(world / "state", folder, ignore=shutil.ignore_patterns(".lock"))
    with opened(folder) as state:
        for role in ("viewer", "analyst", "manager"):
            add_person(state.stack.client("cognito-idp"), state.stack.outputs["UserPoolId"], role, [role], PASSWORD)
        with site.served(Site(state.stack, PAGE, lambda: "<html></html>")) as url:
            yield Served(url, state)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, once the page is built too."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        absent("no Chromium here: apt-get install chromium")
    if not (PAGE / "index.html").is_file():
        absent("the page is not built: make ui")
    return str(found)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))
        yield running
        running.close()


@dataclass
class Visitor:
    """Somebody who is signed in, in a browser window of their own."""

    page: Any
    url: str
    is_refreshing: Callable[[], bool]
    faults: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def go(self, path: str) -> Any:
        self.page.goto(self.url + path)
        return self.page

    def applied(self, run: str) -> None:
        """Wait until nothing that was decided before is pending in a run, nor being taken over; look at it afresh."""
        self.page.wait_for_function(
            """async run => {
              const token = JSON.parse(localStorage.getItem('mrs.session')).access_token;
              const headers = { Authorization: `Bearer ${token}` };
              const answer = await fetch(`/api/events?limit=1&run_id=${run}`, { headers });
              return (await answer.json()).state.pending_edits === 0;
            }""",
            arg=run,
            polling=1000,
        )
        while self.is_refreshing():
            time.sleep(0.2)
        self.page.reload()

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", animations="disabled")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know whether their test has failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Any, served: Served) -> Iterator[Callable[..., Visitor]]:
    """Open a window as a role; whatever the page reports as an error fails the test.

    Of a test that fails, a picture of each window is kept, and what the API refused.
    """
    opened_here: list[tuple[Any, Visitor]] = []

    def enter(role: str | None = "analyst", *, width: int = 1280, height: int = 800, **context: Any) -> Visitor:
        window = browser.new_context(
            viewport={"width": width, "height": height}, locale=context.pop("locale", "en-GB"), **context
        )
        page = window.new_page()
        page.set_default_timeout(120_000)
        visitor = Visitor(page, served.url, served.is_refreshing)
        page.on("pageerror", lambda error: visitor.faults.append(error.stack or str(error)))
        page.on("response", lambda r: visitor.refused.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        if role:
            window.add_init_script(f"localStorage.setItem('mrs.session', {served.session(role)!r})")
        opened_here.append((window, visitor))
        return visitor

    yield enter
    for at, (window, visitor) in enumerate(opened_here):
        if request.node.stash.get(FAILED, False):
            visitor.shot(f"failed-{request.node.name}-{at}")
            print(f"window {at}: {visitor.page.url}; refused: {visitor.refused}; faults: {visitor.faults}")
        visitor.page.unroute_all(behavior="ignoreErrors")
        window.close()
        assert not visitor.faults, visitor.faults
