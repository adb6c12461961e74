"""School holidays, and the days on which a term begins again: parents buy what children need, and are back in town."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mrs.detection.baseline.params import SCHOOL_GAP_DAYS, SCHOOL_LONG_DAYS
from mrs.detection.baseline.scopes import Entry, Place

SCHOOL_MARKS = ("school", "school_first", "school_last", "term_first", "term_week")
"""Names of the marks: the holidays, their first day, the day after them, and after long ones the first school day and
the week in which it is."""


def school_marks(calendar: Sequence[Entry]) -> Iterator[tuple[str, Entry, int, int]]:
    """Yield a name, an entry, and from which to which day (since 1970-01-01) it is marked."""
    for e in _whole(calendar):
        yield "school", e, e.start, e.end
        yield "school_first", e, e.start, e.start
        yield "school_last", e, e.end + 1, e.end + 1
        if e.end - e.start + 1 >= SCHOOL_LONG_DAYS:
            term = e.end + 1 + _days_of_weekend(e.end + 1)
            yield "term_first", e, term, term
            yield "term_week", e, e.end + 1, term + 6


def _whole(calendar: Sequence[Entry]) -> list[Entry]:
    """Return school holidays from their first to their last day, where a feed tells them day by day without weekends.

    Only what was known from the same day on is joined.
    """
    joined: list[Entry] = []
    last: dict[tuple[Place, int], int] = {}
    for e in sorted((e for e in calendar if e.kind == "school_holiday"), key=lambda e: e.start):
        key = (e.place, e.known_from)
        at = last.get(key)
        if at is not None and e.start - joined[at].end <= SCHOOL_GAP_DAYS + 1:
            joined[at] = replace(joined[at], end=max(joined[at].end, e.end))
        else:
            last[key] = len(joined)
            joined.append(e)
    return joined


def _days_of_weekend(day: int) -> int:
    """Return how many days a weekend still has from a day (since 1970-01-01) on, 0 on a weekday."""
    weekday = (day + 3) % 7
    return 7 - weekday if weekday >= 5 else 0
