"""Lists of reports and events, filtered and sorted in memory with Arrow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import Status

from functions.workshop.http.cursors import Cursor, list_hash
from functions.workshop.objects.assignees import assignees
from functions.workshop.objects.filters import EventFilters, Filters, ReportFilters
from functions.workshop.objects.serialise import shown
from functions.workshop.objects.snoozes import snoozes
from functions.workshop.objects.worth import worth
from functions.workshop.state.context import RequestContext
from functions.workshop.state.kinds import EVENTS, REPORTS, ObjectKind
from functions.workshop.state.view import View, pinned, view_at, view_of

_A_STORE = re.compile(r"^\s*store\s+", re.IGNORECASE)


def page(context: RequestContext, kind: ObjectKind, filters: Filters, member_of: str | None = None) -> dict[str, Any]:
    """Return a page of the objects that pass the filters, with the cursor of the next.

    Parameters
    ----------
    context, kind, filters
        The request.
    member_of
        Only reports of this event.

    Raises
    ------
    BadInputError
        If the cursor belongs to another list.
    NotFoundError
        If there is no such event.
    """
    owner = list_hash(kind.name, filters, member_of)
    cursor = Cursor.read(filters.cursor, owner) if filters.cursor else None
    view = view_of(context, cursor) if cursor else view_at(context, filters)
    if member_of is not None:
        view.row(EVENTS, member_of)
    table = view.objects(kind).table
    rows = _matching(view, kind, table, filters, member_of)
    rows = rows[_order(table, rows, filters, kind)]
    start = cursor.offset if cursor else 0
    chosen = table.take(pa.array(rows[start : start + filters.limit]))
    following = start + filters.limit
    return {
        "items": shown(view, kind, chosen.to_pylist()),
        "next_cursor": pinned(view, following, owner).text() if following < len(rows) else None,
        "totals": _totals(kind, table, rows),
        "state": view.described(),
    }


def groups(context: RequestContext, kind: ObjectKind, filters: Filters, by: str) -> dict[str, Any]:
    """Return how the objects that pass the filters divide by the values of a column, those with most money first.

    What has several values, as an event in two regions, counts under each; `None` stands for what has none.
    """
    view = view_at(context, filters)
    table = view.objects(kind).table
    rows = _matching(view, kind, table, filters, None)
    at: dict[str | None, list[int]] = {}
    for row, value in zip(rows.tolist(), table[by].take(pa.array(rows)).to_pylist(), strict=True):
        for one in (value or [None]) if isinstance(value, list) else [value]:
            at.setdefault(one, []).append(row)
    worths, money = worth(kind, table), np.abs(table["sales_delta"].to_numpy())
    order = sorted(at, key=lambda value: (-float(money[at[value]].sum()), value or ""))
    events = view.objects(EVENTS) if by == "report_group_id" else None
    items = [
        {
            "value": value,
            "label": (events.row(value) or {}).get("name") if events and value else None,
            **_totals(kind, table, np.array(at[value])),
            "worth": float(worths[at[value]].sum()),
        }
        for value in order
    ]
    return {"items": items, "totals": _totals(kind, table, rows), "state": view.described()}


def _totals(kind: ObjectKind, table: pa.Table, rows: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return the number of rows and their sums, the same in any order of the rows.

    A merged event's money counts in the event that absorbed it.
    """
    own = np.sort(rows)
    if kind is EVENTS:
        own = own[~pc.equal(table[kind.status_column], Status.MERGED.value).to_numpy()[own]]
    delta, expected = (table[name].to_numpy()[own] for name in ("sales_delta", "expected_sales"))
    above = float(delta[delta > 0].sum())
    sums = {"sales_delta": float(delta.sum()), "sales_above": above, "expected_sales": float(expected.sum())}
    return {"rows": len(rows), **sums}


def _matching(
    view: View, kind: ObjectKind, table: pa.Table, filters: Filters, member_of: str | None
) -> npt.NDArray[np.int64]:
    """Return the numbers of the rows that pass every filter, in order."""
    masks = _common(view, kind, table, filters)
    if isinstance(filters, ReportFilters):
        masks += [_among(table, "store_id", filters.store), _among(table, "report_group_id", filters.event)]
        masks += [_among(table, "cluster_id", filters.cluster_id)]
        masks += [_among(table, "region", filters.region), _among(table, "retailer", filters.retailer)]
    if isinstance(filters, EventFilters):
        masks += [_has(table, "regions", filters.region), _has(table, "retailers", filters.retailer)]
        masks += [_with_report(view, table, "store_id", filters.store)]
        masks += [_with_report(view, table, "cluster_id", filters.cluster_id), _snoozed(view, table, filters.snoozed)]
        masks += [_assigned(view, table, filters.assignee)]
    if member_of is not None:
        masks.append(_among(table, "report_group_id", [member_of]))
    keep = np.ones(table.num_rows, dtype=bool)
    for mask in masks:
        if mask is not None:
            keep &= np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=bool)
    return np.flatnonzero(keep)


