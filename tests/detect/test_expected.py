"""What to expect of detection here, in plain words, from its calibration log."""

from __future__ import annotations

import json
from datetime import date

from mrs.detection.expected import expected_of, in_words

from tests.builders import table

SAID = {
    "found": {"10–25 %": 0.215, "25–60 %": 0.782, "over 60 %": None},
    "found by spread": [[0.05, 0.081, 0.91], [0.082, 0.11, 0.8], [0.112, 0.4, 0.62]],
    "delay": 0.34,
    "natural share": 0.0025,
    "calibrated": [[0.5, 0.55], [0.86, 0.92], [0.98, 0.97]],
}


def test_the_newest_calibration_is_said_in_words() -> None:
    old = {"calibrated_before": date(2014, 1, 1), "expected": "{}"}
    new = {"calibrated_before": date(2014, 7, 1), "stores": 558, "days": 161, "expected": json.dumps(SAID)}
    assert in_words(expected_of(table("detector_calibration_log", new, old))) == [
        "Learned from 558 stores and 161 days before 2014-07-01.",
        "Of events of 10–25%, it finds 22%.",
        "Of events of 25–60%, it finds 78%.",
        "In the calmest stores, whose days scatter by up to 8%, it finds 91% of all; in the noisiest, from 11% on, "
        "62%.",
        "What it finds, it finds 0.3 days after it began, on average.",
        "In these stores, about 9.8 store-days a week are reported for nothing.",
        "Where it says 86%, it is right in 92% of the cases.",
    ]


def test_what_an_earlier_release_said_is_still_read() -> None:
    known = {name: value for name, value in SAID.items() if name != "found by spread"}
    row = {"calibrated_before": date(2014, 7, 1), "stores": 558, "days": 161, "expected": json.dumps(known)}
    assert not any("noisiest" in line for line in in_words(expected_of(table("detector_calibration_log", row))))


def test_a_past_too_short_to_learn_from_is_said() -> None:
    none = table("detector_calibration_log")
    short = table("detector_calibration_log", {"expected": "{}"})
    assert in_words(expected_of(none)) == in_words(expected_of(short))
    assert "too short" in in_words(None)[0]
