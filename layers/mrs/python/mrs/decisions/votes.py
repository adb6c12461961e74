"""The cause of an event as its reports vote for it, each with |sales_delta| times confidence."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from mrs.contracts import Cause
from mrs.decisions.in_force import BY_PEOPLE, DECIDED_CONFIDENCE
from mrs.decisions.verdict import named


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


def unseen_by(report: Mapping[str, Any]) -> frozenset[str]:
    """Return the candidates of a `minority_reports` row that no feed could show."""
    if report["cause_source"] in BY_PEOPLE:
        return frozenset()
    return frozenset(o["cause"] for o in json.loads(report["alternatives"] or "[]") if o.get("unseen"))


def elected(votes: Mapping[str, float], unseen: Collection[str] = ()) -> str:
    """Return the cause that is named of what all reports of an event voted, as `mrs.decisions.verdict` does.

    Ties go by name; sums that differ by less than 1e-6 are ties.

    Parameters
    ----------
    votes
        By cause.
    unseen
        Causes that no feed could show.
    """
    causes = sorted(votes)
    chance = np.round([[votes[c] for c in causes]], 6)
    unknown = causes.index(Cause.UNKNOWN) if Cause.UNKNOWN in causes else -1
    return causes[int(named(chance, np.array([[c in unseen for c in causes]]), unknown)[0])]
