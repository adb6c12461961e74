"""Dates as people write them: which formats fit a column of text, and the column read in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

FORMATS = (
    *("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"),
)
TIMES = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", "T%H:%M:%S.%f", "T%H:%M:%S%z", " %H:%M:%S%z")


def read_dates(text: Sequence[str | None], form: str, zone: str | None) -> list[date | None]:
    """Return each text as a date, or None where it is not in this form; instants as the date in the time zone.

    A time of day without a time zone is not a date: only midnight is.
    """
    return [None if word is None else _read(word.strip(), form, zone) for word in text]


def _read(word: str, form: str, zone: str | None) -> date | None:
    try:
        moment = datetime.strptime(word, form)  # noqa: DTZ007 (a date; a time zone is looked at below)
    except ValueError:
        return None
    if moment.tzinfo is not None and zone is not None:
        moment = moment.astimezone(ZoneInfo(zone))
    if zone is None and (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        return None
    return moment.date()


def possible_formats(text: pa.Array) -> list[str]:
    """Return the formats that read the most values, those that read all of them alike counting once."""
    values = [v for v in pc.unique(text).to_pylist() if v and v.strip()]
    if not values:
        return []
    found: dict[str, list[date | None]] = {}
    most = 0
    for day in FORMATS:
        for time in TIMES:
            dates = read_dates(values, day + time, "UTC" if time else None)
            count = sum(d is not None for d in dates)
            if count < max(most, 1):
                continue
            if count > most:
                found, most = {}, count
            if dates not in found.values():
                found[day + time] = dates
    return list(found)
