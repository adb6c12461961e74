"""A day that is restated later is drawn as it is known now, and as it was known then in a state of then."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from mrs.contracts import dataset
from mrs.identity import schedule_time

from cli.pipeline import RunRequest, run_ticks
from tests.api.conftest import CONFIG, LAST, NEXT_DAY, RUN, Api, Workshop


def doubled(landing: Path, folder: Path, store: str, day: date) -> Path:
    """Return a copy of the landing files in which a store sold twice as much on a day."""
    shutil.copytree(landing, folder)
    (file,) = folder.glob("unified_sales_data*.parquet")
    sales = pq.read_table(file)
    late = pc.and_(pc.equal(sales["store_id"], store), pc.equal(sales["date"].cast(pa.date32()), pa.scalar(day)))
    values = pc.if_else(late, pc.multiply(sales["sales"], 2), sales["sales"])
    pq.write_table(sales.set_column(sales.schema.get_field_index("sales"), "sales", values), file)
    return folder


def drawn(viewer: Api, report: dict[str, Any], day: date, **when: str) -> float:
    line = viewer.get(f"/api/reports/{report['report_id']}/series", to=day.isoformat(), **when)["line"]
    return float(dict(zip(line["dates"], line["observed"], strict=True))[day.isoformat()])


def test_a_series_shows_what_is_known_now_and_in_a_state_of_then_what_was(
    workshop: Workshop, viewer: Api, world: Path, tmp_path: Path
) -> None:
    report = viewer.get("/api/reports", limit=1)["items"][0]
    then, later = schedule_time(LAST), schedule_time(LAST) + timedelta(hours=5)
    monday, as_of = LAST - timedelta(days=2), {"as_of": f"{then.isoformat()}Z"}
    landed = workshop.state.logs.read(dataset("sales_timeseries_data"), RUN).to_pylist()  # drawn, they were remembered
    told = {r["date"]: r["sales"] for r in landed if r["store_id"] == report["store_id"]}

    landing = doubled(world / "input", tmp_path / "replayed", report["store_id"], LAST)
    run_ticks(workshop.state.stack, workshop.state.environment, RunRequest(landing, RUN, LAST, LAST, 1, later, CONFIG))
    assert drawn(viewer, report, LAST) == pytest.approx(2 * told[LAST], rel=1e-5)
    assert drawn(viewer, report, LAST, **as_of) == pytest.approx(told[LAST], rel=1e-5)
    assert told[LAST] > 0 < told[monday]

    workshop.tick(NEXT_DAY, doubled(landing, tmp_path / "late", report["store_id"], monday))
    assert drawn(viewer, report, monday) == pytest.approx(2 * told[monday], rel=1e-5)
