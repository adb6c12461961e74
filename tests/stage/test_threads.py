"""Pieces that do not know of each other, two at a time."""

from __future__ import annotations

from threading import Barrier

import pytest
from mrs.threads import two_at_a_time


def test_answers_come_in_the_order_of_the_pieces_though_two_are_worked_at_once() -> None:
    both = Barrier(2, timeout=10)

    def waits_for_another(piece: int) -> int:
        both.wait()  # broken unless two are here
        return piece * piece

    assert two_at_a_time(waits_for_another, range(6)) == [0, 1, 4, 9, 16, 25]


def test_one_piece_needs_no_thread_and_none_is_no_answer() -> None:
    assert two_at_a_time(str, [7]) == ["7"]
    assert two_at_a_time(str, []) == []


def test_an_error_of_a_piece_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        two_at_a_time(lambda piece: 1 // piece, [1, 0, 1])
