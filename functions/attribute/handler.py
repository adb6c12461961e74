"""Lambda entry point of the attribution stage."""

from __future__ import annotations

from mrs.stage import make_handler

from functions.attribute.propose_cause_for_minority import STAGE

handler = make_handler(STAGE)
