"""How a command fails where an execution has failed."""

from __future__ import annotations

from mrs.errors import MrsError

from local.executions import Failure


class ExecutionFailedError(MrsError):
    """An execution ended in failure.

    Parameters
    ----------
    failure
        What the failed stage said.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.message}")
        self.failure = failure

    @property
    def is_bad_input(self) -> bool:
        """Whether the user's input was at fault, rather than the pipeline."""
        return self.failure.error in ("BadInputError", "LandingError", "ConflictingContentError")
