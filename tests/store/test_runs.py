"""The active run is the one that was made active last; what people do is logged under the tick that has begun."""

from __future__ import annotations

from datetime import timedelta

import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import BadInputError
from mrs.identity import schedule_time
from mrs.store.log_store import Write
from mrs.store.runs import Run, activate, active_run, carried_over, latest_snapshot, runs, tick_begun

from tests.builders import TICK, table

AT, DAY = schedule_time(TICK), timedelta(days=1)


def test_the_run_that_was_made_active_last_is_the_active_one(aws: Environment) -> None:
    logs = aws.logs()
    with pytest.raises(BadInputError, match="there is no active run yet"):
        active_run(logs)
    for days, run in enumerate(("m", "z", "a")):
        activate(logs, Run(run, None, "ann", AT + days * DAY))
    assert [r.run_id for r in runs(logs)] == ["m", "z", "a"]
    assert active_run(logs) == "a"
    activate(logs, Run("z", "back again", "ann", AT + 9 * DAY))
    assert active_run(logs) == "z"


def test_settings_go_over_from_the_runs_before_until_the_new_one_began(aws: Environment) -> None:
    logs = aws.logs()
    for days, run in enumerate(("first", "second", "third")):
        activate(logs, Run(run, None, "ann", AT + days * DAY))
    assert carried_over(logs, "second") == {"first": AT + DAY}
    assert carried_over(logs, "first") == {}


def test_an_edit_is_logged_under_the_tick_that_has_begun(aws: Environment) -> None:
    logs, feeds = aws.logs(), dataset("landing_feeds_log")
    assert tick_begun(logs, "r", TICK) == TICK
    begun = TICK + DAY
    logs.append([Write(feeds, "r", begun, AT + DAY, table(feeds.name, {"tick": begun}))])
    assert tick_begun(logs, "r", TICK) == begun


def test_the_latest_snapshot_is_that_of_the_newest_tick(aws: Environment) -> None:
    logs, reports = aws.logs(), dataset("minority_reports")
    assert latest_snapshot(logs, reports.name, "r").num_rows == 0
    for days, name in enumerate(("old", "new")):
        tick = TICK + days * DAY
        rows = table(reports.name, {"report_id": name, "tick": tick})
        logs.append([Write(reports, "r", tick, schedule_time(tick), rows)])
    assert latest_snapshot(logs, reports.name, "r")["report_id"].to_pylist() == ["new"]
