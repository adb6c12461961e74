"""Sales rolled up from store-days to regions, retailers or all, by day or week, with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from mrs.errors import BadInputError

Grain = Literal["day", "week"]
By = Literal["store", "region", "retailer", "all"]
Z90 = 1.6448536269514722
"""Half-width of a 90 % interval in standard deviations."""
NOWHERE = "unknown"


def placed(sales: pa.Table, stores: pa.Table | None, reports: pa.Table) -> pa.Table:
    """Return store-days with `retailer`, `region` and `report_group_id` beside them, sorted by store and date."""
    if stores is None:
        stores = pa.table({name: pa.array([], pa.string()) for name in ("store_id", "retailer", "region")})
    at = _found(sales["store_id"], stores["store_id"])
    of_report = _found(sales["report_id"], reports["report_id"])
    for name, table, row in (
        ("retailer", stores, at),
        ("region", stores, at),
        ("report_group_id", reports, of_report),
    ):
        sales = sales.append_column(name, table[name].combine_chunks().take(row))
    return sales.sort_by([("store_id", "ascending"), ("date", "ascending")])


def _found(wanted: pa.ChunkedArray, among: pa.ChunkedArray) -> pa.Array:
    """Return the row of each wanted value, null where it is none of them."""
    rows = pc.index_in(wanted, value_set=among.combine_chunks())
    return rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows


def rolled_up(store_days: pa.Table, grain: Grain, by: By) -> pa.Table:
    """Return one row a geo and period.

    - a store-day whose sales are not known, or known in part only, is replaced by its expectation and has weight zero;
    - a store-day without an expectation counts as it was sold, with full weight;
    - `adjusted_sd`: what the intervals say, as a standard deviation. Within one Minority Event the doubt is one doubt
      (its cause), so that it adds up; between events it is independent, so that squares add up;
    - `weight`: the share of the expected money that may be learned from, 0 to 1.

    Parameters
    ----------
    store_days
        As `placed` returns them.
    grain, by
        A week is named by its Monday; the geo of `all` is `all`.
    """
    if grain not in ("day", "week") or by not in ("store", "region", "retailer", "all"):
        raise BadInputError(f"grain is day or week, by is store, region, retailer or all; not {grain!r}, {by!r}")
    rows = _measured(store_days)
    keys = ["geo", "date"]
    rows = rows.append_column("geo", _geo(store_days, by)).set_column(
        rows.schema.get_field_index("date"), "date", _period(rows["date"], grain)
    )
    totals = rows.group_by(keys).aggregate(
        [(c, "sum") for c in ("observed", "expected", "minority", "adjusted", "money", "usable", "usable_days")]
        + [("observed", "count"), ("day", "count"), ("day", "count_distinct")]
    )
    doubt = rows.filter(pc.greater(rows["sd"], 0.0)).group_by([*keys, "doubt"]).aggregate([("sd", "sum")])
    doubt = doubt.append_column("square", pc.power(doubt["sd_sum"], 2.0))
    doubt = doubt.group_by(keys).aggregate([("square", "sum")])
    both = totals.join(doubt, keys).sort_by([("geo", "ascending"), ("date", "ascending")])
    money, days = both["money_sum"], both["day_count"].cast(pa.float64())
    weight = pc.if_else(
        pc.greater(money, 0.0), pc.divide(both["usable_sum"], money), pc.divide(both["usable_days_sum"], days)
    )
    return pa.table(
        {
            "geo": both["geo"],
            "date": both["date"],
            "observed_sales": both["observed_sum"],
            "expected_sales": both["expected_sum"],
            "minority_sales": both["minority_sum"],
            "adjusted_sales": both["adjusted_sum"],
            "adjusted_sd": pc.sqrt(pc.fill_null(both["square_sum"], 0.0)),
            "weight": pc.min_element_wise(pc.max_element_wise(weight, 0.0), 1.0),
            "known_share": pc.divide(both["observed_count"].cast(pa.float64()), days),
            "store_days": both["day_count"],
            "days": both["day_count_distinct"],
        }
    )


def _measured(t: pa.Table) -> pa.Table:
    known = pc.is_valid(t["observed_sales"])
    usable = pc.multiply(pc.subtract(1.0, t["exclude_probability"]), known.cast(pa.float64()))
    money = pc.max_element_wise(pc.coalesce(t["expected_sales"], t["observed_sales"]), 0.0)
    stood_in = pc.and_(is_partial(t), pc.is_valid(t["expected_sales"]))
    sd = pc.divide(pc.subtract(t["adjusted_high"], t["adjusted_low"]), 2 * Z90)
    return pa.table(
        {
            "date": t["date"],
            "day": t["date"],
            "observed": t["observed_sales"],
            "expected": t["expected_sales"],
            "minority": t["minority_sales"],
            "adjusted": pc.coalesce(pc.if_else(stood_in, None, t["adjusted_sales"]), t["expected_sales"]),
            "money": money,
            "usable": pc.multiply(usable, money),
            "usable_days": usable,
            "sd": pc.fill_null(sd, 0.0),
            "doubt": pc.coalesce(t["report_group_id"], t["report_id"]),
        }
    )


def is_partial(t: pa.Table) -> pa.ChunkedArray | pa.Array:
    """Return where rows of a store-day were set aside; a state of an older version of the contract does not say."""
    if "quality" not in t.column_names:
        return pa.repeat(pa.scalar(False), t.num_rows)
    return pc.fill_null(pc.equal(t["quality"], "partial"), False)


def _geo(t: pa.Table, by: By) -> pa.ChunkedArray | pa.Array:
    if by == "all":
        return pa.repeat("all", t.num_rows)
    return t["store_id"] if by == "store" else pc.fill_null(t[by], NOWHERE)


def _period(days: pa.ChunkedArray, grain: Grain) -> pa.ChunkedArray:
    return days if grain == "day" else pc.floor_temporal(days, unit="week").cast(pa.date32())


def changed_rows(old: pa.Table, new: pa.Table, key: Sequence[str], values: Sequence[str]) -> pa.Table:
    """Return the rows of `new` that `old` lacks or holds with other values, with the old values beside them.

    Old values are named `<column>_before`; they are null for a row that is new. Rows that are gone are not returned:
    a published store-day or event does not vanish within a run.
    """
    row = _found(_one_key(new, key), _one_key(old, key))
    differs = pc.is_null(row)
    for value in values:
        before = old[value].combine_chunks().take(row)
        now = new[value].combine_chunks()
        other = pc.fill_null(pc.not_equal(now, before), False)
        differs = pc.or_(differs, pc.or_(other, pc.xor(pc.is_null(now), pc.is_null(before))))
        new = new.append_column(f"{value}_before", before)
    return new.filter(differs).sort_by([(k, "ascending") for k in key])


def _one_key(table: pa.Table, key: Sequence[str]) -> pa.ChunkedArray:
    texts = [table[k].cast(pa.string()) for k in key]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "\x1f")
