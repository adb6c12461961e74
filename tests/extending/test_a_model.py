"""A model of one's own, as docs/extending.md describes it: the page's example runs through detection."""

from __future__ import annotations

import textwrap
from datetime import timedelta
from pathlib import Path

import numpy as np
from mrs.detection.predictions import BASELINE
from mrs.models.registry import BASELINE_MODELS
from mrs.settings import Settings

from tests.detect.runner import last_rows, run
from tests.detect.world import FIRST_TICK, World, tables_of
from tests.extending.last_week import LastWeek

PATH = "tests.extending.last_week:LastWeek"
ROOT = Path(__file__).resolve().parents[2]


def test_the_example_on_the_page_is_the_one_that_is_tested() -> None:
    page = (ROOT / "docs" / "extending.md").read_text()
    example = (ROOT / "tests" / "extending" / "last_week.py").read_text()
    shown = textwrap.dedent(page.partition("```python\n")[2].partition("   ```")[0])
    assert shown.strip() == example[example.index("class ") :].strip()


def test_a_dotted_path_in_the_settings_loads_the_class() -> None:
    assert isinstance(BASELINE_MODELS.load(PATH), LastWeek)


def test_detection_runs_with_it_and_every_row_names_it(eventful: World) -> None:
    config = {"detect": {"baseline_model": PATH}}
    settings = Settings.from_config(config).detect
    last = FIRST_TICK + timedelta(days=8)
    logs = run(tables_of(eventful), FIRST_TICK, last, settings)
    rows = [r for r in logs[BASELINE].to_pylist() if r["store_id"] == "s004"]
    assert {(r["model_name"], r["model_version"]) for r in rows} == {("last_week", "1")}
    by_day = {r["date"]: r for r in rows}
    day = FIRST_TICK + timedelta(days=1)
    before = eventful.sales[4, eventful.at(day) - 7]
    assert np.isclose(by_day[day]["expected_sales"], before)
    assert "s004" in {r["store_id"] for r in last_rows(logs)}  # its sales fall by half from the fifth day on
