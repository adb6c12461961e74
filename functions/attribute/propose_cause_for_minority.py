"""Attribution: what made each report's sales leave their expectation; writes MRPAL, a row per candidate cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
from mrs.attribution.loading import EVIDENCE, load_evidence
from mrs.attribution.rows import MRPAL, chosen_model, proposed_rows
from mrs.attribution.signal_specs import CONTEXT_FEEDS
from mrs.settings import AttributeSettings
from mrs.stage import Stage


def propose_cause_for_minority(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: AttributeSettings
) -> dict[str, pa.Table]:
    """Propose causes for the reports of each tick.

    Parameters
    ----------
    tables
        MRDL and MRCL of the ticks; the baseline log, sales and context that reach back to know what is usual, of all
        stores, or of the reported ones and the reference stores.
    ticks
        Consecutive business dates; each tick is judged by what was known at it.
    settings
        Which cause model and version, from which confidence on a cause is a candidate, how many reference stores.

    Returns
    -------
    dict
        MRPAL: the candidates of each report and tick, whose confidences sum to 1.
    """
    cause_model = chosen_model(tables, settings.cause_model, settings.cause_model_version)
    return {MRPAL: proposed_rows(tables, ticks, cause_model, settings)}


STAGE = Stage(
    name="attribute",
    reads=EVIDENCE,
    writes=(MRPAL,),
    run=propose_cause_for_minority,
    settings="attribute",
    load=load_evidence,
    feeds=(*CONTEXT_FEEDS, "stores"),
    ticks_apart=True,
)
