"""How often people agreed with what the model proposed, and how that compares with how sure it was. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import sqrt
from typing import Any

from mrs.arrays import NORMAL_90
from mrs.contracts import Status
from mrs.decisions.edits import Edit, newest, not_taken_back
from mrs.decisions.in_force import decided_cause, decided_status, is_by_rule

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Confidences between which proposals are counted together."""


class Verdict(StrEnum):
    """What a person made of a proposal."""

    AGREED = "agreed"
    CORRECTED = "corrected"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Judgement:
    """A person's decision about one proposal.

    Parameters
    ----------
    week
        The Monday of the week in which the event or report ended.
    cause, confidence
        What the model proposed, and how sure it was, 0 to 1.
    verdict
        What the person made of it.
    """

    week: date
    cause: str
    confidence: float
    verdict: Verdict


@dataclass(frozen=True)
class Agreement:
    """How many proposals of one cause and week people agreed with, corrected and rejected."""

    cause: str
    week: date
    agreed: int
    corrected: int
    rejected: int


@dataclass(frozen=True)
class Reliability:
    """Proposals of about the same confidence.

    Parameters
    ----------
    low, high
        The confidences between which they lie; `low` counts, `high` only where it is 1.
    n, said, agreed
        How many, their mean confidence, and the share that people agreed with.
    agreed_low, agreed_high
        Its 90 % interval (Wilson, 1927).
    """

    low: float
    high: float
    n: int
    said: float
    agreed: float
    agreed_low: float
    agreed_high: float


def judgements(edits: Iterable[Edit], rows: Iterable[Mapping[str, Any]], id_column: str) -> list[Judgement]:
    """Return what people decided about the model's proposals, in the order of the rows.

    What a rule accepted is no judgement; nor is what was taken back, or what is about no proposal.

    Parameters
    ----------
    edits
        Of one kind of object.
    rows
        Its `minority_reports` or `minority_events_log` rows.
    id_column
        The column of its id.
    """
    valid = not_taken_back(e for e in edits if not is_by_rule(e))
    causes, statuses = newest(valid, decided_cause), newest(valid, decided_status)
    found = []
    for row in rows:
        cause, status = causes.get(row[id_column]), statuses.get(row[id_column])
        if row["proposed_cause"] is None or (cause is None and status is None):
            continue
        if status is not None and status[1] == Status.REJECTED and (cause is None or cause[0].order < status[0].order):
            verdict = Verdict.REJECTED
        else:
            decided = cause[1] if cause is not None else row["cause"]
            verdict = Verdict.AGREED if decided == row["proposed_cause"] else Verdict.CORRECTED
        found.append(_judgement(row, verdict))
    return found


def _judgement(row: Mapping[str, Any], verdict: Verdict) -> Judgement:
    last: datetime = row["last_detected_at"]
    monday = last.date() - timedelta(days=last.weekday())
    return Judgement(monday, row["proposed_cause"], row["proposed_confidence"] or 0.0, verdict)


def by_cause_and_week(judged: Iterable[Judgement]) -> list[Agreement]:
    """Return the counts of each cause and week, by cause, then week."""
    counts: dict[tuple[str, date], dict[Verdict, int]] = {}
    for one in judged:
        own = counts.setdefault((one.cause, one.week), dict.fromkeys(Verdict, 0))
        own[one.verdict] += 1
    return [
        Agreement(c, w, n[Verdict.AGREED], n[Verdict.CORRECTED], n[Verdict.REJECTED])
        for (c, w), n in sorted(counts.items())
    ]


def reliability(judged: Sequence[Judgement]) -> list[Reliability]:
    """Return how often people agreed at each confidence; confidences without a judgement are left out."""
    found = []
    for low, high in pairwise(EDGES):
        own = [j for j in judged if low <= j.confidence < high or (high == EDGES[-1] and j.confidence >= high)]
        if own:
            agreed = sum(j.verdict is Verdict.AGREED for j in own)
            said = sum(j.confidence for j in own) / len(own)
            found.append(Reliability(low, high, len(own), said, agreed / len(own), *_wilson(agreed, len(own))))
    return found


def _wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 90 % interval of a share (Wilson, 1927)."""
    share, spread = hits / n, NORMAL_90**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = NORMAL_90 * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)
