"""Which reports a rereview covers: the API that starts it and the stage that writes its worklist share this answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mrs.settings import Selection

_IN = {
    "report_ids": "report_id",
    "event_ids": "report_group_id",
    "causes": "cause",
    "statuses": "report_status",
    "regions": "region",
}
_WORDS = {"report_ids": "named reports", "event_ids": "members of named events"}


def selected(reports: pa.Table, selection: Selection, older: pa.Array | None = None) -> pa.Table:
    """Return the hydrated reports that fit every condition of a selection, in their order.

    Parameters
    ----------
    reports
        `minority_reports` rows.
    selection
        The conditions.
    older
        The `report_id`s that a cause model version older than the named one has attributed (`attributed_before`);
        needed only where the selection names one.
    """
    fits = pa.array([True] * reports.num_rows, pa.bool_())
    for condition, column in _IN.items():
        wanted = getattr(selection, condition)
        if wanted is not None:
            fits = pc.and_(fits, pc.is_in(reports[column], value_set=pa.array(wanted, pa.string())))
    if selection.first is not None:
        last_day = reports["last_detected_at"].cast(pa.date32())
        fits = pc.and_(fits, pc.greater_equal(last_day, pa.scalar(selection.first, pa.date32())))
    if selection.last is not None:
        first_day = reports["first_detected_at"].cast(pa.date32())
        fits = pc.and_(fits, pc.less_equal(first_day, pa.scalar(selection.last, pa.date32())))
    if selection.confidence_below is not None:
        unsure = pc.less(pc.fill_null(reports["proposed_confidence"], 0.0), selection.confidence_below)
        fits = pc.and_(fits, unsure)
    if selection.degraded:
        fits = pc.and_(fits, reports["is_degraded"])
    if selection.model_older_than is not None and older is not None:
        fits = pc.and_(fits, pc.is_in(reports["report_id"], value_set=older))
    return reports.filter(fits)


def attributed_before(proposed: pa.Table, version: str) -> pa.Array:
    """Return the reports whose newest attribution was made by a cause model version older than `version`.

    Versions have no order of their own. A version is older if the run used it earlier; every version that the run has
    used is older than one it has never used. `version` is a full name (`default-1a2b3c4d5e6f`) or lacks its digest.

    Parameters
    ----------
    proposed
        MRPAL rows of the daily run.
    """
    first = proposed.filter(pc.equal(proposed["rank"], 1)).sort_by([("tick", "ascending"), ("report_id", "ascending")])
    used: dict[str, date] = {}
    newest: dict[str, str] = {}
    columns = (first[c].to_pylist() for c in ("tick", "report_id", "model_version"))
    for tick, report, made_by in zip(*columns, strict=True):
        used.setdefault(made_by, tick)
        newest[report] = made_by
    meant = {v for v in used if version in (v, v.rpartition("-")[0])}
    since = min((used[v] for v in meant), default=None)
    older = {v for v, tick in used.items() if v not in meant and (since is None or tick < since)}
    return pa.array(sorted(r for r, v in newest.items() if v in older), pa.string())


def described(selection: Selection) -> str:
    """Return a selection in words, for the worklist and for people."""
    said: Mapping[str, Any] = selection.model_dump(mode="json", exclude_defaults=True)
    parts = []
    for name, value in said.items():
        if name in _WORDS:
            parts.append(_WORDS[name])
        elif isinstance(value, list):
            parts.append(f"{name}: {', '.join(value)}")
        else:
            parts.append(name.replace("_", " ") + ("" if value is True else f" {value}"))
    return "; ".join(parts) or "all reports"
