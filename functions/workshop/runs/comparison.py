"""Two runs side by side: events that both or only one found, causes that changed, and the money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from functions.workshop.events.models import Event
from functions.workshop.http.parameters import When
from functions.workshop.objects.serialise import shown
from functions.workshop.runs.models import CompareTotals, Comparison, EventMatch
from functions.workshop.runs.requests import CompareRuns
from functions.workshop.state.context import RequestContext
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import View, view_at

LEAST_SHARED = 0.5
Members = Mapping[str, frozenset[str]]


def compare(context: RequestContext, asked: CompareRuns) -> Comparison:
    """Return the difference between two runs.

    Reports have the same id in every run, so events are the same where they have the same id, or else where most of
    their reports are the same.

    Raises
    ------
    NotFoundError
        If a run has no state yet.
    """
    left, right = (view_at(context, When.model_validate({"run_id": run})) for run in (asked.left, asked.right))
    left.tick(), right.tick()
    ours, theirs = _members(left), _members(right)
    pairs = _pairs(ours, theirs)
    lefts, rights = _events(left), _events(right)
    matches = [_match(lefts[a], rights[b], shared) for a, b, shared in pairs]
    matched_left, matched_right = {a for a, _, _ in pairs}, {b for _, b, _ in pairs}
    only_left = [e for name, e in lefts.items() if name in ours.keys() - matched_left]
    only_right = [e for name, e in rights.items() if name in theirs.keys() - matched_right]
    matches.sort(key=lambda m: (-abs(m.sales_delta_change), m.left.report_group_id))
    return Comparison(
        left=left.described(),
        right=right.described(),
        left_totals=_totals(left),
        right_totals=_totals(right),
        n_in_both=len(matches),
        n_cause_changed=sum(m.cause_changed for m in matches),
        n_only_left=len(only_left),
        n_only_right=len(only_right),
        in_both=matches[: asked.limit],
        only_left=_by_money(only_left)[: asked.limit],
        only_right=_by_money(only_right)[: asked.limit],
    )


def _members(view: View) -> Members:
    table = view.objects(REPORTS).table
    found: dict[str, set[str]] = {}
    for report, group in zip(table["report_id"].to_pylist(), table["report_group_id"].to_pylist(), strict=True):
        if group is not None:
            found.setdefault(group, set()).add(report)
    return {group: frozenset(reports) for group, reports in found.items()}


def _events(view: View) -> dict[str, Event]:
    rows = view.objects(EVENTS).table.to_pylist()
    return {row["report_group_id"]: Event(**row) for row in shown(view, EVENTS, rows)}


def _pairs(left: Members, right: Members) -> list[tuple[str, str, float]]:
    """Return the events that are the same: by id, then those that share most of their reports, the best first."""
    pairs = [(g, g, _shared(left[g], right[g])) for g in sorted(left.keys() & right.keys())]
    home = {report: group for group, reports in right.items() if group not in left for report in reports}
    overlaps = []
    for group in sorted(left.keys() - right.keys()):
        for other in Counter(home[r] for r in left[group] if r in home):
            overlaps.append((_shared(left[group], right[other]), group, other))
    used: set[str] = set()
    for share, group, other in sorted(overlaps, key=lambda o: (-o[0], o[1], o[2])):
        if share >= LEAST_SHARED and group not in used and other not in used:
            pairs.append((group, other, share))
            used |= {group, other}
    return pairs


def _shared(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right)


def _match(left: Event, right: Event, shared: float) -> EventMatch:
    return EventMatch(
        left=left,
        right=right,
        shared_reports=round(shared, 6),
        cause_changed=left.cause != right.cause,
        status_changed=left.event_status != right.event_status,
        sales_delta_change=round(right.sales_delta - left.sales_delta, 6),
    )


def _by_money(events: Any) -> list[Event]:
    return sorted(events, key=lambda e: (-abs(e.sales_delta), e.report_group_id))


def _totals(view: View) -> CompareTotals:
    reports = view.objects(REPORTS).table
    sums: pa.Table = reports.group_by("cause", use_threads=False).aggregate([("sales_delta", "sum")])
    by_cause = dict(zip(sums["cause"].to_pylist(), sums["sales_delta_sum"].to_pylist(), strict=True))
    return CompareTotals(
        events=view.objects(EVENTS).table.num_rows,
        reports=reports.num_rows,
        sales_delta=round(float(sum(by_cause.values())), 6),
        by_cause={k: round(v, 6) for k, v in sorted(by_cause.items())},
    )
