"""Lambda entry point and declaration of the finalisation stage."""

from mrs.stage import Read, Span, Stage, make_handler

from functions.finalise.build_minority_reports_finalised_log_from_edits import (
    build_minority_reports_finalised_log_from_edits,
)

STAGE = Stage(
    name="finalise",
    reads=(
        Read("MRDL"),
        Read("MRPAL"),
        Read("MRCH"),
        Read("MRFL", Span.BEFORE),
        Read("user_edits_log", Span.UNTIL, settled_by="MRFL"),
        Read("user_minority_events_edits_log", Span.UNTIL, settled_by="MRFL"),
    ),
    writes=("minority_reports_finalised_log",),
    run=build_minority_reports_finalised_log_from_edits,
    settings="finalise",
    compacts=("user_edits_log", "user_minority_events_edits_log"),
)
handler = make_handler(STAGE)
