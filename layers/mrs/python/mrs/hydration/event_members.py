"""Which reports count for which event, and what an event's reports add up to.

Everything is in a fixed order (event, then report), so that the sums of doubles do not depend on the order in which an
engine returns its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.contracts import Cause
from mrs.decisions.merges import merge_root
from mrs.decisions.verdict import NO_CANDIDATE, named
from mrs.hydration.candidates import candidates_json
from mrs.hydration.event_confidence import is_silent, pooled
from mrs.hydration.grouped import (
    at_places,
    best_of,
    codes,
    floats,
    has_value,
    names_at,
    nullable,
    part_of,
    pick,
    sums,
)

WITHOUT = ("detected_without", "proposed_without", "cohorted_without", "finalised_without")
"""The inputs that were missing when a report was detected, explained, put into an event and finalised."""
LEAST_ALTERNATIVE = 0.01
"""An event's cause below this probability is not named."""
LASTING_SHARE = 0.5
"""Share of an event's money in reports of a lasting change of level from which on the event is one."""
_STORES_TOLD_OF = r'"deviation": ?\{[^{}]*"stores": ?(?P<stores>[0-9]{1,9})'
_COPIED = (
    "report_group_id",
    "direction",
    "n_edits",
    "rename_value",
    "set_cause_value",
    "set_cause_at",
    "approve_value",
    "approved_at",
    "rejected_at",
    "reopen_value",
    "reopened_at",
)


def absorbed_by(events: pa.Table) -> dict[str, str]:
    """Return the event that each merged event is part of in the end, by the rows of `minority_events_log.sql`."""
    merges = {e: into for e, into in _pairs(events, "report_group_id", "into_id") if into is not None}
    return {event: merge_root(merges, event) for event in merges}


def placed(reports: pa.Table, events: pa.Table) -> pa.Array:
    """Return the event that each report counts for; null if it is in none."""
    merged = absorbed_by(events)
    return pa.array([merged.get(e, e) for e in reports["event_id"].to_pylist()], pa.string())


def event_rows(events: pa.Table, reports: pa.Table) -> pa.Table:
    """Return one row an event, with what its reports add up to.

    Parameters
    ----------
    events
        Rows of `minority_events_log.sql`.
    reports
        Rows of `minority_reports.sql`.

    Returns
    -------
    pa.Table
        In the order of `events`. An event's reports are those that joined it and those of the events that it absorbed.
        An absorbed event keeps its own reports to show. A cause weighs by the sum of |sales_delta| × confidence; how
        sure that makes it, `pooled` says.
    """
    members = Members.of(events, reports)
    merged = absorbed_by(events)
    into = pa.array([merged.get(e) for e in events["report_group_id"].to_pylist()], pa.string())
    columns = {name: events[name] for name in _COPIED} | {"merged_into": into}
    columns |= _totals(members, events) | _life(members, into)
    columns |= _model_cause(members) | _cause_in_force(members) | _missing(members, events) | _lasting(members)
    return pa.table(columns)


@dataclass(frozen=True)
class Members:
    """The reports of each event, by event and report.

    Parameters
    ----------
    n
        The number of events.
    event
        Which event, one entry a member.
    reports
        The member's row of the reports.
    candidates
        The causes that its models proposed: `member`, `cause` (text), `confidence`, `unseen`, `evidence`, one row a
        candidate.
    """

    n: int
    event: IntArray
    reports: pa.Table
    candidates: pa.Table

    @classmethod
    def of(cls, events: pa.Table, reports: pa.Table) -> Members:
        """Return the members of the events."""
        joined, at = reports["joined_group_id"].combine_chunks(), placed(reports, events)
        groups = events["report_group_id"].combine_chunks()
        own, final = (np.asarray(pc.fill_null(pc.index_in(ids, groups), -1), dtype=np.int64) for ids in (joined, at))
        own[np.asarray(pc.is_null(joined))] = -1
        final[(final == own) | np.asarray(pc.is_null(joined))] = -1
        event, row = np.concatenate([own, final]), np.tile(np.arange(reports.num_rows), 2)
        event, row = event[event >= 0], row[event >= 0]
        order = np.lexsort((codes(reports["report_id"])[1][row], event))
        taken = reports.take(pa.array(row[order]))
        return cls(len(groups), event[order], taken, _candidates(taken))

    def numbers(self, name: str) -> FloatArray:
        """Return a column of the reports; NaN for null."""
        return np.asarray(self.reports[name].to_numpy(), dtype=np.float64)

    def times(self, name: str) -> IntArray:
        """Return a column of times in milliseconds."""
        return np.asarray(self.reports[name].cast(pa.int64()), dtype=np.int64)

    def total(self, values: npt.NDArray[Any]) -> FloatArray:
        """Return the sum over each event's reports; what is not a number counts as nothing."""
        return np.bincount(self.event, np.nan_to_num(values.astype(np.float64)), self.n).astype(np.float64)

    def count(self, column: str, value: str) -> IntArray:
        """Return how many of each event's reports have a value."""
        return self.total(has_value(self.reports[column], value)).astype(np.int64)

    @cached_property
    def weight(self) -> FloatArray:
        """What a report moved, whichever way."""
        return np.abs(self.numbers("sales_delta"))


