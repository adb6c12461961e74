"""Answers to edits."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from functions.workshop.events.models import Event
from functions.workshop.http.problems import Problem
from functions.workshop.objects.models import Edit
from functions.workshop.reports.models import Report


class EditsAccepted(BaseModel):
    """What became of an edit."""

    created: bool = Field(description="False: the very same edit was there already, and nothing was written.")
    edits: list[Edit]
    visible_from: datetime = Field(description="From when the hydrated state holds it; until then it is pending.")
    refresh: str | None = Field(
        description="Name of the execution that brings it there; null: it is there already, or a tick is under way and "
        "it will be there some time after its end."
    )


class ReportEditsAccepted(EditsAccepted):
    """What became of an edit of reports."""

    reports: list[Report] = Field(description="The reports as they stand now.")


class EventEditsAccepted(EditsAccepted):
    """What became of an edit of events."""

    events: list[Event] = Field(description="The events as they stand now.")


class Clash(BaseModel):
    """An object that has changed since the author saw it."""

    object_id: str = Field(description="The report or event.")
    based_on: datetime = Field(description="The version that the edit was based on.")
    current_version: datetime | None = Field(description="The version now; null: there is no such object.")
    seen: Report | Event | None = Field(description="The object as the author saw it; null: not known.")
    current: Report | Event | None = Field(description="The object now.")
    edits_since: list[Edit] = Field(description="What others did in between, oldest first.")


class Conflict(Problem):
    """An edit of something that has changed since; nothing was written."""

    conflicts: list[Clash] = Field(description="Every object that has changed.")
