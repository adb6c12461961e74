"""How sure an event is of its causes: its reports together, none of which is a witness of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.contracts import Cause

ALIKE = 0.5
"""How far two reports of an event err together, 0 to 1: they share their context."""
SILENT = frozenset({Cause.UNKNOWN, Cause.STORE_DISRUPTION})
"""Causes that no feed shows: only the silence of all feeds speaks for them, as for those whose feed is absent."""


def is_silent(names: Sequence[str]) -> BoolArray:
    """Return for each cause whether it is one of `SILENT`."""
    return np.array([name in SILENT for name in names], dtype=bool)


def pooled(share: FloatArray, event: IntArray, silent: BoolArray, of_reports: IntArray, events: int) -> FloatArray:
    """Return the probability of each cause of an event, from the money that votes for it; NaN where none does.

    Independent witnesses who hold the same view of the causes, each with probability p, together have p**k for k of
    them (a product of experts). Reports of an event share their context, so n of them are worth n / (1 + (n - 1) ALIKE)
    independent ones (the design effect of a cluster sample; Kish 1965): one is one, many are at most 1 / ALIKE.

    Silence is one witness, however many reports tell of it: a feed that is missing or shows nothing does so for all of
    them. So a cause's odds against the `SILENT` ones together are raised where they speak for it, and else stay.

    Parameters
    ----------
    share
        The money that votes for each cause of each event.
    event
        The event of each of them.
    silent
        Whether each cause is one of `SILENT`.
    of_reports
        The event of each report.
    events
        How many events there are.
    """
    n = np.maximum(np.bincount(of_reports, minlength=events), 1)
    witnesses = (n / (1 + (n - 1) * ALIKE))[event]
    total = np.bincount(event, share, events)[event]
    vote = share / np.where(total > 0, total, 1.0)
    silence = np.bincount(event, vote * silent, events)[event]
    power = vote * np.where(silent, silence, np.maximum(vote, silence)) ** (witnesses - 1)
    whole = np.bincount(event, power, events)[event]
    return np.where(total > 0, power / np.where(whole > 0, whole, 1.0), np.nan)