def _totals(members: Members, events: pa.Table) -> dict[str, Any]:
    first, last = members.times("first_detected_at"), members.times("last_detected_at")
    day = 24 * 3600 * 1000
    expected, weight = members.numbers("expected_sales"), members.weight
    known = (expected != 0) & ~np.isnan(expected)
    span = last // day - first // day + 1
    days = weight * span / np.where(known, expected, np.nan)
    days = np.where((expected == 0) & (weight > 0), span, days)  # as `days_at_stake` counts them
    registered = np.asarray(events["registered_at"].cast(pa.int64()), dtype=np.int64)
    begins, ends = np.full(members.n, np.iinfo(np.int64).max), np.full(members.n, np.iinfo(np.int64).min)
    np.minimum.at(begins, members.event, first)
    np.maximum.at(ends, members.event, last)
    count = np.bincount(members.event, minlength=members.n)
    stores = _distinct(members, "store_id")
    return {
        "first_detected_at": pa.array(np.where(count > 0, begins, registered), pa.timestamp("ms")),
        "last_detected_at": pa.array(np.where(count > 0, ends, registered), pa.timestamp("ms")),
        "n_reports": pa.array(count, pa.int64()),
        "n_stores": pa.array([len(found) for found in stores], pa.int64()),
        "a_store": pa.array([found[0] if found else None for found in stores], pa.string()),
        "regions": pa.array(_distinct(members, "region"), pa.list_(pa.string())),
        "retailers": pa.array(_distinct(members, "retailer"), pa.list_(pa.string())),
        "sales_delta": members.total(members.numbers("sales_delta")),
        "expected_sales": members.total(expected),
        "store_days": nullable(np.where(members.total(~np.isnan(days)) > 0, members.total(days), np.nan)),
        "anomaly_score": nullable(
            part_of(members.total(weight * members.numbers("anomaly_score")), members.total(weight))
        ),
    }


def _life(members: Members, into: pa.Array) -> dict[str, Any]:
    """Return how an event stands by its reports alone."""
    n = np.bincount(members.event, minlength=members.n)
    opened, ongoing = members.count("detected_status", "open"), members.count("detected_status", "ongoing")
    status = pc.coalesce(members.reports["final_status"], members.reports["detected_status"])
    rejected = members.total(has_value(status, "rejected"))
    cases = [
        np.asarray(pc.is_valid(into)),
        (rejected == n) & (n > 0),
        (opened > 0) & (opened == n),
        (opened > 0) | (ongoing > 0),
    ]
    return {"life": pa.array(np.select(cases, ["merged", "rejected", "open", "ongoing"], "closed").tolist())}


def _candidates(reports: pa.Table) -> pa.Table:
    """Return the members' candidates, one row each."""
    causes = reports["causes"].combine_chunks()
    return pa.table(
        {
            "member": pc.list_parent_indices(causes).cast(pa.int64()),
            "cause": pc.list_flatten(causes),
            "confidence": pc.list_flatten(reports["confidences"].combine_chunks()),
            "unseen": pc.list_flatten(reports["unseen"].combine_chunks()),
            "evidence": pc.list_flatten(reports["evidences"].combine_chunks()),
        }
    )


