"""Lambda entry point and declaration of the finalisation stage."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from mrs.stage import Read, Span, Stage, StageContext, make_handler
from mrs.stage.reading import read

from functions.finalise.build_minority_reports_finalised_log_from_edits import (
    MRFL,
    build_minority_reports_finalised_log_from_edits,
)

EDITS = (
    Read("user_edits_log", Span.UNTIL, settled_by="MRFL", by_loader=True),
    Read("user_minority_events_edits_log", Span.UNTIL, settled_by="MRFL", by_loader=True),
)
FINALISED = Read("MRFL", Span.BEFORE, by_loader=True)


def load_edits(context: StageContext) -> dict[str, pa.Table]:
    """Return both edit logs, and the earlier rows of MRFL if an edit takes effect: it may be of a report of any age.

    On all other days nothing of a run's past is read.
    """
    first = pa.scalar(context.event.first_tick, pa.date32())
    edits = {declared.dataset.name: read(context, declared) for declared in EDITS}
    is_edited = any(pc.any(pc.greater_equal(rows["tick"], first)).as_py() for rows in edits.values())
    return edits | {MRFL.name: read(context, FINALISED) if is_edited else MRFL.empty()}


STAGE = Stage(
    name="finalise",
    reads=(Read("MRDL"), Read("MRPAL"), Read("MRCH"), FINALISED, *EDITS),
    writes=("minority_reports_finalised_log",),
    run=build_minority_reports_finalised_log_from_edits,
    settings="finalise",
    load=load_edits,
    compacts=("user_edits_log", "user_minority_events_edits_log"),
)
handler = make_handler(STAGE)
