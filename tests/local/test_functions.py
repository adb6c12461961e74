"""The Lambda runner leaves the process as it found it."""

from __future__ import annotations

import os
import sys

from local import functions


def test_screen_and_environment_are_given_back() -> None:
    before = sys.stdout, os.environ.__class__
    with functions.handlers_in_process():
        functions._route_stdout()
        assert sys.stdout is not before[0]
        assert os.environ.__class__ is not before[1]
    assert (sys.stdout, os.environ.__class__) == before
