"""The execution behind a rereview: started with references instead of rows, followed in the logs and Step Functions."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from mrs.attribution.versions import is_in_layer
from mrs.environment import client
from mrs.errors import BadInputError
from mrs.identity import row_id
from mrs.models.registry import CAUSE_MODELS, SIMILARITY_MODELS
from mrs.rereviews.selection import described, selected
from mrs.settings import Settings
from mrs.store.artifacts import find_artifact
from mrs.store.executions import config_at
from mrs.store.keys import MILLISECOND
from mrs.store.runs import ticks_of
from mrs.store.snapshots import Snapshot

from functions.workshop.http.parameters import When
from functions.workshop.rereviews.decisions import decision_about
from functions.workshop.rereviews.log import Rereview, logged
from functions.workshop.rereviews.models import RereviewView
from functions.workshop.rereviews.requests import Models, RereviewRequest
from functions.workshop.state.context import RequestContext
from functions.workshop.state.kinds import REPORTS
from functions.workshop.state.view import aware, view_at

Status = Literal["running", "succeeded", "failed"]


def begin(context: RequestContext, request: RereviewRequest) -> Rereview:
    """Start the execution of a rereview.

    It sees the logs as they are at the moment of the request, and writes as of then.
    """
    view = view_at(context, When.model_validate({"run_id": request.run_id}))
    tick = view.tick()
    assert view.snapshot is not None  # noqa: S101 (it has a tick)
    config = _config(context, view.snapshot, request)
    selection = Settings.from_config(config).rereview.selection
    if not selected(view.objects(REPORTS).table, selection).num_rows:
        raise BadInputError(f"no report fits the selection ({described(selection)})")
    at = max(context.at, view.snapshot.written_at + MILLISECOND)
    rereview_id = row_id(view.run_id, json.dumps(config, sort_keys=True), context.caller.name, at.isoformat())
    event = {
        "run_id": view.run_id,
        "rereview_id": rereview_id,
        "mode": "rereview",
        "first_tick": ticks_of(context.logs, view.run_id)[0].isoformat(),
        "last_tick": tick.isoformat(),
        "written_at": f"{at.isoformat()}Z",
        "config": config,
    }
    steps = client("stepfunctions")
    with contextlib.suppress(steps.exceptions.ExecutionAlreadyExists):
        steps.start_execution(
            stateMachineArn=context.stack.rereview_machine, name=_name(rereview_id), input=json.dumps(event)
        )
    return Rereview(view.run_id, rereview_id, context.caller.name, at, config)


def _config(context: RequestContext, snapshot: Snapshot, request: RereviewRequest) -> dict[str, Any]:
    """Return the settings of the execution: those of the newest tick, with the models that were asked for."""
    config = config_at(context.logs, snapshot.run_id, snapshot.tick, context.at)
    models = _known(context, request.models)
    selection = request.selection.model_dump(mode="json", exclude_defaults=True, by_alias=False)
    own = {"selection": selection, "requested_by": context.caller.name, "reason": request.reason}
    return {
        **config,
        "cluster": {**config.get("cluster", {}), **_named(models, "similarity_model")},
        "attribute": {**config.get("attribute", {}), **_named(models, "cause_model", "cause_model_version")},
        "rereview": own,
    }


def _named(models: Models, *names: str) -> dict[str, str]:
    return {name: value for name in names if (value := getattr(models, name)) is not None}


def _known(context: RequestContext, models: Models) -> Models:
    """Return the models if each of them exists."""
    for kind, name in ((SIMILARITY_MODELS, models.similarity_model), (CAUSE_MODELS, models.cause_model)):
        if name is not None:
            kind.known(name)
    version = models.cause_model_version
    if version is None or models.cause_model not in (None, "evidence") or is_in_layer(version):
        return models
    if find_artifact(context.logs.objects, "cause", version) is None:
        raise BadInputError(f"there is no cause model version {version!r}")
    return models


def rereview_of(context: RequestContext, rereview_id: str, when: When) -> Rereview | None:
    """Return a rereview from the logs, or from its execution before its worklist is written; None if unknown."""
    found = logged(context, rereview_id, when)
    if found is not None:
        return found
    execution = _execution(context, rereview_id)
    if execution is None:
        return None
    event = json.loads(execution["input"])
    at = datetime.fromisoformat(event["written_at"]).replace(tzinfo=None)
    if event["run_id"] != (when.run_id or event["run_id"]) or at > (when.as_of or at):
        return None
    asked = event["config"]["rereview"]
    return Rereview(event["run_id"], rereview_id, asked["requested_by"], at, event["config"])


def in_words(context: RequestContext, rereview: Rereview) -> RereviewView:
    """Return a rereview as the API shows it, with status and progress."""
    progress, stage = rereview.progress(context.logs)
    status, error = ("succeeded", None) if progress == 1.0 else _status(context, rereview)
    config = rereview.config
    models = {**config.get("cluster", {}), **config.get("attribute", {})}
    return RereviewView(
        rereview_id=rereview.rereview_id,
        run_id=rereview.run_id,
        status=status,
        progress=round(progress, 4),
        stage=stage if status == "running" else None,
        requested_by=rereview.requested_by,
        requested_at=aware(rereview.requested_at),
        reason=rereview.asked.get("reason"),
        n_reports=len(rereview.worklist),
        selection=dict(rereview.asked.get("selection", {})),
        models={k: v for k, v in models.items() if k in Models.model_fields},
        decision=decision_about(context, rereview),
        error=error,
    )


def _status(context: RequestContext, rereview: Rereview) -> tuple[Status, str | None]:
    """Return the status of an unfinished rereview, and why it failed; None if it has not."""
    execution = _execution(context, rereview.rereview_id)
    if execution is None:
        return "failed", "its execution ended before everything was written"
    if execution["status"] in ("RUNNING", "SUCCEEDED"):  # a success that the listing above was too early for
        return "running", None
    cause = execution.get("cause") or execution.get("error") or execution["status"]
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        cause = json.loads(cause).get("errorMessage", cause)
    return "failed", str(cause)


def _execution(context: RequestContext, rereview_id: str) -> Mapping[str, Any] | None:
    steps = client("stepfunctions")
    machine = context.stack.rereview_machine.replace(":stateMachine:", ":execution:")
    try:
        found: Mapping[str, Any] = steps.describe_execution(executionArn=f"{machine}:{_name(rereview_id)}")
    except (steps.exceptions.ExecutionDoesNotExist, steps.exceptions.InvalidArn):
        return None
    return found


def _name(rereview_id: str) -> str:
    return f"rereview-{rereview_id[:40]}"
