"""What the client reads through: the log bucket, a state folder, or the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Protocol

import pyarrow as pa


class Reader(Protocol):
    """What the client reads through; `Logs` and `Api` are such."""

    def table(self, name: str, as_of: datetime | None = None) -> pa.Table:
        """Return a hydrated dataset in the newest state of a moment."""

    def sales(self, as_of: datetime | None = None, first: date | None = None) -> pa.Table:
        """Return the newest word on each store-day."""

    def log(self, name: str, as_of: datetime | None = None, columns: Any = None) -> pa.Table | None:
        """Return the rows of a log in force."""

    def newest(self, as_of: datetime | None = None) -> tuple[date, datetime] | None:
        """Return tick and time of writing of the newest state."""

    def manifest(self, as_of: datetime | None = None) -> dict[str, Any] | None:
        """Return the newest state's manifest."""
