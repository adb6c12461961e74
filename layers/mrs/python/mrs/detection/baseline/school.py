"""School holidays, and the days on which a term begins again: parents buy what children need, and are back in town."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mrs.detection.baseline.params import SCHOOL_GAP_DAYS, SCHOOL_LONG_DAYS
from mrs.detection.baseline.scopes import Entry, Place

SCHOOL_HOLIDAY = "school_holiday"
SCHOOL_MARKS = ("school", "school_first", "school_last", "term_first", "term_week")
"""Names of the marks: the holidays, their first day, the day after them, and after long ones the first school day and
the week in which it is."""


def school_marks(calendar: Sequence[Entry]) -> Iterator[tuple[str, Entry, int, int]]:
    """Yield a name, an entry, and from which to which day (since 1970-01-01) it is marked; holidays must be whole."""
    for e in calendar:
        if e.kind != SCHOOL_HOLIDAY:
            continue
        yield "school", e, e.start, e.end
        yield "school_first", e, e.start, e.start
        yield "school_last", e, e.end + 1, e.end + 1
        if e.end - e.start + 1 >= SCHOOL_LONG_DAYS:
            term = e.end + 1 + _days_of_weekend(e.end + 1)
            yield "term_first", e, term, term
            yield "term_week", e, e.end + 1, term + 6


def with_whole_holidays(calendar: Sequence[Entry]) -> list[Entry]:
    """Return a calendar with school holidays from their first to their last day, in the order in which they begin.

    A feed may tell them day by day without weekends. Only what was known from the same day on is joined.
    """
    told: list[Entry] = []
    until: list[int] = []
    last: dict[tuple[str, Place, int], int] = {}
    for e in sorted(calendar, key=lambda e: e.start):
        key = (e.kind, e.place, e.known_from)
        at = last.get(key)
        if e.kind == SCHOOL_HOLIDAY and at is not None and e.start - until[at] <= SCHOOL_GAP_DAYS + 1:
            until[at] = max(until[at], e.end)
        else:
            last[key] = len(told)
            told.append(e)
            until.append(e.end)
    return [e if e.end == end else replace(e, end=end) for e, end in zip(told, until, strict=True)]


def _days_of_weekend(day: int) -> int:
    """Return how many days a weekend still has from a day (since 1970-01-01) on, 0 on a weekday."""
    weekday = (day + 3) % 7
    return 7 - weekday if weekday >= 5 else 0
