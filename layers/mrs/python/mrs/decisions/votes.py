"""The cause of an event as its reports vote for it, each with |sales_delta| times confidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mrs.decisions.in_force import BY_PEOPLE, DECIDED_CONFIDENCE


def report_votes(report: Mapping[str, Any]) -> dict[str, float]:
    """Return how much of its weight a report gives to each cause.

    A report with a cause that a person decided votes for that cause alone; another one, accepted by a rule or not, for
    every candidate of the model, by its confidence. A report without a proposal does not vote.

    Parameters
    ----------
    report
        A `minority_reports` row.
    """
    if report["cause_source"] in BY_PEOPLE:
        return {report["cause"]: DECIDED_CONFIDENCE}
    if report["proposed_cause"] is None:
        return {}
    others = json.loads(report["alternatives"] or "[]")
    return {report["proposed_cause"]: report["proposed_confidence"]} | {o["cause"]: o["confidence"] for o in others}


def elected(votes: Mapping[str, float]) -> str:
    """Return the cause with the most votes, ties by name; sums that differ by less than 1e-6 are ties."""
    return min(votes, key=lambda cause: (-round(votes[cause], 6), cause))