def _model_cause(members: Members) -> dict[str, Any]:
    """Return the model's cause of each event, the others, and the evidence for it that speaks of the most stores."""
    votes = members.candidates
    member = np.asarray(votes["member"], dtype=np.int64)
    event, mass = members.event[member], members.weight[member] * floats(votes["confidence"])
    names, cause = codes(votes["cause"])
    pair, share = sums(event * len(names) + cause, mass)
    of_pair = pair // max(len(names), 1)
    unseen = _unseen(pair, event * len(names) + cause, votes["unseen"])
    best = _named(members.n, names, pair, share, unseen)
    silent = is_silent(names)[pair % max(len(names), 1)] | unseen
    confidence = pooled(share, of_pair, silent, members.event, members.n)
    evidence = votes["evidence"].combine_chunks()
    mine = np.flatnonzero((pick(pair, best)[event] == event * len(names) + cause) & (best[event] >= 0))
    told = _stores_told_of(evidence.take(pa.array(mine)))
    order = np.lexsort((mine, -mass[mine], -told, event[mine]))
    of_event, first = np.unique(event[mine][order], return_index=True)
    widest = np.full(members.n, -1, dtype=np.int64)
    widest[of_event] = mine[order][first]
    return {
        "proposed_cause": names_at(names, pick(pair, best) % max(len(names), 1), best),
        "proposed_confidence": nullable(at_places(confidence, best)),
        "alternatives": _alternatives(names, pair, confidence, unseen, best),
        "evidence": evidence.take(pa.array(np.maximum(widest, 0), mask=widest < 0)),
    }


def _unseen(pair: IntArray, voted: IntArray, unseen: pa.ChunkedArray) -> BoolArray:
    """Return which pairs of event and cause no report's feeds could show."""
    seen = voted[~np.asarray(unseen, dtype=bool)]
    return np.asarray(~np.isin(pair, seen))


def _named(n: int, names: list[Any], pair: IntArray, share: FloatArray, unseen: BoolArray) -> IntArray:
    """Return which pair of event and cause each event is named by (`mrs.decisions.verdict`); -1 where it has none."""
    event, cause = np.divmod(pair, max(len(names), 1))
    chance, hidden = np.full((n, len(names)), NO_CANDIDATE), np.zeros((n, len(names)), dtype=bool)
    at = np.full((n, len(names)), -1, dtype=np.int64)
    chance[event, cause], hidden[event, cause], at[event, cause] = share, unseen, np.arange(len(pair))
    unknown = names.index(Cause.UNKNOWN) if Cause.UNKNOWN in names else -1
    return np.asarray(at[np.arange(n), named(chance, hidden, unknown)])


def _alternatives(
    names: list[Any], pair: IntArray, confidence: FloatArray, unseen: BoolArray, best: IntArray
) -> pa.Array:
    """Return the other candidates of each event as JSON, the likeliest first; null where there are none."""
    other = confidence >= LEAST_ALTERNATIVE
    other[best[best >= 0]] = False
    causes: list[list[str] | None] = [None] * len(best)
    confidences: list[list[float] | None] = [None] * len(best)
    hidden: list[list[bool] | None] = [None] * len(best)
    for at in np.flatnonzero(other)[np.lexsort((pair[other], -confidence[other]))].tolist():
        event, cause = divmod(int(pair[at]), len(names))
        causes[event] = [*(causes[event] or []), names[cause]]
        confidences[event] = [*(confidences[event] or []), float(confidence[at])]
        hidden[event] = [*(hidden[event] or []), bool(unseen[at])]
    return candidates_json(*(pa.chunked_array([pa.array(column)]) for column in (causes, confidences, hidden)))


def _stores_told_of(evidence: pa.Array) -> IntArray:
    """Return of how many stores each evidence speaks: those then reported together; 0 where it does not say."""
    told = pc.struct_field(pc.extract_regex(evidence, _STORES_TOLD_OF), "stores")
    return np.asarray(pc.fill_null(told, "0").cast(pa.int64()), dtype=np.int64)


