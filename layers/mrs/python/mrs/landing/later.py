"""Files that speak of the same store-days: which is the later one, and when it is no correction but another part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa

from mrs.arrays import BoolArray, IntArray

LEAST_SHARED = 10
MOSTLY = 0.5
MANY_DATES = 7
CENT = 0.005
_DIGITS = re.compile(r"(\d+)")


def natural_order(file: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts file names as a person does: v9 before v10, `sales` before `sales-corrected`."""
    stem = str(PurePosixPath(file).parent / PurePosixPath(file).name.split(".")[0])
    return tuple((1, int(p), "") if p.isdigit() else (0, 0, p.casefold()) for p in _DIGITS.split(stem) if p)


def is_version(earlier: str, later: str) -> bool:
    """Whether two names differ by numbers alone, or the later one carries on the earlier one."""
    a, b = (PurePosixPath(f).name.split(".")[0].casefold() for f in (earlier, later))
    return b.startswith(a) or _DIGITS.sub("", a) == _DIGITS.sub("", b)


@dataclass(frozen=True)
class Replaced:
    """What one file says anew of the rows of another.

    Parameters
    ----------
    earlier, later
        The files' names.
    rows, differing
        How many keys both have, and of how many the sales differ.
    dates
        How many dates these have.
    before, after
        Their sales as the earlier and the later file give them.
    """

    earlier: str
    later: str
    rows: int
    differing: int
    dates: int
    before: float
    after: float

    @property
    def is_unclear(self) -> bool:
        """Whether the later file may as well be another part of the sales: most rows differ, and not on a day or two.

        A correction leaves most of what it repeats as it was, or is about few days and says so by its name.
        """
        if self.rows < LEAST_SHARED or self.differing <= MOSTLY * self.rows:
            return False
        return self.dates >= MANY_DATES or not is_version(self.earlier, self.later)

    @property
    def note(self) -> str:
        """One line for people: who wins, and the money that it changes."""
        if not self.differing:
            return f"{self.later} repeats {self.rows} rows of {self.earlier}"
        return (
            f"{self.later} corrects {self.rows} rows of {self.earlier}: "
            f"sales of {self.before:,.2f} become {self.after:,.2f}"
        )

    @property
    def question(self) -> str:
        """One line that asks what the files are, and says how to answer."""
        return (
            f"gives other sales than {self.earlier} for {self.differing} of {self.rows} rows that both have "
            f"({self.after:,.2f} beside {self.before:,.2f}): say in landing.toml, under [unified_sales_data], "
            'same_key = "sum" if they are parts of the sales, or same_key = "replace" if the later one corrects'
        )


def replaced(table: pa.Table, file: IntArray, names: Sequence[str], old: IntArray, new: IntArray) -> list[Replaced]:
    """Return what each file says anew; `old` and `new` are rows that share a key, in pairs."""
    sales = np.asarray(table["sales"].to_numpy(), dtype=np.float64)
    dates = np.asarray(table["date"].cast(pa.int32()).to_numpy())
    found = []
    pairs = file[old] * len(names) + file[new]
    for pair in np.unique(pairs):
        mine: BoolArray = pairs == pair
        a, b = sales[old[mine]], sales[new[mine]]
        differing = int((np.abs(a - b) > CENT).sum())
        earlier, later = names[int(pair) // len(names)], names[int(pair) % len(names)]
        days = len(np.unique(dates[old[mine]]))
        found.append(Replaced(earlier, later, int(mine.sum()), differing, days, float(a.sum()), float(b.sum())))
    return found
