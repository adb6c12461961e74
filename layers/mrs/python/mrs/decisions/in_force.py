"""Which cause and status are in force: what each edit decides, and how decisions combine. Knows no model output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mrs.contracts import EventAction, Status
from mrs.decisions.edits import Edit, newest, not_taken_back

# Reports and events share these actions, under the same names.
SETS_CAUSE = (EventAction.SET_CAUSE, EventAction.APPROVE, EventAction.REOPEN)
STATUS_OF: Mapping[str, str] = {
    EventAction.APPROVE.value: Status.APPROVED.value,
    EventAction.REJECT.value: Status.REJECTED.value,
}
# What the object shows until the pipeline has said how a reopened one lives.
SHOWN_STATUS: Mapping[str, str] = {**STATUS_OF, EventAction.REOPEN.value: Status.OPEN.value}
CLOSED_STATUSES = frozenset({Status.CLOSED.value, Status.REJECTED.value})
DECIDED_CONFIDENCE = 1.0


class CauseSource(StrEnum):
    """Who says which cause is in force: the model, an edit of the report or of its event, or a rule of a manager."""

    MODEL = "model"
    REPORT_EDIT = "report_edit"
    EVENT_EDIT = "event_edit"
    POLICY = "policy"


BY_PEOPLE = frozenset({CauseSource.REPORT_EDIT.value, CauseSource.EVENT_EDIT.value})
"""The sources that are a person's judgement: what a model may learn from, and what makes a cause sure."""


def decided_cause(edit: Edit) -> str | None:
    """Return the cause that an edit puts in force; None if it leaves the cause alone.

    An approval confirms the cause that it carries, as if it had been set; without one it decides the status only.
    A reopening sets the cause that it carries; without one the model's cause is in force again.
    """
    return edit.text("cause") if edit.action in SETS_CAUSE else None


def decided_by(edit: Edit, source: CauseSource) -> tuple[CauseSource, float]:
    """Return who says the cause that an edit decides, and how sure that makes it.

    A person makes it sure. A rule takes over what the model proposed, and leaves it as sure as the model was.

    Parameters
    ----------
    edit
        A decision about the cause.
    source
        The source of a decision that a person makes about such an object.
    """
    if not is_by_rule(edit):
        return source, DECIDED_CONFIDENCE
    return CauseSource.POLICY, float(edit.value.get("confidence", 0.0))


def is_by_rule(edit: Edit) -> bool:
    """Return whether a rule decided, and no person who had looked at the object."""
    return edit.text("rule_id") is not None


def decided_status(edit: Edit) -> str | None:
    """Return the status that an edit decides; None if it decides none, as a reopening, which only takes back."""
    return STATUS_OF.get(edit.action)


def status_in_force(life: str, decided: str | None) -> str:
    """Return the status of an object: what people decided over how it lives, except that a merged event stays merged.

    Parameters
    ----------
    life
        The status without a decision: open, ongoing, closed or merged.
    decided
        The newest decision; None if there is none.
    """
    return life if decided is None or life == Status.MERGED else decided


@dataclass(frozen=True)
class Decision:
    """A decided value (a cause or a status), by whom and when; later decisions compare greater by `order`."""

    edit: Edit
    value: str

    @property
    def author(self) -> str:
        """Who decided."""
        return self.edit.author

    @property
    def edited_at(self) -> datetime:
        """When, UTC without a zone."""
        return self.edit.edited_at

    @property
    def order(self) -> tuple[datetime, str]:
        """The newest wins, ties by `edit_id`."""
        return self.edit.order


@dataclass(frozen=True)
class Decisions:
    """The decisions in force at a tick, by the id of the report or event that they are about.

    Parameters
    ----------
    causes, statuses
        The newest decided cause and status of each object.
    touched
        The objects with an edit that takes effect in this very tick.
    """

    causes: Mapping[str, Decision]
    statuses: Mapping[str, Decision]
    touched: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.causes or self.statuses or self.touched)


def decisions_at(edits: Iterable[Edit], tick: date) -> Decisions:
    """Return what people had decided by a tick, from edits of one kind of object.

    Parameters
    ----------
    edits
        Each with the tick in which it takes effect; later ones do not count.
    tick
        The business date.
    """
    known = [e for e in edits if e.tick <= tick]
    valid = not_taken_back(known)
    causes = {name: Decision(e, cause) for name, (e, cause) in newest(valid, decided_cause).items()}
    statuses = {name: Decision(e, status) for name, (e, status) in newest(valid, decided_status).items()}
    return Decisions(causes, statuses, frozenset(e.object_id for e in known if e.tick == tick))
