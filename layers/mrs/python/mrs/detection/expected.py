"""What to expect of detection here: read from what it learned on the chain's own past, and said in plain words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from mrs.arrays import epoch_days

NEAR = 0.9
"""The probability that people ask about: how often is it right where it says so?"""


@dataclass(frozen=True)
class Expected:
    """What detection found out about itself.

    Parameters
    ----------
    since
        The business date from which on it holds.
    stores, days
        What it was learned from.
    found
        Share of planted events that it found, by size of effect; None where none was planted.
    by_spread
        By class of stores, those whose days scatter least first: least and largest spread (log), share found; empty
        where too little was planted.
    delay
        Mean days from the first day of an event to the one that it finds it on; None if it found none.
    false_store_days
        Store-days a week, of the stores that it was learned from, that reports cover though nothing happened.
    calibrated
        Pairs: the probability that it said, and how often it was right.
    """

    since: date
    stores: int
    days: int
    found: Mapping[str, float | None]
    by_spread: Sequence[tuple[float, float, float]]
    delay: float | None
    false_store_days: float
    calibrated: Sequence[tuple[float, float]]


def expected_of(calibrations: pa.Table) -> Expected | None:
    """Return what the newest calibration says; None if there is none, or its past was too short to learn from.

    Parameters
    ----------
    calibrations
        `detector_calibration_log` rows.
    """
    if not calibrations.num_rows:
        return None
    row = calibrations.slice(int(np.argmax(epoch_days(calibrations["calibrated_before"]))), 1).to_pylist()[0]
    said = json.loads(row["expected"])
    if "found" not in said:
        return None
    return Expected(
        since=row["calibrated_before"],
        stores=row["stores"],
        days=row["days"],
        found=said["found"],
        by_spread=[(low, high, share) for low, high, share in said.get("found by spread", ())],
        delay=said.get("delay"),
        false_store_days=said["natural share"] * row["stores"] * 7,
        calibrated=[(p, share) for p, share in said.get("calibrated", ())],
    )


def in_words(found: Expected | None) -> list[str]:
    """Return what to expect, a sentence each."""
    if found is None:
        return ["Nothing is known of how well it does here: the past is too short to learn from, what ships holds."]
    said = [f"Learned from {found.stores:,} stores and {found.days:,} days before {found.since}."]
    known = {size: share for size, share in found.found.items() if share is not None}
    said += [f"Of events of {size.replace(' %', '%')}, it finds {share:.0%}." for size, share in known.items()]
    if found.by_spread:
        (_, calm, of_calm), (noisy, _, of_noisy) = found.by_spread[0], found.by_spread[-1]
        said.append(
            f"In the calmest stores, whose days scatter by up to {calm:.0%}, it finds {of_calm:.0%} of all; "
            f"in the noisiest, from {noisy:.0%} on, {of_noisy:.0%}."
        )
    if found.delay is not None:
        said.append(f"What it finds, it finds {found.delay:.1f} days after it began, on average.")
    false = _rounded(found.false_store_days)
    said.append(f"In these stores, about {false} store-days a week are reported for nothing.")
    if found.calibrated:
        sure, right = min(found.calibrated, key=lambda pair: abs(pair[0] - NEAR))
        said.append(f"Where it says {sure:.0%}, it is right in {right:.0%} of the cases.")
    return said


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:,.1f}"
