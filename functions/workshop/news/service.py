"""Compares the events of two states, and names what a person who saw the first one does not know yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mrs.contracts import Status

from functions.workshop.http.parameters import When
from functions.workshop.news.models import Kind, News, NewsItem
from functions.workshop.state.context import RequestContext
from functions.workshop.state.edit_log import LoggedEdit
from functions.workshop.state.kinds import EVENTS
from functions.workshop.state.view import view_at

GROWN = 1.1
"""Ratio of an event's money now to its money then from which on it has grown."""
GONE = (Status.REJECTED, Status.MERGED)
COLUMNS = ["report_group_id", "name", "event_status", "cause", "sales_delta", "n_stores"]
Row = Mapping[str, Any]


def news(context: RequestContext, run_id: str | None, since: datetime, looked_at: datetime) -> News:
    """Return what has changed in a run's events since a state, and what others have decided since a time.

    Parameters
    ----------
    context, run_id
        The request, and the run; None for the active one.
    since
        The moment of the state that the person saw: its logical time, UTC.
    looked_at
        When the person saw it, UTC: people's edits have the time of the clock, states that of their tick.
    """
    then, now = (view_at(context, When(run_id=run_id, as_of=moment)) for moment in (since, None))
    before, after = (view.objects(EVENTS).table.select(COLUMNS).to_pylist() for view in (then, now))
    others = [e for e in now.edits(EVENTS) if e.written_at > looked_at and e.author != context.caller.name]
    items = changes(before, after, others)
    return News(items=items, before=then.described(), state=now.described())


def changes(before: Iterable[Row], after: Iterable[Row], edits: Iterable[LoggedEdit]) -> list[NewsItem]:
    """Return the events that differ between two states, those with the most money first.

    Parameters
    ----------
    before, after
        The events of each state.
    edits
        What other people have decided since, the oldest first.
    """
    known = {row["report_group_id"]: row for row in before}
    decided = {edit.object_id: edit.author for edit in edits}
    items = []
    for row in after:
        old = known.get(row["report_group_id"])
        kind = _kind(old, row, row["report_group_id"] in decided)
        if kind is not None:
            by = decided[row["report_group_id"]] if kind is Kind.DECIDED else None
            was = None if old is None else old["sales_delta"]
            shown = {name: row[name] for name in NewsItem.model_fields if name in row}
            items.append(NewsItem(**shown, kind=kind, sales_delta_before=was, by=by))
    return sorted(items, key=lambda item: (-abs(item.sales_delta), item.report_group_id))


def _kind(old: Row | None, row: Row, is_decided: bool) -> Kind | None:
    """Return what happened to an event, or None if nothing worth telling did."""
    if is_decided:
        return Kind.DECIDED
    if old is None:
        return None if row["event_status"] in GONE else Kind.NEW
    if row["event_status"] == Status.CLOSED and old["event_status"] in (Status.OPEN, Status.ONGOING):
        return Kind.CLOSED
    grown = abs(row["sales_delta"]) > GROWN * abs(old["sales_delta"]) or row["n_stores"] > old["n_stores"]
    return Kind.GREW if grown and row["event_status"] not in GONE else None
