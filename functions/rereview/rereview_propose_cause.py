"""Attribution again: the reports on a worklist, each at the tick of its last state, with the chosen cause model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from mrs.attribution.loading import EVIDENCE, load_evidence
from mrs.attribution.rows import MRPAL, chosen_model, proposed_rows
from mrs.attribution.signal_specs import CONTEXT_FEEDS
from mrs.attribution.tick_evidence import MRDL
from mrs.rereviews.worklist import WORKLIST, is_listed, marked, ticks_of
from mrs.settings import AttributeSettings
from mrs.stage import Read, Span, Stage


def rereview_propose_cause(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: AttributeSettings
) -> dict[str, pa.Table]:
    """Propose causes for the listed reports.

    Parameters
    ----------
    tables
        As the daily stage reads them, MRCL with the rows of this rereview over those of the daily run; the worklist.

    Returns
    -------
    dict
        MRPAL: the candidates of the listed reports, and of no others.
    """
    worklist = tables[WORKLIST]
    cause_model = chosen_model(tables, settings.cause_model, settings.cause_model_version)
    wanted = pa.array(ticks_of(worklist, ticks), pa.date32())
    detected = tables[MRDL].filter(pc.is_in(tables[MRDL]["tick"], value_set=wanted))
    found = proposed_rows({**tables, MRDL: detected}, ticks, cause_model, settings)
    return {MRPAL: marked(found.filter(is_listed(found, worklist)), worklist)}


STAGE = Stage(
    name="repropose",
    reads=(
        Read(WORKLIST, Span.TICKS, rereview=True),
        *EVIDENCE,
    ),
    writes=(MRPAL,),
    run=rereview_propose_cause,
    settings="attribute",
    load=load_evidence,
    feeds=(*CONTEXT_FEEDS, "stores"),
)
