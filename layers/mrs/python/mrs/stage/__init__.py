"""The one shape of every stage: what it reads and writes, declared; a pure function; a harness that does the rest."""

from mrs.stage.declaration import Pieces, Read, Span, Stage, Tables
from mrs.stage.event import TickEvent
from mrs.stage.harness import StageContext, make_handler, run_stage

__all__ = ["Pieces", "Read", "Span", "Stage", "StageContext", "Tables", "TickEvent", "make_handler", "run_stage"]
