"""Edits that a tick or a failure gets in the way of: none is lost, and who saw an older state is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mrs.contracts import dataset
from mrs.identity import row_id, schedule_time
from mrs.store.log_store import Write

from functions.workshop.state import refresh as refresh_module
from tests.api.conftest import LAST, NEXT_DAY, RUN, Api, Workshop
from tests.builders import table

FEEDS, EDITS, MRFL = dataset("landing_feeds_log"), dataset("user_edits_log"), dataset("MRFL")
ALIVE = ("open", "ongoing")


def begin(workshop: Workshop, day: date) -> None:
    """Let a tick begin: it has read its feeds, and will do all else later."""
    workshop.state.logs.append(
        [Write(FEEDS, RUN, day, schedule_time(day) - timedelta(hours=1), FEEDS.empty(), "begun")]
    )


def crash(workshop: Workshop, report: dict[str, Any], day: date, cause: str, minutes: int = 0) -> None:
    """Log an edit as the API does, so many minutes ago, and start nothing: the machine has died in between.

    As the API does, it is written after the state that it was based on.
    """
    based_on = datetime.fromisoformat(report["version"]).replace(tzinfo=None)
    ago = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(minutes=minutes)
    moment = max(ago, based_on + timedelta(milliseconds=1))
    edit = {"edit_id": row_id(report["report_id"], cause), "report_id": report["report_id"], "action": "set_cause"}
    edit |= {"cause": cause, "author": "ann", "edited_at": moment, "written_at": moment, "tick": day}
    edit |= {"based_on": based_on}
    workshop.state.logs.append([Write(EDITS, RUN, day, moment, table(EDITS.name, edit), edit["edit_id"][:16])])


def reports(api: Api, *statuses: str, **asked: Any) -> list[dict[str, Any]]:
    """Return the reports that nobody has edited."""
    items: list[dict[str, Any]] = api.get("/api/reports", status=list(statuses), edited="false", limit=500, **asked)[
        "items"
    ]
    assert items
    return items


def finalised(workshop: Workshop, report: dict[str, Any], day: date) -> list[dict[str, Any]]:
    rows = workshop.state.logs.read(MRFL, RUN, first=day, last=day, history=True).to_pylist()
    return [r for r in rows if r["report_id"] == report["report_id"]]


def test_a_refresh_that_never_ran_is_made_up_for_by_whoever_looks(workshop: Workshop, analyst: Api) -> None:
    report = reports(analyst, "closed")[0]
    crash(workshop, report, LAST, "viral", minutes=60)
    shown = analyst.get(f"/api/reports/{report['report_id']}")
    assert (shown["cause"], len(shown["pending"])) == ("viral", 1)
    analyst.applied()
    assert analyst.get(f"/api/reports/{report['report_id']}")["pending"] == []
    assert [r["cause"] for r in finalised(workshop, report, LAST)][-1] == "viral"


def test_edits_made_while_a_tick_runs_take_effect_after_it(
    workshop: Workshop, analyst: Api, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, (lives, *_) = reports(analyst, "closed")[0], reports(analyst, *ALIVE)
    crashed = reports(analyst, "closed")[1]
    crash(workshop, crashed, LAST, "promotion")
    begin(workshop, NEXT_DAY)
    for one in (report, lives):
        answer = analyst.edit("reports", one, action="set_cause", cause="viral").json()
        assert (answer["refresh"], answer["edits"][0]["tick"]) == (None, NEXT_DAY.isoformat())
        assert answer["reports"][0]["cause"] == "viral"

    workshop.tick(NEXT_DAY, world / "input")
    assert finalised(workshop, crashed, NEXT_DAY)[0]["cause"] == "promotion", "and what no refresh took over, it does"
    assert finalised(workshop, report, NEXT_DAY) == []
    assert {r["cause"] for r in finalised(workshop, lives, NEXT_DAY)} == {lives["cause"]}
    shown = analyst.get("/api/reports", limit=500)
    assert shown["state"]["tick"] == NEXT_DAY.isoformat()
    assert {r["cause"] for r in shown["items"] if r["report_id"] in (report["report_id"], lives["report_id"])} == {
        "viral"
    }
    monkeypatch.setattr(refresh_module, "OVERDUE", timedelta(0))
    analyst.applied()
    for one in (report, lives):
        newest = finalised(workshop, one, NEXT_DAY)[-1]
        assert (newest["cause"], newest["edited_by"]) == ("viral", "ann")
        assert newest["written_at"] > schedule_time(NEXT_DAY)


def test_a_later_tick_that_changes_an_object_is_a_conflict(workshop: Workshop, analyst: Api, world: Path) -> None:
    """The world's dates lie years before the edits; yet the tick comes after them."""
    day = NEXT_DAY + timedelta(days=1)
    alive, over = reports(analyst, *ALIVE), reports(analyst, "closed")[0]
    for one in (*alive, over):
        assert analyst.edit("reports", one, action="comment", comment="hm").status_code == 201
    analyst.applied()
    seen = {one["report_id"]: analyst.get(f"/api/reports/{one['report_id']}") for one in (*alive, over)}
    workshop.tick(day, world / "input")

    def moved(report: dict[str, Any]) -> bool:
        now, was = analyst.get(f"/api/reports/{report['report_id']}"), seen[report["report_id"]]
        return any(now[key] != was[key] for key in ("observed_sales", "report_status"))

    lives = next(one for one in alive if moved(one))
    late = analyst.edit("reports", seen[lives["report_id"]], action="set_cause", cause="weather")
    assert late.status_code == 409
    clash = late.json()["conflicts"][0]
    assert clash["edits_since"] == []
    before, now = clash["seen"], clash["current"]
    assert {k: before[k] for k in ("tick", "sales_delta", "report_status")} == {
        k: seen[lives["report_id"]][k] for k in ("tick", "sales_delta", "report_status")
    }
    assert (before["observed_sales"], before["report_status"]) != (now["observed_sales"], now["report_status"])
    assert now["tick"] == day.isoformat()
    assert analyst.edit("reports", now, action="set_cause", cause="weather").status_code == 201
    assert analyst.edit("reports", seen[over["report_id"]], action="approve").status_code == 201, (
        "unchanged by the tick"
    )
