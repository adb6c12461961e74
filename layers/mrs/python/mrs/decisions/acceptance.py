"""Acceptance by rule: which proposals are sure and small enough for a manager's rule to take them over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, floats
from mrs.contracts import Status
from mrs.decisions.in_force import CauseSource


@dataclass(frozen=True)
class Acceptance:
    """What a rule accepts.

    Parameters
    ----------
    min_confidence
        The least confidence of the proposed cause, 0 to 1.
    most_money
        The greatest |sales_delta|, in the unit of sales.
    causes
        The causes that it accepts.
    """

    min_confidence: float
    most_money: float
    causes: frozenset[str]


def accepted(events: pa.Table, rule: Acceptance, snoozed: Collection[str]) -> BoolArray:
    """Return which events a rule accepts.

    It accepts what has closed, because what goes on may still grow; what no person has touched, because that is theirs,
    also where they took the rule's own acceptance back; and what was made while no input was missing.

    Parameters
    ----------
    events
        `minority_events_log` rows of one state.
    rule
        The rule.
    snoozed
        The ids of the events that are snoozed.
    """
    small = np.abs(floats(events["sales_delta"])) <= rule.most_money
    sure = floats(events["cause_confidence"]) >= rule.min_confidence
    masks = [
        pc.equal(events["event_status"], Status.CLOSED.value),
        pc.equal(events["cause_source"], CauseSource.MODEL.value),
        pc.equal(events["n_edits"], 0),
        pc.invert(events["is_degraded"]),
        pc.is_in(events["cause"], value_set=pa.array(sorted(rule.causes), pa.string())),
        pc.invert(pc.is_in(events["report_group_id"], value_set=pa.array(sorted(snoozed), pa.string()))),
    ]
    found = small & sure
    for mask in masks:
        found &= pc.fill_null(mask, False).to_numpy(zero_copy_only=False).astype(bool)
    return found
