"""What a deployed function says of itself: one line when it is done or has failed, and metrics of daily ticks."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest
from mrs.stage.telemetry import observed

HEALTH = {
    "rows_read": 120,
    "rows_written": 7,
    "freshness_days": 1.0,
    "coverage": 0.98,
    "error_rate": 0.0,
    "degraded_inputs": ["weather"],
}
EVENT = {"run_id": "r1", "first_tick": "2024-01-01", "last_tick": "2024-01-01", "mode": "daily", "config": {}}


@dataclass
class Context:
    left: list[int] = field(default_factory=lambda: [900_000, 898_500])
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return self.left.pop(0)


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "mrs-ingest")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "MinorityReportSystem/test")
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")


def lines(capsys: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def call(name: str, answer: dict[str, Any] | Exception, **event: Any) -> Any:
    @observed(name)
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handler(EVENT | event, Context())


def metrics(said: list[dict[str, Any]]) -> dict[str, Any]:
    (record,) = [line for line in said if "_aws" in line]
    (directive,) = record["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "MinorityReportSystem/test"
    assert directive["Dimensions"] == [["service"]]
    names = [m["Name"] for m in directive["Metrics"]]
    return {"service": record["service"]} | {n: record[n][0] for n in names}


def test_feeds_measures_the_tick(deployed: None, capsys: Any) -> None:
    call("feeds", {"stage": "feeds", "health": HEALTH})
    assert metrics(lines(capsys)) == {
        "service": "feeds",
        "StageDuration": 1500.0,
        "RowsRead": 120.0,
        "RowsWritten": 7.0,
        "DegradedInputs": 1.0,
        "FreshnessDays": 1.0,
        "Coverage": 0.98,
        "ErrorRate": 0.0,
    }


def test_what_is_not_known_is_not_measured(deployed: None, capsys: Any) -> None:
    call("feeds", {"health": HEALTH | {"freshness_days": None, "coverage": None}})
    assert not {"FreshnessDays", "Coverage"} & set(metrics(lines(capsys)))


def test_another_stage_does_not_repeat_the_ticks_measures(deployed: None, capsys: Any) -> None:
    call("cluster", {"health": HEALTH})
    assert set(metrics(lines(capsys))) == {"service", "StageDuration", "RowsRead", "RowsWritten", "DegradedInputs"}


def test_failed_alerts_are_counted(deployed: None, capsys: Any) -> None:
    call("notify", {"health": HEALTH, "delivered": {"sent": 3, "failed": 2}})
    found = metrics(lines(capsys))
    assert (found["AlertsSent"], found["AlertFailures"]) == (3.0, 2.0)


@pytest.mark.parametrize("mode", ["backfill", "refresh", "rereview"])
def test_only_daily_ticks_are_measured(deployed: None, capsys: Any, mode: str) -> None:
    call("ingest", {"health": HEALTH}, mode=mode)
    assert not [line for line in lines(capsys) if "_aws" in line]


def test_one_line_says_what_was_done_for_which_run_and_ticks(deployed: None, capsys: Any) -> None:
    call("stage-that-is-done", {"rows": {"MRPAL": 3}})
    (line,) = [line for line in lines(capsys) if "_aws" not in line]
    assert line["message"] == "done"
    assert (line["service"], line["run_id"], line["first_tick"]) == ("stage-that-is-done", "r1", "2024-01-01")
    assert (line["took_ms"], line["function_request_id"]) == (1500, "request-1")
    assert "config" not in line


def test_a_failure_is_told_with_its_trace_and_raised(deployed: None, capsys: Any) -> None:
    with pytest.raises(KeyError):
        call("stage-that-fails", KeyError("report_id"))
    (line,) = lines(capsys)
    assert (line["level"], line["message"], line["exception_name"]) == ("ERROR", "failed", "KeyError")
    assert line["run_id"] == "r1"
    assert "Traceback" in line["exception"]


def test_outside_lambda_nobody_is_told(capsys: Any) -> None:
    assert call("cluster", {"stage": "cluster"}) == {"stage": "cluster"}
    assert capsys.readouterr().out == ""


def test_powertools_is_not_imported_before_it_is_needed() -> None:
    script = "import sys, mrs.stage; print(any(m.startswith('aws_lambda_powertools') for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