def _common(view: View, kind: ObjectKind, table: pa.Table, filters: Filters) -> list[Any]:
    return [
        _among(table, kind.status_column, filters.status),
        _among(table, "cause", filters.cause),
        _among(table, "direction", [filters.direction] if filters.direction else None),
        _at_least(table, "cause_confidence", filters.min_confidence),
        _at_most(table, "cause_confidence", filters.max_confidence),
        _money(table, filters.min_money, filters.max_money),
        _at_least(table, "severity", filters.min_severity),
        _at_most(table, "severity", filters.max_severity),
        _at_least(table, "last_detected_at", _midnight(filters.first)),
        _at_most(table, "first_detected_at", _midnight(filters.last)),
        None if filters.degraded is None else pc.equal(table["is_degraded"], filters.degraded),
        None if filters.edited is None else pc.equal(pc.greater(table["n_edits"], 0), filters.edited),
        _text(view, kind, table, filters.text),
    ]


def _among(table: pa.Table, column: str, values: Sequence[str] | None) -> Any:
    if values is None:
        return None
    return pc.is_in(table[column], value_set=pa.array([str(v) for v in values], pa.string()))


def _has(table: pa.Table, column: str, values: Sequence[str] | None) -> Any:
    """Return which rows have any of the values in their list."""
    if values is None:
        return None
    lists = table[column].combine_chunks()
    parents = pc.list_parent_indices(lists)
    hit = pc.is_in(pc.list_flatten(lists), value_set=pa.array(list(values), pa.string()))
    mask = np.zeros(table.num_rows, dtype=bool)
    mask[parents.filter(hit).to_numpy(zero_copy_only=False)] = True
    return pa.array(mask)


def _with_report(view: View, table: pa.Table, column: str, values: Sequence[str] | None) -> Any:
    """Return which events have a report with one of the values in a column."""
    if values is None:
        return None
    reports = view.objects(REPORTS).table
    groups = reports.filter(_among(reports, column, values))["report_group_id"]
    return pc.is_in(table["report_group_id"], value_set=groups.combine_chunks())


def _snoozed(view: View, table: pa.Table, wanted: bool | None) -> Any:
    if wanted is None:
        return None
    found = pc.is_in(table["report_group_id"], value_set=pa.array(sorted(snoozes(view)), pa.string()))
    return found if wanted else pc.invert(found)


def _assigned(view: View, table: pa.Table, people: Sequence[str] | None) -> Any:
    if people is None:
        return None
    own = sorted(event for event, name in assignees(view).items() if name in people)
    return pc.is_in(table["report_group_id"], value_set=pa.array(own, pa.string()))


def _money(table: pa.Table, least: float | None, most: float | None) -> Any:
    if least is None and most is None:
        return None
    money = pc.abs(table["sales_delta"])
    return pc.and_(pc.greater_equal(money, least or 0.0), pc.less_equal(money, np.inf if most is None else most))


def _at_least(table: pa.Table, column: str, value: float | datetime | None) -> Any:
    return None if value is None else pc.greater_equal(table[column], pa.scalar(value, table[column].type))


def _at_most(table: pa.Table, column: str, value: float | datetime | None) -> Any:
    return None if value is None else pc.less_equal(table[column], pa.scalar(value, table[column].type))


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001 (a business date)


def _text(view: View, kind: ObjectKind, table: pa.Table, text: str | None) -> Any:
    """Return which rows a text may mean: those of a name, of an id that begins so, of a store (`17`, `store 17`)."""
    if not text:
        return None
    store = _A_STORE.sub("", text, count=1) or text
    by_id = pc.starts_with(table[kind.id_column], text.lower())
    if kind is REPORTS:
        return pc.or_(by_id, pc.match_substring(table["store_id"], store, ignore_case=True))
    named = pc.match_substring(table["name"], text, ignore_case=True)
    return pc.or_(pc.or_(by_id, named), _with_report(view, table, "store_id", [store]))


def _order(table: pa.Table, rows: npt.NDArray[np.int64], filters: Filters, kind: ObjectKind) -> npt.NDArray[np.int64]:
    """Return the order of the rows: by the requested column, ties by id."""
    assert isinstance(filters, ReportFilters | EventFilters)  # noqa: S101
    column = "sales_delta" if filters.sort == "money" else filters.sort
    if column == "worth":
        values = worth(kind, table)[rows]
    elif pa.types.is_string(table.schema.field(column).type):
        values = np.unique(table[column].to_numpy(), return_inverse=True)[1][rows].astype(np.float64)
    else:
        values = table[column].cast(pa.int64() if column.endswith("_at") else pa.float64()).to_numpy()[rows]
    values = np.abs(values) if filters.sort == "money" else values
    return np.argsort(-values if filters.order == "desc" else values, kind="stable")
