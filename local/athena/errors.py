"""What a query can fail with; the message is what Athena would put into `StateChangeReason`."""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError


class AthenaError(Exception):
    """The query ends as FAILED with this reason."""


class InvalidRequestError(JsonRESTError):
    """The API call itself is refused."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("InvalidRequestException", message)
