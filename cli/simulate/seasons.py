"""The calendar of a world: named holidays that move, school holidays by region, and how trade swings with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from cli.simulate.options import SimulationOptions
from cli.simulate.places import Flags, Floats

# Name, days after Easter Sunday (moving) or (month, day), and whether only some regions keep it.
MOVING = (
    ("Good Friday", -2, False),
    ("Easter Monday", 1, False),
    ("Ascension Day", 39, False),
    ("Whit Monday", 50, False),
    ("Corpus Christi", 60, True),
)
FIXED = (
    ("New Year's Day", 1, 1, False),
    ("Epiphany", 1, 6, True),
    ("Labour Day", 5, 1, False),
    ("Republic Day", 10, 3, False),
    ("All Saints' Day", 11, 1, True),
    ("Christmas Day", 12, 25, False),
    ("Boxing Day", 12, 26, False),
)


@dataclass(frozen=True)
class CalendarRow:
    """One entry of the calendar; a null scope means all."""

    start: date
    end: date
    name: str
    kind: str
    region: str | None = None
    store_id: str | None = None


@dataclass(frozen=True)
class Seasons:
    """Holidays by region and day: `holiday` and `school` are flags of shape (R, D), `rows` the calendar."""

    holiday: Flags
    school: Flags
    rows: tuple[CalendarRow, ...]


def easter(year: int) -> date:
    """Return Easter Sunday of a year (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    m = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def make_seasons(options: SimulationOptions, regions: tuple[str, ...]) -> Seasons:
    """Draw which regions keep which holidays, and when their schools are closed."""
    rng = options.stream("seasons")
    last = options.start + timedelta(days=options.days - 1)
    optional = {name for name, *_, some in (*MOVING, *FIXED) if some}
    keeps = {name: rng.random(len(regions)) < 0.5 for name in sorted(optional)}
    offset = rng.integers(0, 5, len(regions))
    rows: list[CalendarRow] = []
    for year in range(options.start.year, last.year + 1):
        sunday = easter(year)
        named = [(n, sunday + timedelta(days=k)) for n, k, _ in MOVING] + [
            (n, date(year, m, d)) for n, m, d, _ in FIXED
        ]
        for name, day in named:
            scope = [None] if name not in keeps else [r for r, kept in zip(regions, keeps[name], strict=True) if kept]
            rows += [CalendarRow(day, day, name, "public_holiday", region) for region in scope]
        for region, weeks in zip(regions, offset.tolist(), strict=True):
            rows += _school_rows(year, sunday, region, weeks)
    rows = [r for r in rows if r.end >= options.start and r.start <= last]
    flags = {kind: np.zeros((len(regions), options.days), bool) for kind in ("public_holiday", "school_holiday")}
    for row in rows:
        where = slice(None) if row.region is None else regions.index(row.region)
        first = max(0, (row.start - options.start).days)
        flags[row.kind][where, first : (row.end - options.start).days + 1] = True
    return Seasons(flags["public_holiday"], flags["school_holiday"], tuple(rows))


def _school_rows(year: int, sunday: date, region: str, weeks: int) -> list[CalendarRow]:
    """Return a region's school holidays of a year, `weeks` later than those of the earliest region."""

    def row(name: str, start: date, days: int) -> CalendarRow:
        return CalendarRow(start, start + timedelta(days=days - 1), name, "school_holiday", region)

    return [
        row("Winter break", date(year, 2, 1) + timedelta(days=3 * weeks), 7),
        row("Easter break", sunday - timedelta(days=13 - weeks), 14),
        row("Summer break", date(year, 6, 20) + timedelta(days=7 * weeks), 42),
        row("Autumn break", date(year, 10, 4) + timedelta(days=4 * weeks), 12),
        row("Christmas break", date(year, 12, 22), 14),
    ]


def holiday_swing(holiday: Flags) -> Floats:
    """Return the log swing of trade on the days around holidays, shape (R, D)."""
    eve = np.zeros(holiday.shape)
    eve[:, :-1] += 0.20 * holiday[:, 1:]
    eve[:, :-2] += 0.08 * holiday[:, 2:]
    eve[:, 1:] += 0.07 * holiday[:, :-1]
    return np.where(holiday, -0.1, np.minimum(eve, 0.3))
