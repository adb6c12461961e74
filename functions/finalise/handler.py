"""Lambda entry point and declaration of the finalisation stage."""

from mrs.stage import Read, Stage, make_handler

from functions.finalise.build_minority_reports_finalised_log_from_edits import (
    build_minority_reports_finalised_log_from_edits,
)
from functions.finalise.load_edits import EDITS, FINALISED, load_edits

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
