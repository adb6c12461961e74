"""A small run, made once a session through the real pipeline; each module serves a copy of it through the gateway."""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import requests
from mrs.store.snapshots import snapshots
from mrs.store.weeks import SALES

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import simulate_world, write_world
from cli.state import State, opened
from local.site import Site, served
from local.users import Person, add_person, sign_in

STORES, DAYS, SEED = 24, 420, 10
FIRST, LAST = date(2024, 2, 7), date(2024, 2, 14)
# Any reports and causes will do: nothing is learned, the threshold is low, and the quick cause model is used. The scale
# shows whether what is hydrated later has the same settings.
CONFIG = {
    "detect": {"calibrate": False, "open_score": 0.15},
    "attribute": {"cause_model": "mocked"},
    "hydrate": {"report_half_days": 3.0},
}
RUN = "main"


@dataclass
class Api:
    """One person's view of the served API."""

    url: str
    token: str | None
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.session.request(method, self.url + path, headers=headers | kwargs.pop("headers", {}), **kwargs)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.send("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> requests.Response:
        return self.send("POST", path, json=body)

    def edit(self, about: str, row: dict[str, Any], **edit: Any) -> requests.Response:
        """Edit a report or event, based on the state that `row` shows."""
        name = row["report_id" if about == "reports" else "report_group_id"]
        return self.post(f"/api/{about}/{name}/edits", {"edit": edit, "based_on": row["version"]})

    def applied(self, seconds: float = 90) -> dict[str, Any]:
        """Wait until nothing is pending; return the state."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            state: dict[str, Any] = self.get("/api/events", limit=1)["state"]
            if state["pending_edits"] == 0:
                return state
            time.sleep(0.2)
        raise AssertionError("edits are still pending")


@dataclass
class Workshop:
    """A served state to sign in to."""

    url: str
    state: State
    people: dict[str, Person]

    def person(self, name: str, *groups: str) -> Api:
        """Make a user and sign in."""
        cognito, outputs = self.state.stack.client("cognito-idp"), self.state.stack.outputs
        made = add_person(cognito, outputs["UserPoolId"], name, groups)
        return Api(self.url, sign_in(cognito, outputs["UserPoolClientId"], name, made.password))

    def tick(self, day: date, landing: Path) -> None:
        """Run one more day."""
        run_ticks(self.state.stack, self.state.environment, RunRequest(landing, RUN, day, day, 1, None, CONFIG))


def published_sales(workshop: Workshop, tick: date | None = None) -> pa.Table:
    """Return the sales of the newest state, or of the newest one of a tick."""
    states = [s for s in snapshots(workshop.state.logs, RUN) if tick in (None, s.tick)]
    return states[-1].read(workshop.state.logs, SALES)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `input/` and `state/`, made once however many workers there are."""
    root = tmp_path_factory.getbasetemp()
    root = (root.parent if "popen" in root.name else root) / "api-world"
    root.mkdir(exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "made").exists():
            write_world(simulate_world(STORES, DAYS, SEED, quiet_days=DAYS - 30, events=18), root)
            with opened(root / "state") as state:
                state.ensure_run(RUN)
                request = RunRequest(root / "input", RUN, FIRST, LAST, 1, None, CONFIG)
                run_ticks(state.stack, state.environment, request)
            (root / "made").touch()
    return root


@pytest.fixture(scope="module")
def workshop(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("served") / "state"
    shutil.copytree(world / "state", folder, ignore=shutil.ignore_patterns(".lock"))
    with opened(folder) as state, served(Site(state.stack, folder / "no-page", lambda: "<html></html>")) as url:
        yield Workshop(url, state, {})


@pytest.fixture(scope="module")
def viewer(workshop: Workshop) -> Api:
    return workshop.person("vera", "viewer")


@pytest.fixture(scope="module")
def analyst(workshop: Workshop) -> Api:
    return workshop.person("ann", "analyst")


@pytest.fixture(scope="module")
def manager(workshop: Workshop) -> Api:
    return workshop.person("max", "manager")


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    path = Path(__file__).parents[2] / "docs/openapi.json"
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


NEXT_DAY = LAST + timedelta(days=1)
