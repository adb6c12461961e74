"""Episodes: when a report opens, goes on, closes, and what it sums."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from mrs.detection.episodes import Episodes, JudgedDay, advance

CLOSE_AFTER = 3


def judged(side: int, lasting: int | None = None, observed: float = 50.0) -> JudgedDay:
    one = np.array([1.0])
    carry = side if lasting is None else lasting
    none = np.full(1, None, dtype=object)
    return JudgedDay(
        np.array([side]), np.array([carry]), 0.8 * one, side * 4 * one, observed * one, 100 * one,
        np.full(1, "", dtype=object), none, np.array([-1]),
    )  # fmt: skip


def course(sides: list[int]) -> list[tuple[int, int, str, int]]:
    """Return (day, first day, status, side) of every row that the days of one store give."""
    state, rows = Episodes.none(1), []
    for day, side in enumerate(sides):
        state, closed, going = advance(state, day, judged(side), CLOSE_AFTER)
        for found in (closed, going):
            if found.status[0]:
                rows.append((day, int(found.first[0]), str(found.status[0]), int(found.side[0])))
    return rows


def test_a_report_closes_after_quiet_days_and_bridges_fewer() -> None:
    assert course([-1, 0, 0, -1, 0, 0, 0]) == [
        (0, 0, "open", -1), (1, 0, "ongoing", -1), (2, 0, "ongoing", -1), (3, 0, "ongoing", -1),
        (4, 0, "ongoing", -1), (5, 0, "ongoing", -1), (6, 0, "closed", -1),
    ]  # fmt: skip


def test_a_change_of_side_closes_one_report_and_opens_another() -> None:
    assert course([-1, 1]) == [(0, 0, "open", -1), (1, 0, "closed", -1), (1, 1, "open", 1)]


def test_bridged_days_count_once_the_report_goes_on() -> None:
    state = Episodes.none(1)
    for day, side in enumerate([-1, 0, -1]):
        state, _, _ = advance(state, day, judged(side), CLOSE_AFTER)
    assert (float(state.observed[0]), float(state.expected[0])) == (150.0, 300.0)


@given(st.lists(st.sampled_from([-1, 0, 1]), max_size=40))
def test_every_report_opens_once_and_closes_at_most_once(sides: list[int]) -> None:
    rows = course(sides)
    opened = [first for day, first, status, _ in rows if status == "open"]
    closed = [first for day, first, status, _ in rows if status == "closed"]
    assert len(opened) == len(set(opened))
    assert len(closed) == len(set(closed))
    assert set(closed) <= set(opened)
    assert all(sides[first] != 0 for first in opened)
