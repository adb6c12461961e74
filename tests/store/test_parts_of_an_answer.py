"""Rows that are read together though they were written apart: the weeks of a state, a rereview over the daily run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import StoreError
from mrs.identity import schedule_time
from mrs.store.keys import LogKey
from mrs.store.log_store import Write

from tests.builders import TICK, table

AT, PROPOSALS, SALES = schedule_time(TICK), dataset("MRPAL"), dataset("sales_timeseries_data")
MINE, OTHER = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("rereview", "causes"), [(None, ["viral"]), (MINE, ["viral", "weather"]), ("c" * 64, ["viral"])]
)
def test_the_daily_run_knows_nothing_of_a_rereview_and_a_rereview_of_no_other(
    aws: Environment, rereview: str | None, causes: list[str]
) -> None:
    logs = aws.logs()
    said = [(None, "viral", AT), (MINE, "weather", AT + timedelta(days=9)), (OTHER, "unknown", AT + timedelta(days=9))]
    for name, cause, at in said:
        rows = table("MRPAL", {"report_id": cause, "rank": 1, "cause": cause, "rereview_id": name, "written_at": at})
        logs.append([Write(PROPOSALS, "r", TICK, at, rows, (name or "000of001")[:16])])
    assert sorted(logs.read(PROPOSALS, "r", rereview=rereview)["cause"].to_pylist()) == causes


def test_all_objects_of_a_state_are_read_as_those_of_one_write(aws: Environment) -> None:
    logs, keys = aws.logs(), list[LogKey]()
    for n in range(3):
        tick = TICK + timedelta(days=7 * n)
        rows = table(SALES.name, {"store_id": f"s{n}", "date": tick, "sales": 1.0, "tick": tick})
        (written,) = logs.append([Write(SALES, "r", tick, schedule_time(tick), rows)])
        key = LogKey.parse(written.key)
        assert key is not None
        keys.append(key)
    read = logs.read_parts(SALES, keys, TICK, AT)
    assert read["store_id"].to_pylist() == ["s0", "s1", "s2"]
    assert (set(read["tick"].to_pylist()), set(read["written_at"].to_pylist())) == ({TICK}, {AT})
    with pytest.raises(StoreError, match="there is no object"):
        logs.read_parts(SALES, [LogKey(SALES.name, "r", TICK, AT, "week20240101")], TICK, AT)
