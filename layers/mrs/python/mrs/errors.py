"""The errors that reach a person: one root, few children, each message naming the dataset, column, key or file."""


class MrsError(Exception):
    """Root of every error that this system raises on purpose."""


class BadInputError(MrsError):
    """A request, event or setting that cannot be served; the message says which part and what to do."""


class LandingError(MrsError):
    """Landing files that cannot be read at all; nothing has been written."""


class ContractError(MrsError):
    """A table that does not fit its dataset's contract."""


class ConflictingContentError(MrsError):
    """A create-only object exists already and holds other content than what was to be written."""


class StoreError(MrsError):
    """The log store could not be read or written."""


class DamagedObjectError(StoreError):
    """A stored object whose bytes are not those that were written; the message names it and says what to do."""


class TransientError(MrsError):
    """Something outside was busy; the same call may succeed when it is tried again."""


class QueryError(MrsError):
    """An Athena query failed; the message names the query and Athena's reason."""
