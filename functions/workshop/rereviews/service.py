"""Rereviews, as their routes see them: which there are, start one, follow it, see what it would change, decide.

Acceptance is an edit like any other (`set_cause` for each report, all of them or none), dismissal a comment; what
people have decided is never overwritten, only flagged. A decision is told from other edits by the rereview in it.
"""

from __future__ import annotations

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from mrs.errors import BadInputError

from functions.workshop.desk import Desk
from functions.workshop.parameters import When
from functions.workshop.rereview_execution import begin, in_words, rereview_of
from functions.workshop.rereview_log import Rereview, all_rereviews
from functions.workshop.rereview_outcome import differences, settle
from functions.workshop.rereview_requests import Models, RereviewDecision, RereviewRequest, Selection
from functions.workshop.views_more import DecisionTaken, Difference, Rereviews, RereviewView

__all__ = ["Models", "RereviewDecision", "RereviewRequest", "Selection"]


def listed(desk: Desk, when: When) -> Rereviews:
    """Return the rereviews of a run, the newest first."""
    found = sorted(all_rereviews(desk, when), key=lambda r: (r.requested_at, r.rereview_id), reverse=True)
    return Rereviews(items=[in_words(desk, r) for r in found])


def start(desk: Desk, request: RereviewRequest) -> RereviewView:
    """Start a rereview and return it.

    Raises
    ------
    BadInputError
        If the selection fits no report, or a model is not known.
    """
    return in_words(desk, begin(desk, request))


def what_would_change(desk: Desk, version: str, selection: Selection | None = None) -> RereviewView:
    """Start a rereview with another cause model version, to see what it would change before anyone uses it.

    Nothing changes by it: its `difference` says what would, and it is for people to accept or dismiss.
    """
    models = Models.model_validate({"cause_model": "evidence", "cause_model_version": version})
    chosen = selection or Selection.model_validate({})
    reason = f"What cause model version {version} would change"
    asked = {"selection": chosen, "models": models, "reason": reason}
    return start(desk, RereviewRequest.model_validate(asked))


def status(desk: Desk, rereview_id: str, when: When) -> RereviewView:
    """Return how far a rereview is.

    Raises
    ------
    NotFoundError
        If the run has no such rereview.
    """
    return in_words(desk, _found(desk, rereview_id, when))


def difference(desk: Desk, rereview_id: str, when: When) -> Difference:
    """Return what a rereview would change.

    Raises
    ------
    NotFoundError
        If the run has no such rereview.
    """
    return differences(desk, _found(desk, rereview_id, when), when)


def decide(desk: Desk, rereview_id: str, decision: RereviewDecision) -> DecisionTaken:
    """Accept or dismiss a rereview, by edits.

    Raises
    ------
    NotFoundError
        If there is no such rereview.
    BadInputError
        If it is still under way, or there is nothing to decide.
    EditConflictError
        If a report has changed since the rereview; nothing was written.
    """
    found = _found(desk, rereview_id, When.model_validate({}))
    if in_words(desk, found).status == "running":
        raise BadInputError(f"rereview {rereview_id} is still under way; decide when it is done")
    return settle(desk, found, decision)


def _found(desk: Desk, rereview_id: str, when: When) -> Rereview:
    found = rereview_of(desk, rereview_id, when)
    if found is None:
        raise NotFoundError(f"there is no rereview {rereview_id}")
    return found
