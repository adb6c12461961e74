"""What the first decisions reach, on an export small enough to add up by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.triage import reached

DAY = datetime(2024, 3, 1)
# name, proposed cause, confidence, money, severity, planted cause (None: nothing was planted)
EVENTS: list[tuple[str, str, float, float, float, str | None]] = [
    *((f"sure{n}", "promotion", 0.999, 900.0, 0.9, "promotion") for n in range(6)),
    ("wrong", "viral", 0.5, 400.0, 0.2, "weather"),
    ("also wrong", "viral", 0.9, 100.0, 0.1, "weather"),
    ("natural", "unknown", 0.2, 300.0, 0.3, None),
]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    events: list[dict[str, Any]] = []
    reports: list[dict[str, Any]] = []
    truth: list[dict[str, Any]] = []
    for name, cause, sure, money, severity, planted in EVENTS:
        own = {"report_group_id": name, "sales_delta": money}
        events.append(
            own | {"event_status": "closed", "cause": cause, "cause_confidence": sure, "severity": severity}
            | {"alternatives": f'[{{"cause": "weather", "confidence": {1 - sure}}}]'}
        )  # fmt: skip
        reports.append(
            own | {"report_id": f"r {name}", "store_id": name, "direction": "up"}
            | {"first_detected_at": DAY, "last_detected_at": DAY}
        )  # fmt: skip
        if planted:
            truth.append({"store_id": name, "date": DAY.date(), "cause": planted, "log_effect": 0.3})
    scenario, out = tmp_path / "scenario", tmp_path / "out"
    (scenario / "truth").mkdir(parents=True)
    out.mkdir()
    pd.DataFrame(truth).to_parquet(scenario / "truth" / "store_days.parquet")
    pd.DataFrame(events).to_parquet(out / "minority_events_log.parquet")
    pd.DataFrame(reports).to_parquet(out / "minority_reports.parquet")
    return scenario, out


def test_the_inbox_reaches_first_what_is_most_money_and_least_sure(folders: tuple[Path, Path]) -> None:
    found = reached(*folders)
    assert (found["events"], found["wrong_events"], found["wrong_money"]) == (9, 2, 500)
    assert found["worth 5"] == pytest.approx(1.0)
    assert (found["severity 5"], found["money 5"]) == (0, 0)
    assert found["severity 20"] == found["money 20"] == pytest.approx(1.0)


def test_what_the_order_promises_follows_from_the_confidences(folders: tuple[Path, Path]) -> None:
    worth = sorted((money * (1 - sure) for _, _, sure, money, _, _ in EVENTS), reverse=True)
    assert reached(*folders)["promised 5"] == pytest.approx(sum(worth[:5]) / sum(worth))


def test_planted_events_say_how_surprising_they_were(folders: tuple[Path, Path]) -> None:
    found = reached(*folders)
    assert found["planted_events"] == 8
    assert found["doubt"] == pytest.approx((6 * 0.001 + 0.5 + 0.1) / 8)
