"""Problem documents (RFC 9457): the body of every answer that is an error."""

from __future__ import annotations

from mrs.errors import MrsError
from pydantic import BaseModel, Field


class FieldFault(BaseModel):
    """One part of a request that does not fit."""

    where: str = Field(description="The parameter or the path into the body.")
    message: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="`about:blank`, or the kind of problem.")
    title: str = Field(description="The kind, in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What to do about it.")
    errors: list[FieldFault] = Field(default=[], description="Which parts of the request do not fit.")


class ProblemError(MrsError):
    """An error that brings its own problem document."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem
