"""Lambda entry points of a rereview: `worklist` lists the reports, `recluster` and `repropose` judge them again."""

from __future__ import annotations

from typing import Any

from mrs.stage import make_handler, run_stage
from mrs.stage.telemetry import observed

from functions.rereview.build_rereview_worklist import STAGE as WORKLIST
from functions.rereview.build_rereview_worklist import chunks
from functions.rereview.rereview_cluster_reports import STAGE as RECLUSTER
from functions.rereview.rereview_propose_cause import STAGE as REPROPOSE


@observed(WORKLIST.name)
def worklist(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Write the worklist; return the event that the stages are given, with the spans of ticks to work through."""
    (rows,) = run_stage(WORKLIST, event).tables.values()
    return {**event, "chunks": chunks(rows), "reports": rows.num_rows}


recluster = make_handler(RECLUSTER)
repropose = make_handler(REPROPOSE)
