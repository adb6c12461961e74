"""What finalisation reads of a run's past: both edit logs, and earlier rows of MRFL only where an edit needs them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from mrs.stage import Read, Span, StageContext, read

EDITS = tuple(
    Read(name, Span.UNTIL, settled_by="MRFL", by_loader=True)
    for name in ("user_edits_log", "user_minority_events_edits_log")
)
FINALISED = Read("MRFL", Span.BEFORE, by_loader=True)


def load_edits(context: StageContext) -> dict[str, pa.Table]:
    """Return both edit logs, and the earlier rows of MRFL if an edit takes effect: it may be of a report of any age."""
    first = pa.scalar(context.event.first_tick, pa.date32())
    edits = {declared.dataset.name: read(context, declared) for declared in EDITS}
    is_edited = any(pc.any(pc.greater_equal(rows["tick"], first)).as_py() for rows in edits.values())
    finalised = FINALISED.dataset
    return edits | {finalised.name: read(context, FINALISED) if is_edited else finalised.empty()}
