"""Where the money of a landing went: what its files hold is used, set aside or replaced by a later file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import floats
from mrs.landing import FILES, REJECTIONS, landed
from mrs.landing.files import SALES
from mrs.landing.rejected import USED


@dataclass(frozen=True)
class Accounts:
    """Sales of a landing, in its own measure.

    Parameters
    ----------
    landed
        Of every row with a readable amount.
    used, set_aside, replaced
        Of the rows that are used, that are rejected, repeats or totals, and that a later file replaces.
    """

    landed: float
    used: float
    set_aside: float
    replaced: float

    @property
    def unexplained(self) -> float:
        """What no account holds: zero, or a fault of the reading; rounded to the cent."""
        return round(self.landed - self.used - self.set_aside - self.replaced, 2) + 0.0


def accounts_of(tables: Mapping[str, pa.Table]) -> Accounts:
    """Return the accounts of a landing's tables, as `read_landing` or a run's checks leave them."""
    files = tables[FILES].filter(pc.equal(tables[FILES]["feed"], SALES))
    return Accounts(
        landed=_sum(files["sales"]),
        used=_sum(tables[landed(SALES)]["sales"]),
        set_aside=_sum(set_aside_rows(tables[REJECTIONS])["sales"]),
        replaced=_sum(files["replaced"]),
    )


def set_aside_rows(rejections: pa.Table) -> pa.Table:
    """Return one rejection for each sales row that is not used, the first where several columns are at fault."""
    lost = rejections.filter(pc.and_(pc.equal(rejections["dataset"], SALES), pc.not_equal(rejections["outcome"], USED)))
    if not lost.num_rows:
        return lost
    keys = ["file", "row_number", "date"]
    at = lost.select(keys).append_column("at", pa.array(np.arange(lost.num_rows)))
    firsts = at.group_by(keys).aggregate([("at", "min")])["at_min"].to_numpy()
    return lost.take(pa.array(np.sort(firsts)))


def set_aside_by_rule(rejections: pa.Table) -> list[tuple[str, int, float]]:
    """Return the rules that set sales rows aside, with their rows and sales, the most money first."""
    by_rule = set_aside_rows(rejections).group_by("rule").aggregate([("sales", "sum"), ("rule", "count")])
    rows = zip(*(by_rule[c].to_pylist() for c in ("rule", "rule_count", "sales_sum")), strict=True)
    return sorted(((rule, count, sales or 0.0) for rule, count, sales in rows), key=lambda r: (-abs(r[2]), -r[1], r[0]))


def _sum(column: pa.ChunkedArray) -> float:
    return float(np.nansum(floats(column)))
