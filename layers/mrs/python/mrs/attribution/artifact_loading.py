"""Loads the parameters of a cause model version that was trained after the release."""

from __future__ import annotations

import pyarrow as pa

from mrs.attribution.evidence_model import EvidenceCauseModel, parsed
from mrs.attribution.rows import ARTIFACT
from mrs.attribution.versions import is_in_layer
from mrs.stage.context import StageContext
from mrs.store.artifacts import find_artifact


def load_cause_model(context: StageContext) -> dict[str, pa.Table]:
    """Return the artifact of the cause model version in the settings; an empty dict if the layer holds it.

    Raises
    ------
    BadInputError
        If it was trained for other features than this release has.
    """
    chosen = context.settings.attribute
    if chosen.cause_model != EvidenceCauseModel.name or is_in_layer(chosen.cause_model_version):
        return {}
    text = find_artifact(context.logs.objects, "cause", chosen.cause_model_version)
    if text is None:
        return {}  # the model itself says that there is no such version
    parsed(text, chosen.cause_model_version)
    return {ARTIFACT: pa.table({"artifact": [text]})}
