"""Hydrated objects with the edits applied that the pipeline has not taken over yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from mrs.decisions.applied import applied
from mrs.decisions.merges import merge_root, merge_target

from functions.workshop.state.edit_log import LoggedEdit
from functions.workshop.state.kinds import EVENTS, ObjectKind


def with_pending(
    kind: ObjectKind, table: pa.Table, index: Mapping[str, int], pending: Mapping[str, Sequence[LoggedEdit]]
) -> pa.Table:
    """Return the hydrated objects with their pending edits applied, in the same order.

    Parameters
    ----------
    kind, table
        The objects.
    index
        The row of each object.
    pending
        The pending edits by object, the oldest first; edits of unknown objects are left out.
    """
    changed: dict[int, dict[str, Any]] = {}
    for name, edits in pending.items():
        if name in index:
            row = _row(table, index[name])
            for edit in edits:
                row = applied(row, edit, kind.subject)
            changed[index[name]] = row
    if kind is EVENTS and any(merge_target(edit) for edits in pending.values() for edit in edits):
        _follow_merges(table, changed)
    return _replaced(table, changed)


def _follow_merges(table: pa.Table, changed: dict[int, dict[str, Any]]) -> None:
    """Let every merged event name the event at the end of its merges, in the changed rows."""
    names, targets = (table[c].to_pylist() for c in ("report_group_id", "merged_into"))
    targets = [changed[at]["merged_into"] if at in changed else target for at, target in enumerate(targets)]
    into = {name: target for name, target in zip(names, targets, strict=True) if target is not None}
    for at, (name, target) in enumerate(zip(names, targets, strict=True)):
        if target is not None and (root := merge_root(into, name)) != target:
            changed[at] = {**(changed.get(at) or _row(table, at)), "merged_into": root}


def _row(table: pa.Table, at: int) -> dict[str, Any]:
    row: dict[str, Any] = table.slice(at, 1).to_pylist()[0]
    return row


def _replaced(table: pa.Table, changed: Mapping[int, dict[str, Any]]) -> pa.Table:
    if not changed:
        return table
    pieces, done = [], 0
    for at in sorted(changed):
        pieces += [table.slice(done, at - done), pa.Table.from_pylist([changed[at]], schema=table.schema)]
        done = at + 1
    return pa.concat_tables([*pieces, table.slice(done)]).combine_chunks()
