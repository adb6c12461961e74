"""Every hydrated dataset that the page offers is a file with the rows of the state."""

from __future__ import annotations

import io

import pyarrow.parquet as pq
import pytest
from mrs.contracts import dataset

from functions.workshop.exports.models import ExportRequest
from tests.api.conftest import RUN, Api, Workshop

OFFERED = ExportRequest.model_json_schema()["properties"]["dataset"]["enum"]


@pytest.mark.parametrize("name", OFFERED)
def test_an_export_holds_the_rows_of_the_state(workshop: Workshop, analyst: Api, name: str) -> None:
    made = analyst.post("/api/exports", {"dataset": name, "format": "parquet"})
    assert made.status_code == 201, made.text
    export = made.json()
    link = export["url"].removeprefix(workshop.url)
    found = pq.read_table(io.BytesIO(Api(workshop.url, None).send("GET", link).content))
    assert (found.num_rows, found.column_names) == (export["rows"], dataset(name).schema.names)
    assert set(found["run_id"].to_pylist()) <= {RUN}
    assert name == "restatements" or found.num_rows > 0


def test_what_landed_is_what_was_exported_and_set_aside(workshop: Workshop, analyst: Api) -> None:
    link = analyst.post("/api/exports", {"dataset": "sales_reconciliation", "format": "parquet"}).json()["url"]
    got = Api(workshop.url, None).send("GET", link.removeprefix(workshop.url)).content
    for row in pq.read_table(io.BytesIO(got)).to_pylist():
        assert row["landed_sales"] == pytest.approx(row["exported_sales"] + row["set_aside_sales"], abs=0.005)


def test_an_export_of_a_past_state_has_the_rows_of_then(workshop: Workshop, analyst: Api) -> None:
    seen = analyst.get("/api/reports", edited="false", limit=1)
    report, then = seen["items"][0], seen["state"]["written_at"]
    assert analyst.edit("reports", report, action="set_cause", cause="weather").status_code == 201
    sources = []
    for as_of in (None, then):
        made = analyst.post("/api/exports", {"dataset": "minority_reports", "format": "parquet", "as_of": as_of}).json()
        got = Api(workshop.url, None).send("GET", made["url"].removeprefix(workshop.url)).content
        rows = pq.read_table(io.BytesIO(got)).to_pylist()
        sources.append(next(r["cause_source"] for r in rows if r["report_id"] == report["report_id"]))
    assert sources == ["report_edit", "model"]
