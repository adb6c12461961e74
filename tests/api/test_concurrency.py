"""Fifty editors on the same twenty objects: none lost, none twice, every conflict a 409; and editors who crash."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from mrs.contracts import dataset
from mrs.store.keys import LogKey

from functions.workshop.edits import claims as claims_module
from functions.workshop.edits.claims import Claims, ClosedError
from functions.workshop.state.cache import Cache
from functions.workshop.state.edit_log import logged_edits
from functions.workshop.state.kinds import REPORTS
from tests.api.conftest import LAST, RUN, Api, Workshop

EDITORS, OBJECTS, EDITS_EACH = 50, 20, 2
EDITS = dataset("user_edits_log")
LONG_AGO = datetime(2000, 1, 1)


def logged(workshop: Workshop) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = workshop.state.logs.read(EDITS, RUN, history=True).to_pylist()
    return rows


def test_fifty_editors_on_twenty_reports(workshop: Workshop, manager: Api) -> None:
    reports = manager.get("/api/reports", limit=OBJECTS)["items"]
    seen = {r["report_id"]: r["version"] for r in reports}

    def work(number: int) -> list[tuple[int, str, dict[str, Any]]]:
        """Edit what was seen, sometimes many at once; after a conflict go on from the current version."""
        editor, dice, own = Api(workshop.url, manager.token), Random(number), dict(seen)
        answers = []
        for step in range(EDITS_EACH):
            chosen = dice.sample(sorted(own), dice.choice([1, 1, 1, 3, 5]))
            body = {
                "edit": {"action": "comment", "comment": f"{number}/{step}"},
                "reports": [{"report_id": i, "based_on": own[i]} for i in chosen],
            }
            answer = editor.post("/api/reports/edits", body)
            answers.append((answer.status_code, f"{number}/{step}", answer.json()))
            if answer.status_code == 409:
                own |= {c["object_id"]: c["current_version"] for c in answer.json()["conflicts"]}
            elif answer.status_code == 201:
                own |= {r["report_id"]: r["version"] for r in answer.json()["reports"]}
        return answers

    with ThreadPoolExecutor(EDITORS) as pool:
        answers = [a for found in pool.map(work, range(EDITORS)) for a in found]
    statuses = Counter(status for status, _, _ in answers)
    assert set(statuses) == {201, 409}, statuses
    rows = logged(workshop)
    accepted = {comment: len(body["edits"]) for status, comment, body in answers if status == 201}
    assert Counter(r["comment"] for r in rows) == accepted, "each accepted edit is there, whole, once; no other is"
    assert len({r["edit_id"] for r in rows}) == len(rows)
    for report in seen:
        chain = sorted((r for r in rows if r["report_id"] == report), key=lambda r: r["written_at"])
        for earlier, later in pairwise(chain):
            assert later["based_on"] >= earlier["written_at"], "who came later had seen what came before"


def test_of_editors_who_saw_the_same_one_wins(workshop: Workshop, manager: Api) -> None:
    report = manager.get("/api/reports", limit=1)["items"][0]

    def correct(cause: str) -> int:
        return Api(workshop.url, manager.token).edit("reports", report, action="set_cause", cause=cause).status_code

    causes = ["viral", "weather", "promotion", "price_change", "local_event", "own_stockout"]
    with ThreadPoolExecutor(len(causes)) as pool:
        assert Counter(pool.map(correct, causes)) == {201: 1, 409: len(causes) - 1}


def test_the_same_edit_at_the_same_time_is_one_row(workshop: Workshop, manager: Api) -> None:
    report = manager.get("/api/reports", limit=1)["items"][0]

    def send(_: int) -> tuple[int, str]:
        answer = Api(workshop.url, manager.token).edit("reports", report, action="set_cause", cause="viral")
        return answer.status_code, answer.json()["edits"][0]["edit_id"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {s for s, _ in answers} <= {200, 201}
    assert len({e for _, e in answers}) == 1
    assert len([r for r in logged(workshop) if r["edit_id"] == answers[0][1]]) == 1


@pytest.fixture
def crashed(workshop: Workshop, manager: Api) -> tuple[dict[str, Any], Claims]:
    """A report that somebody has claimed, who crashed before the edit was logged."""
    report = manager.get("/api/reports", limit=1)["items"][0]
    logs = workshop.state.logs
    known = [e for e in logged_edits(logs, Cache(), REPORTS, RUN, LONG_AGO) if e.object_id == report["report_id"]]
    after = datetime.fromisoformat(report["version"]).replace(tzinfo=None) + timedelta(milliseconds=1)
    claims = Claims(logs, REPORTS, RUN, LogKey(EDITS.name, RUN, LAST, after, "c0ffee"))
    assert claims.take([(report["report_id"], len(known), {e.key for e in known})]) == []
    return report, claims


def test_a_crashed_editor_does_not_block_the_next(
    crashed: tuple[dict[str, Any], Claims], manager: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, claims = crashed
    monkeypatch.setattr(claims_module, "POLLS", 2)
    assert manager.edit("reports", report, action="set_cause", cause="viral").status_code == 201
    with pytest.raises(ClosedError):  # and should the first come back to life, it writes nothing
        claims.log(_one_row(report))
    assert manager.get(f"/api/reports/{report['report_id']}")["n_edits"] == report["n_edits"] + 1


def test_an_editor_whose_case_was_closed_tries_again(
    workshop: Workshop, manager: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = manager.get("/api/reports", limit=1)["items"][0]
    log, closed = Claims.log, []

    def closed_first(claims: Claims, table: Any) -> None:
        if not closed:
            closed.append(claims._close(claims.promised))
        log(claims, table)

    monkeypatch.setattr(Claims, "log", closed_first)
    answer = manager.edit("reports", report, action="comment", comment="still here")
    assert (answer.status_code, len(closed)) == (201, 1)
    assert len([r for r in logged(workshop) if r["comment"] == "still here"]) == 1


def _one_row(report: dict[str, Any]) -> Any:
    from tests.builders import table

    return table(EDITS.name, {"report_id": report["report_id"]}).select(EDITS.file_schema.names)
