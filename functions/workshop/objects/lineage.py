"""Lineage: every log row about a report or an event, in the order of writing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import Dataset, dataset

from functions.workshop.http.cursors import Cursor, list_hash
from functions.workshop.objects.filters import HistoryPage
from functions.workshop.objects.models import History, LogRow
from functions.workshop.state.columns import objects_in_force
from functions.workshop.state.context import RequestContext
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import View, aware, pinned, view_at, view_of

# Logs with rows of a report only while it lives, and those that may have rows of it at any later tick.
WHILE_ALIVE = ("MRDL", "MRCL", "MRPAL")
EVER_AFTER = ("MRCH", "MRFL", "rereview_worklist_log")
OF_EVENTS = ("MELOG", "ui_notifications_log")
QUIET_DAYS = timedelta(days=28)


def of_report(context: RequestContext, page: HistoryPage, report_id: str) -> History:
    """Return every log row about a report, including its event's registration and alerts.

    Raises
    ------
    NotFoundError
        If the state has no such report.
    """
    view, cursor = opened(context, page, report_id)
    row = view.row(REPORTS, report_id)
    rows = _reports_rows(view, {report_id: row})
    groups = {r["report_group_id"] for ds, r in rows if ds.short == "MRCH"} | {row["report_group_id"]}
    rows += [*_events_rows(view, groups - {None}, row), *_edits(view, {report_id}, groups)]
    return _history(view, rows, page, report_id, cursor)


def of_event(context: RequestContext, page: HistoryPage, group: str) -> History:
    """Return every log row about an event: its registration, its members' cohort and final rows, edits, alerts.

    Raises
    ------
    NotFoundError
        If the state has no such event.
    """
    view, cursor = opened(context, page, group)
    row = view.row(EVENTS, group)
    logs = [dataset(name) for name in ("MRCH", "MRFL")]
    rows = [(ds, r) for ds in logs for r in _about(view, ds, "report_group_id", {group}, row["first_detected_at"])]
    rows += [*_events_rows(view, {group}, row), *_edits(view, set(), {group})]
    return _history(view, rows, page, group, cursor)


def opened(context: RequestContext, page: HistoryPage, owner: str) -> tuple[View, Cursor | None]:
    """Return the state of a page of an object's lineage, and the cursor at which it begins; None for the first page."""
    cursor = Cursor.read(page.cursor, list_hash(owner, page, None)) if page.cursor else None
    return view_of(context, cursor) if cursor else view_at(context, page), cursor


def _reports_rows(view: View, reports: dict[str, dict[str, Any]]) -> list[tuple[Dataset, dict[str, Any]]]:
    found: list[tuple[Dataset, dict[str, Any]]] = []
    first = min(r["first_detected_at"] for r in reports.values())
    quiet = max(r["last_detected_at"] for r in reports.values()).date() + QUIET_DAYS
    rereviewed = _about(view, dataset("rereview_worklist_log"), "report_id", set(reports), first)
    for name in (*WHILE_ALIVE, *EVER_AFTER):
        ds = dataset(name)
        until = quiet if name in WHILE_ALIVE and not rereviewed else None
        found += [(ds, r) for r in _about(view, ds, "report_id", set(reports), first, until)]
    return found


def _events_rows(view: View, groups: Collection[str], row: dict[str, Any]) -> list[tuple[Dataset, dict[str, Any]]]:
    """Return an event's rows of MELOG and of its alerts; an event is never older than its first report."""
    found: list[tuple[Dataset, dict[str, Any]]] = []
    for name, column in zip(OF_EVENTS, ("report_group_id", "event_id"), strict=True):
        ds = dataset(name)
        found += [(ds, r) for r in _about(view, ds, column, groups, row["first_detected_at"])]
    return found


def _edits(
    view: View, reports: Collection[str], groups: Collection[str | None]
) -> list[tuple[Dataset, dict[str, Any]]]:
    found: list[tuple[Dataset, dict[str, Any]]] = []
    for kind, ids in ((REPORTS, reports), (EVENTS, groups)):
        known = {e.edit_id for e in view.edits(kind) if e.object_id in ids}
        keys = {e.key for e in view.edits(kind) if e.object_id in ids}
        objects = [(k, s) for k, s in view.logs.find(kind.edits, view.run_id) if s.key in keys]
        for (key, _), table in zip(objects, view.logs.objects.get_tables(s for _, s in objects), strict=True):
            rows = (r for r in table.to_pylist() if r["edit_id"] in known and r[kind.id_column] in ids)
            found += [(kind.edits, {**r, "run_id": key.run_id, "tick": key.tick}) for r in rows]
    return found


def _about(
    view: View, ds: Dataset, column: str, ids: Collection[str], first: datetime, until: date | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a log in which a column holds one of the ids, from the tick of the first day on."""
    wanted = pa.array(sorted(ids), pa.string())
    found = objects_in_force(view, ds, first.date(), until)
    rows = []
    for (key, _), table in zip(found, view.logs.objects.get_tables(s for _, s in found), strict=True):
        if table.num_rows:
            hits = table.filter(pc.is_in(table[column], value_set=wanted)).to_pylist()
            rows += [{**r, "run_id": key.run_id, "tick": key.tick} for r in hits]
    return rows


def _history(
    view: View, rows: Iterable[tuple[Dataset, dict[str, Any]]], page: HistoryPage, owner: str, cursor: Cursor | None
) -> History:
    order = {ds: at for at, ds in enumerate((*WHILE_ALIVE, *EVER_AFTER, *OF_EVENTS))}
    ordered = sorted(rows, key=lambda x: (x[1]["written_at"], x[1]["tick"], order.get(x[0].short or x[0].name, 99)))
    start = cursor.offset if cursor else 0
    following = start + page.limit
    items = [
        LogRow(
            dataset=ds.name, short=ds.short, written_at=aware(r["written_at"]), tick=r["tick"], row=_in_contract(ds, r)
        )
        for ds, r in ordered[start : start + page.limit]
    ]
    more = following < len(ordered)
    return History(
        items=items,
        next_cursor=pinned(view, following, list_hash(owner, page, None)).text() if more else None,
        n_rows=len(ordered),
        state=view.described(),
    )


def _in_contract(ds: Dataset, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row in the contract's order of columns, times with their zone."""
    values = ((name, row.get(name)) for name in ds.schema.names)
    return {k: aware(v) if isinstance(v, datetime) else v for k, v in values}
