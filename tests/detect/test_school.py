"""School holidays as a feed tells them, and the days on which a term begins again."""

from __future__ import annotations

from datetime import date

import pytest
from mrs.arrays import epoch_day
from mrs.detection.baseline.school import school_marks, with_whole_holidays
from mrs.detection.baseline.scopes import Entry

ALWAYS = -(2**31)
MONDAY, FRIDAY, SATURDAY = epoch_day(date(2014, 7, 14)), epoch_day(date(2014, 8, 22)), epoch_day(date(2014, 8, 23))


def entry(start: int, end: int, region: str = "north", known_from: int = ALWAYS) -> Entry:
    return Entry((None, region, None), start, end, known_from, "Summer", "school_holiday")


def marks(*entries: Entry) -> dict[str, list[tuple[str | None, int, int]]]:
    found: dict[str, list[tuple[str | None, int, int]]] = {}
    for name, e, first, last in school_marks(with_whole_holidays(entries)):
        found.setdefault(name, []).append((e.place[1], first, last))
    return found


BY_DAY = [entry(day, day) for day in range(MONDAY, FRIDAY + 1) if (day + 3) % 7 < 5]


@pytest.mark.parametrize("told", [[entry(MONDAY, FRIDAY)], BY_DAY, BY_DAY[::-1]], ids=["whole", "by_day", "any_order"])
def test_holidays_told_day_by_day_are_what_they_are_told_as_a_whole(told: list[Entry]) -> None:
    assert marks(*told) == {
        "school": [("north", MONDAY, FRIDAY)],
        "school_first": [("north", MONDAY, MONDAY)],
        "school_last": [("north", SATURDAY, SATURDAY)],
        "term_first": [("north", FRIDAY + 3, FRIDAY + 3)],  # the Monday
        "term_week": [("north", SATURDAY, FRIDAY + 9)],
    }


def test_after_short_holidays_no_term_begins_anew() -> None:
    assert set(marks(entry(MONDAY, MONDAY + 11))) == {"school", "school_first", "school_last"}


def test_holidays_of_two_regions_or_told_on_two_days_are_not_one() -> None:
    assert len(marks(entry(MONDAY, MONDAY + 4), entry(MONDAY + 5, MONDAY + 9, "south"))["school"]) == 2
    assert len(marks(entry(MONDAY, MONDAY + 4), entry(MONDAY + 5, MONDAY + 9, known_from=MONDAY))["school"]) == 2
