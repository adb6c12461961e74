"""One tick of cohorting: who stays, who joins, which event absorbs which, what is founded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from mrs.cohorts.edits import Decisions
from mrs.cohorts.membership import Cohorts, Event, Membership
from mrs.identity import report_group_id, sha256_hex
from mrs.settings import CohortSettings

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class TickReports:
    """The clustered reports of one tick, aligned and sorted by `report_id`.

    `cluster` holds codes, `first` days as ordinals of the calendar; `region` may hold None. `known_since` holds
    the first day of the reports that people have removed from an event.
    """

    tick: date
    report_id: NDArray[np.object_]
    cluster: IntArray
    score: NDArray[np.float64]
    is_noise: NDArray[np.bool_]
    status: NDArray[np.object_]
    first: IntArray
    direction: NDArray[np.object_]
    region: NDArray[np.object_]
    known_since: Mapping[str, int]


@dataclass(frozen=True)
class Change:
    """What a tick wrote: the reports with a new MRCH row, and the events founded, both sorted."""

    written: list[str]
    founded: list[str]


def assign(reports: TickReports, state: Cohorts, decisions: Decisions, settings: CohortSettings) -> Change:
    """Bring the state to the tick: decisions by hand first, then absorption, joining and founding.

    A report that is in an event stays in it; only an event as a whole can be absorbed, by an older one.
    """
    moved = _apply_decisions(reports, state, decisions)
    founded = moved.founded
    pinned = _pinned(state, decisions)
    touched = set(moved.written) | set(_absorb(reports, state, pinned, decisions.apart, settings))
    founded = founded + _join_or_found(reports, state, pinned, settings)
    for k, report in enumerate(reports.report_id):
        known = state.members[report]
        state.members[report] = replace(
            known, status=str(reports.status[k]), score=float(reports.score[k]), tick=reports.tick
        )
    return Change(sorted(touched | set(reports.report_id)), sorted(founded))


def split_names(event: str, report: str, first: int | None) -> tuple[str, ...]:
    """Return what the event that a removed report makes is called: the first of these that no other event has.

    It is its own founder, so the contract's formula names it. Where that name is taken (the very report founded the
    event that it is taken out of, or one absorbed long since), or the report's first day is not known any more, the
    split is named after both.
    """
    named_after_both = sha256_hex(event + report)
    return (
        (named_after_both,) if first is None else (report_group_id(report, date.fromordinal(first)), named_after_both)
    )


def _apply_decisions(reports: TickReports, state: Cohorts, decisions: Decisions) -> Change:
    """Take removed reports out into events of their own, and let events merged by hand be absorbed."""
    written, founded = [], []
    row = {report: k for k, report in enumerate(reports.report_id)}
    for report, event in sorted(decisions.removed):
        known = state.members.get(report)
        if known is None or known.event not in (event, decisions.root(event)):
            continue
        first = reports.known_since.get(report)
        group = next(g for g in split_names(event, report, first) if g not in state.events)
        parent = state.events.get(event)
        k = row.get(report)
        if first is None:
            first = parent.first_detected_at if parent else reports.tick.toordinal()
        direction = str(reports.direction[k]) if k is not None else parent.direction if parent else "up"
        state.events[group] = Event(group, report, first, direction, reports.region[k] if k is not None else None)
        founded.append(group)
        state.members[report] = replace(known, group=group, joined_at=reports.tick, merged_into=None, tick=reports.tick)
        written.append(report)
    written += _part(state, decisions, reports.tick)
    for event in sorted({m.event for m in state.members.values()} & set(decisions.merged)):
        target = decisions.root(event)
        if target != event:
            written += state.absorb(event, target, reports.tick)
    return Change(written, founded)


def _part(state: Cohorts, decisions: Decisions, tick: date) -> list[str]:
    """Give events whose merge was taken back their own reports again; return those, and those to say so of now.

    What an event had absorbed by hand comes back with it; what it had absorbed by itself stays where it is.
    """
    written = []
    for report, known in sorted(state.members.items()):
        event = decisions.root(known.group)
        if event not in decisions.apart:
            continue
        own = None if event == known.group else event
        if own != known.merged_into or event in decisions.parted_now:
            state.members[report] = replace(known, merged_into=own, tick=tick)
            written.append(report)
    return written


def _pinned(state: Cohorts, decisions: Decisions) -> frozenset[str]:
    """Return the events made by a removal: they stay as the analyst left them."""
    found: set[str] = set()
    for event, report in ((e, r) for r, e in decisions.removed if r in state.members):
        group = state.members[report].group
        split = state.events.get(group)
        if group != event and split is not None and split.founder == report:
            found |= {group} & set(split_names(event, report, split.first_detected_at))
    return frozenset(found)


def _events_in_clusters(
    reports: TickReports, state: Cohorts, pinned: frozenset[str]
) -> tuple[NDArray[np.object_], IntArray, IntArray, IntArray]:
    """Return the events present, and per (cluster, event) pair: cluster, event code, number of reports."""
    event = [m.event if (m := state.members.get(r)) is not None else None for r in reports.report_id]
    known = np.array([e is not None and e not in pinned for e in event], dtype=bool)
    if not known.any():
        none = np.zeros(0, dtype=np.int64)
        return np.zeros(0, dtype=object), none, none, none
    names, code = np.unique(np.array(event, dtype=object)[known].astype(str), return_inverse=True)
    key, count = np.unique(reports.cluster[known] * len(names) + code, return_counts=True)
    return names.astype(object), key // len(names), key % len(names), count.astype(np.int64)


def _absorb(
    reports: TickReports, state: Cohorts, pinned: frozenset[str], apart: frozenset[str], settings: CohortSettings
) -> list[str]:
    """Let the older absorb the younger where one cluster holds most of the live reports of both."""
    names, cluster, event, count = _events_in_clusters(reports, state, pinned)
    if not len(names):
        return []
    alive = np.bincount(event, weights=count, minlength=len(names))
    mostly = count >= settings.absorb_share * alive[event]
    cluster, event = cluster[mostly], event[mostly]
    shared = np.flatnonzero(np.bincount(cluster) >= 2)
    written: list[str] = []
    for c in shared:
        together = [str(names[e]) for e in event[cluster == c]]
        older = state.older(together)
        for younger in sorted(set(together) - {older} - apart):
            written += state.absorb(younger, older, reports.tick)
    return written


def _join_or_found(reports: TickReports, state: Cohorts, pinned: frozenset[str], settings: CohortSettings) -> list[str]:
    """Let new reports join the event that their cluster is, or found one a cluster."""
    new = np.array([r not in state.members for r in reports.report_id], dtype=bool)
    if not new.any():
        return []
    home = _home_of_clusters(reports, state, pinned, settings)
    founded = []
    order = np.lexsort((np.arange(len(new)), reports.first))
    for k in order[new[order]]:
        report, cluster = str(reports.report_id[k]), int(reports.cluster[k])
        if cluster not in home:
            first = int(reports.first[k])
            group = report_group_id(report, date.fromordinal(first))
            state.events[group] = Event(group, report, first, str(reports.direction[k]), reports.region[k])
            home[cluster] = group
            founded.append(group)
        state.members[report] = Membership(home[cluster], reports.tick, None, "open", 0.0, reports.tick)
    return founded


def _home_of_clusters(
    reports: TickReports, state: Cohorts, pinned: frozenset[str], settings: CohortSettings
) -> dict[int, str]:
    """Return the event that each cluster is: the one with most reports in it, the older among equals.

    An event does not take over a cluster that holds only a small part of it.
    """
    names, cluster, event, count = _events_in_clusters(reports, state, pinned)
    if not len(names):
        return {}
    alive = np.bincount(event, weights=count, minlength=len(names))
    size = np.bincount(reports.cluster)
    fits = (count >= settings.join_share * alive[event]) | (count >= 0.5 * size[cluster])
    ages = np.array([state.events[n].age_key if n in state.events else (10**9, n) for n in names], dtype=object)
    age = np.empty(len(names), dtype=np.int64)
    age[sorted(range(len(names)), key=lambda k: tuple(ages[k]))] = np.arange(len(names))
    order = np.lexsort((age[event], -count, cluster))
    order = order[fits[order]]
    _, best = np.unique(cluster[order], return_index=True)
    return {int(cluster[k]): str(names[event[k]]) for k in order[best]}
