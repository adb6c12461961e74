"""Rereviews behind their routes: list, start, follow, compare, decide.

Accepting one is an edit like any other (`set_cause` of each report, all or none), dismissing it a comment. Decided
reports are flagged and never overwritten. The edits of a decision carry the rereview's id.
"""

from __future__ import annotations

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from mrs.errors import BadInputError

from functions.workshop.http.parameters import When
from functions.workshop.rereviews.execution import begin, in_words, rereview_of
from functions.workshop.rereviews.log import Rereview, all_rereviews
from functions.workshop.rereviews.models import DecisionTaken, Difference, Rereviews, RereviewView
from functions.workshop.rereviews.outcome import differences, settle
from functions.workshop.rereviews.requests import RereviewDecision, RereviewRequest
from functions.workshop.state.context import RequestContext


def listed(context: RequestContext, when: When) -> Rereviews:
    """Return the rereviews of a run, the newest first."""
    found = sorted(all_rereviews(context, when), key=lambda r: (r.requested_at, r.rereview_id), reverse=True)
    return Rereviews(items=[in_words(context, r) for r in found])


def start(context: RequestContext, request: RereviewRequest) -> RereviewView:
    """Start a rereview and return it.

    Raises
    ------
    BadInputError
        If the selection fits no report, or a model is not known.
    """
    return in_words(context, begin(context, request))


def status(context: RequestContext, rereview_id: str, when: When) -> RereviewView:
    """Return how far a rereview is.

    Raises
    ------
    NotFoundError
        If the run has no such rereview.
    """
    return in_words(context, _found(context, rereview_id, when))


def difference(context: RequestContext, rereview_id: str, when: When) -> Difference:
    """Return what a rereview would change.

    Raises
    ------
    NotFoundError
        If the run has no such rereview.
    """
    return differences(context, _found(context, rereview_id, when), when)


def decide(context: RequestContext, rereview_id: str, decision: RereviewDecision) -> DecisionTaken:
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
    found = _found(context, rereview_id, When.model_validate({}))
    if in_words(context, found).status == "running":
        raise BadInputError(f"rereview {rereview_id} is still under way; decide when it is done")
    return settle(context, found, decision)


def _found(context: RequestContext, rereview_id: str, when: When) -> Rereview:
    found = rereview_of(context, rereview_id, when)
    if found is None:
        raise NotFoundError(f"there is no rereview {rereview_id}")
    return found
