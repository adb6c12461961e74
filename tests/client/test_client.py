"""What the client promises: the same rows as the state, history beyond the window, changes, and no heavy imports."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.client import Client
from mrs.client.client import moment
from mrs.client.logs import newest
from mrs.client.rollup import Z90, rolled_up
from mrs.errors import BadInputError, DamagedObjectError, TransientError

from cli.simulate import World
from tests.client.conftest import LAST, RUN


@pytest.fixture(scope="module")
def client(state: Path) -> Client:
    return Client.local(state)


def test_it_needs_none_of_the_pipelines_packages() -> None:
    heavy = "pydantic pandas boto3 sklearn scipy awswrangler aws_lambda_powertools duckdb moto"
    code = f"import sys, mrs.client; print([m for m in {heavy.split()!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_sales_reach_beyond_the_window_of_the_newest_state(client: Client) -> None:
    sales = client.sales()
    dates = pc.unique(sales["date"]).sort().to_pylist()
    assert dates[-1] == LAST
    assert len(dates) == 35  # a window of four weeks, and the week that has left it
    assert dates == [LAST - timedelta(days=n) for n in reversed(range(35))]
    assert sales.group_by(["store_id", "date"]).aggregate([([], "count_all")]).num_rows == sales.num_rows


def test_a_past_state_is_what_was_published_then(client: Client) -> None:
    assert pc.max(client.sales(as_of=LAST)["date"]).as_py() == LAST - timedelta(days=1)
    with pytest.raises(BadInputError, match="had published nothing"):
        client.sales(as_of="2020-01-01")


def test_a_past_store_day_names_the_event_of_then() -> None:
    day = {"store_id": "a", "date": LAST, "report_id": "1"}

    class Then:
        def sales(self, at: datetime | None = None, first: object = None) -> pa.Table:
            return pa.Table.from_pylist([day])

        def log(self, name: str, at: datetime | None = None) -> None:
            return None

        def table(self, name: str, at: datetime | None = None) -> pa.Table:
            return pa.Table.from_pylist([{"report_id": "1", "report_group_id": "then" if at else "now"}])

    client = Client(Then())  # type: ignore[arg-type]
    assert client.sales(as_of=LAST)["report_group_id"].to_pylist() == ["then"]
    assert client.sales()["report_group_id"].to_pylist() == ["now"]


def test_a_moment_is_utc_and_a_date_means_its_end() -> None:
    assert moment("2024-03-01T07:00:00+02:00") == datetime(2024, 3, 1, 5)
    assert moment("2024-03-01T07:00:00Z") == moment("2024-03-01T07:00:00") == datetime(2024, 3, 1, 7)
    assert moment("2024-03-01") == datetime(2024, 3, 1, 23, 59, 59, 999000)


def test_the_row_of_a_log_that_was_written_last_is_in_force_wherever_it_lies() -> None:
    rows = [("a", 2, "new"), ("a", 1, "old"), (None, 1, "old"), (None, 3, "new"), ("b", 1, "only")]
    table = pa.table(dict(zip(("store_id", "written_at", "word"), map(list, zip(*rows, strict=True)), strict=True)))
    found = newest(table, ["store_id"]).to_pylist()
    assert {r["store_id"]: r["word"] for r in found} == {"a": "new", None: "new", "b": "only"}


def test_a_state_of_which_a_part_is_missing_is_none(state: Path, tmp_path: Path) -> None:
    index = shutil.copytree(state, tmp_path / "state") / "log" / "index.jsonl"
    part = f"minority_events_log/run_id={RUN}/tick={LAST}/"
    lines = [line for line in index.read_text().splitlines(keepends=True) if part not in line]
    index.write_text("".join(lines))
    assert Client.local(state).wait_for(LAST)["tick"] == LAST.isoformat()
    assert pc.max(Client.local(index.parents[1]).sales()["date"]).as_py() == LAST - timedelta(days=1)


def test_a_damaged_object_is_named_and_not_read(state: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(state, tmp_path / "state")
    weeks = [p for p in (copy / "log" / "objects").rglob("*.parquet") if "attribution_ready_sales" in str(p)]
    for path in weeks:
        body = bytearray(path.read_bytes())
        body[len(body) // 3] ^= 1
        path.write_bytes(body)
    with pytest.raises(DamagedObjectError, match="is damaged: its bytes are not those that were written"):
        Client.local(copy).sales()
    for path in weeks:
        path.unlink()
    with pytest.raises(DamagedObjectError, match="is not there, though it was written"):
        Client.local(copy).sales()


def test_changes_name_what_is_new_and_what_is_restated(client: Client) -> None:
    sales, events = client.changes(since=LAST)
    new = sales.filter(pc.is_null(sales["minority_sales_before"]))
    assert set(new["date"].to_pylist()) == {LAST}
    restated = sales.filter(pc.is_valid(sales["minority_sales_before"]))
    assert all(
        any(
            row[c] != row[f"{c}_before"]
            for c in ("observed_sales", "minority_sales", "adjusted_sales", "exclude_probability", "cause")
        )
        for row in restated.to_pylist()
    )
    assert events.num_rows <= client.events().num_rows
    nothing, no_event = client.changes(since=LAST + timedelta(days=9))
    assert (nothing.num_rows, no_event.num_rows) == (0, 0)


def test_a_report_is_explained_with_its_event_and_its_days(client: Client) -> None:
    report = client.reports().to_pylist()[0]
    told = client.explain(report["report_id"][:12])
    assert told["report"]["store_id"] == report["store_id"]
    assert told["event"]["report_group_id"] == report["report_group_id"]
    with pytest.raises(BadInputError, match="0 reports begin with"):
        client.explain("zz")


def test_waiting_ends_when_a_tick_is_there_and_gives_up_in_time(client: Client) -> None:
    assert client.wait_for(LAST)["tick"] == LAST.isoformat()
    with pytest.raises(TransientError, match="was not published within"):
        client.wait_for(LAST + timedelta(days=1), seconds=0)


def test_a_roll_up_adds_doubt_within_an_event_and_squares_between_events() -> None:
    half = Z90 * 3.0
    rows = [
        {"store_id": s, "report_id": r, "report_group_id": g, "adjusted_low": 10 - half, "adjusted_high": 10 + half}
        for s, r, g in (("a", "1", "g"), ("b", "2", "g"), ("c", "3", "h"))
    ]
    more = {"date": LAST, "observed_sales": 10.0, "expected_sales": 10.0, "minority_sales": 0.0, "adjusted_sales": 10.0}
    more |= {"exclude_probability": 0.0, "region": "x", "retailer": None}
    rows = [more | r for r in rows]
    rows[2] |= {"observed_sales": None, "adjusted_sales": None}
    row = rolled_up(pa.Table.from_pylist(rows), "week", "region").to_pylist()[0]
    assert row["adjusted_sd"] == pytest.approx(np.hypot(6.0, 3.0))
    assert row["adjusted_sales"] == pytest.approx(30.0)  # what is not known is stood in for by its expectation
    assert row["weight"] == pytest.approx(2 / 3)
    assert row["date"].weekday() == 0


@pytest.mark.parametrize("tool", ["pymc-marketing", "meridian", "robyn", "bandit"])
def test_every_tool_gets_a_frame_without_gaps_and_arguments_that_name_its_columns(client: Client, tool: str) -> None:
    data = client.for_model(tool, grain="day")
    assert len(data.frame) > 0
    assert not data.frame.drop(columns=data.raw).isna().any().any()
    named = [v for v in _texts(data.arguments) if v in set(data.frame.columns)]
    assert data.target in data.frame.columns
    assert len(named) >= 3


def test_written_arguments_are_the_librarys_own_and_nothing_else(client: Client, tmp_path: Path) -> None:
    data = client.for_model("pymc-marketing", grain="day")
    table, arguments, holidays, notes = data.write(tmp_path)
    assert json.loads(arguments.read_text()) == data.arguments
    assert set(data.arguments) == {"date_column", "target_column", "channel_columns", "control_columns", "dims"}
    assert len(table.read_text().splitlines()) == len(data.frame) + 1
    assert holidays.read_text().startswith("ds,holiday,country,year")
    assert notes.read_text().splitlines() == list(data.notes)


def test_media_are_all_the_money_that_was_landed(client: Client, world: World) -> None:
    data = client.for_model("pymc-marketing", grain="day")
    landed = world.landing["campaigns"].to_pandas()
    days = set(data.frame["date"].dt.date)
    spent = landed[landed["date"].isin(days)]["spend"].sum()
    assert data.frame[data.arguments["channel_columns"]].to_numpy().sum() == pytest.approx(spent, rel=1e-6)


def test_an_unknown_tool_is_one_clear_line(client: Client) -> None:
    with pytest.raises(BadInputError, match="there is no export for 'prophet'"):
        client.for_model("prophet")


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [t for v in [*value, *value.values()] for t in _texts(v)]
    if isinstance(value, list | tuple):
        return [t for v in value for t in _texts(v)]
    return [value] if isinstance(value, str) else []
