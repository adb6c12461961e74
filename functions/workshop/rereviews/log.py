"""Rereviews as recorded in the logs: the worklist and the rows that its stages wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
from mrs.contracts import dataset
from mrs.store.keys import LogKey
from mrs.store.log_store import EVERY_RUN, LogStore, written_by

from functions.workshop.http.parameters import When
from functions.workshop.state.context import RequestContext

WORKLIST, MRCL, MRPAL = (dataset(name) for name in ("rereview_worklist_log", "MRCL", "MRPAL"))


@dataclass(frozen=True)
class Rereview:
    """One rereview.

    Parameters
    ----------
    run_id, rereview_id, requested_by, requested_at
        Its identity, who requested it and when (UTC).
    config
        The settings of its execution: selection, reason and models.
    worklist
        Its rows of `rereview_worklist_log`; empty until it is written.
    """

    run_id: str
    rereview_id: str
    requested_by: str
    requested_at: datetime
    config: Mapping[str, Any]
    worklist: tuple[Mapping[str, Any], ...] = ()

    @property
    def asked(self) -> Mapping[str, Any]:
        """The selection and the reason."""
        asked: Mapping[str, Any] = self.config.get("rereview", {})
        return asked

    @cached_property
    def ticks(self) -> list[date]:
        """The ticks that its reports were last seen at, in order."""
        return sorted({row["tick"] for row in self.worklist})

    def progress(self, logs: LogStore) -> tuple[float, str | None]:
        """Return the share of the work that is done (0 to 1), and the stage at work; None if all is done."""
        if not self.worklist:
            return 0.0, "worklist"
        done = [len({key.tick for key, _ in logs.find(ds, self.run_id, **self._span)}) for ds in (MRCL, MRPAL)]
        if done[1] == len(self.ticks):
            return 1.0, None
        return sum(done) / (2 * len(self.ticks)), "cluster" if done[0] == done[1] else "attribute"

    def clustered(self, logs: LogStore) -> pa.Table:
        """Return its rows of MRCL."""
        return logs.read(MRCL, self.run_id, rereview=self.rereview_id, **self._span)

    def proposed(self, logs: LogStore) -> pa.Table:
        """Return its rows of MRPAL."""
        return logs.read(MRPAL, self.run_id, rereview=self.rereview_id, **self._span)

    @property
    def _span(self) -> dict[str, Any]:
        """How to find its own log objects: they bear its id and the time of its request."""

        def is_own(key: LogKey) -> bool:
            return key.part == self.rereview_id[:16] and key.written_at == self.requested_at

        return {"first": min(self.ticks, default=None), "last": max(self.ticks, default=None), "visible": is_own}


def all_rereviews(context: RequestContext, when: When) -> list[Rereview]:
    """Return the rereviews of a run that have a worklist, in no particular order."""
    return list(_read(context.logs, context.run(when.run_id), when).values())


def logged(context: RequestContext, rereview_id: str, when: When) -> Rereview | None:
    """Return a rereview of the named run, or of any run if none is named; None if no log has it."""
    own = _read(context.logs, context.run(when.run_id), when).get(rereview_id)
    if own is not None or when.run_id is not None:
        return own
    return _read(context.logs, EVERY_RUN, when).get(rereview_id)


def _read(logs: LogStore, run_id: str, when: When) -> dict[str, Rereview]:
    visible = None if when.as_of is None else written_by(when.as_of)
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in logs.read(WORKLIST, run_id, visible=visible).to_pylist():
        rows.setdefault(row["rereview_id"], []).append(row)
    return {name: _rereview(own) for name, own in rows.items()}


def _rereview(rows: list[dict[str, Any]]) -> Rereview:
    one = rows[0]
    config = json.loads(one["request"])["config"]
    return Rereview(one["run_id"], one["rereview_id"], one["requested_by"], one["written_at"], config, tuple(rows))