def _cause_in_force(members: Members) -> dict[str, Any]:
    """Return the cause in force: a report with a cause that a person has set votes for that cause alone."""
    source = members.reports["cause_source"]
    by_model = has_value(source, "model") | has_value(source, "policy")
    votes = members.candidates
    member = np.asarray(votes["member"], dtype=np.int64)
    asked, told = by_model[member], np.flatnonzero(~by_model)
    voter = np.concatenate([told, member[asked]])
    mass = np.concatenate([members.weight[told], (members.weight[member] * floats(votes["confidence"]))[asked]])
    said = pa.concat_arrays(
        [
            members.reports["final_cause"].combine_chunks().take(pa.array(told)),
            votes["cause"].combine_chunks().filter(pa.array(asked)),
        ]
    )
    names, cause = codes(said)
    sources, source_code = codes(source)
    n_causes, n_sources = max(len(names), 1), max(len(sources), 1)
    triple, by_source = sums((members.event[voter] * n_causes + cause) * n_sources + source_code[voter], mass)
    pair, share = sums(triple // n_sources, by_source)
    hidden = pa.concat_arrays([pa.repeat(False, len(told)), votes["unseen"].combine_chunks().filter(pa.array(asked))])
    unseen = _unseen(pair, members.event[voter] * n_causes + cause, pa.chunked_array([hidden]))
    best = _named(members.n, names, pair, share, unseen)
    silent = is_silent(names)[pair % n_causes] | unseen
    confidence = pooled(share, pair // n_causes, silent, members.event, members.n)
    main = best_of(len(pair), np.searchsorted(pair, triple // n_sources), by_source, triple)
    return {
        "cause": names_at(names, pick(pair, best) % n_causes, best),
        "cause_source": names_at(sources, pick(triple, pick(main, best)) % n_sources, best),
        "cause_confidence": nullable(at_places(confidence, best)),
    }


def _missing(members: Members, events: pa.Table) -> dict[str, Any]:
    """Return what was missing when any row was made that an event rests on."""
    flagged = np.asarray(pc.fill_null(events["is_degraded"], False), dtype=bool)
    flagged = flagged | (members.total(np.asarray(members.reports["is_degraded"], dtype=bool)) > 0)
    every: list[set[str]] = [set(names or ()) for names in events["registered_without"].to_pylist()]
    for column in WITHOUT:
        lists = members.reports[column].combine_chunks()
        at = members.event[np.asarray(pc.list_parent_indices(lists), dtype=np.int64)]
        for event, name in zip(at.tolist(), pc.list_flatten(lists).to_pylist(), strict=True):
            every[event].add(name)
    return {
        "is_degraded": pa.array(flagged),
        "degraded_inputs": pa.array([sorted(names) for names in every], pa.list_(pa.string())),
    }


def _lasting(members: Members) -> dict[str, Any]:
    """Return since when most of an event's money has stood at a new level; null if less than half of it has."""
    lasting = members.reports["lasting_since"].combine_chunks()
    at = np.flatnonzero(np.asarray(pc.is_valid(lasting)))
    days, day = codes(lasting.take(pa.array(at)))
    pair, mass = sums(members.event[at] * len(days) + day, members.weight[at])
    best = best_of(members.n, pair // len(days), mass, pair)
    stayed = np.bincount(members.event[at], members.weight[at], members.n)
    best = np.where(stayed >= LASTING_SHARE * members.total(members.weight), best, -1)
    chosen = [days[c] if k >= 0 else None for c, k in zip(pick(pair, best) % len(days), best, strict=True)]
    return {"lasting_since": pa.array(chosen, pa.date32())}


def _distinct(members: Members, column: str) -> list[list[str]]:
    """Return the distinct values of each event's reports, sorted, without null."""
    names, code = codes(members.reports[column])
    found: list[list[str]] = [[] for _ in range(members.n)]
    for key in np.unique(members.event * max(len(names), 1) + code).tolist():
        event, name = divmod(key, max(len(names), 1))
        if names[name] is not None:
            found[event].append(names[name])
    return found


def _pairs(table: pa.Table, *names: str) -> zip[tuple[Any, ...]]:
    return zip(*(table[name].to_pylist() for name in names), strict=True)
