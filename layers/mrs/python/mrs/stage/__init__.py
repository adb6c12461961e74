"""The one shape of every stage: what it reads and writes, declared; a pure function; a harness that does the rest."""

from mrs.stage.context import StageContext
from mrs.stage.declaration import KEPT, Pieces, Read, Span, Stage, Tables
from mrs.stage.event import TickEvent
from mrs.stage.harness import make_handler, run_stage
from mrs.stage.reading import read

__all__ = [
    "KEPT",
    "Pieces",
    "Read",
    "Span",
    "Stage",
    "StageContext",
    "Tables",
    "TickEvent",
    "make_handler",
    "read",
    "run_stage",
]
