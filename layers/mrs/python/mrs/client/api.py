"""The Workshop's API as a place to read from: what a person with a token may export, and nothing more."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mrs.errors import BadInputError, StoreError
from mrs.store.weeks import SALES

SECONDS = 120


@dataclass(frozen=True)
class Api:
    """A served Workshop.

    Parameters
    ----------
    url
        Where it is served, e.g. `https://workshop.example.com` or `http://127.0.0.1:8000`.
    token
        A person's id token.
    run_id
        The run; None for the active one.
    """

    url: str
    token: str
    run_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse an address that is none."""
        if not self.url.startswith(("https://", "http://")):
            raise BadInputError(f"{self.url!r} is no address of an API: it begins with https://")

    def table(self, name: str, as_of: datetime | None = None) -> pa.Table:
        """Return a hydrated dataset; people's edits are in it at once."""
        wanted = {"dataset": name, "format": "parquet", "run_id": self.run_id, "as_of": _text(as_of)}
        answer = self._ask("POST", "/api/exports", {k: v for k, v in wanted.items() if v is not None})
        return pq.read_table(io.BytesIO(_fetch(urllib.request.Request(answer["url"]))))  # noqa: S310 (http(s) only)

    def sales(self, as_of: datetime | None = None, first: date | None = None) -> pa.Table:
        """Return the store-days of the newest hydrated state: its window, some 400 days."""
        table = self.table(SALES, as_of)
        return table if first is None else table.filter(pa.compute.greater_equal(table["date"], pa.scalar(first)))

    def log(self, name: str, as_of: datetime | None = None, columns: object = None) -> pa.Table | None:
        """Return the stores; the API serves no other log.

        Raises
        ------
        BadInputError
            If another log is asked for.
        """
        if name != "stores_data":
            raise BadInputError(f"the API serves no {name}: open the state folder or the stack's bucket instead")
        items = self._ask("GET", "/api/stores")["items"]
        fields = [(n, pa.string()) for n in ("store_id", "retailer", "region")]
        return pa.Table.from_pylist([{n: item.get(n) for n, _ in fields} for item in items], schema=pa.schema(fields))

    def newest(self, as_of: datetime | None = None) -> tuple[date, datetime] | None:
        """Return tick and time of writing (UTC) of the newest hydrated state; None where there is none."""
        query = (
            "?limit=1" + (f"&run_id={self.run_id}" if self.run_id else "") + (f"&as_of={_text(as_of)}" if as_of else "")
        )
        state = self._ask("GET", f"/api/events{query}")["state"]
        if state["tick"] is None:
            return None
        return date.fromisoformat(state["tick"]), datetime.fromisoformat(state["written_at"]).replace(tzinfo=None)

    def manifest(self, as_of: datetime | None = None) -> dict[str, Any] | None:
        """Return None, because manifests lie in the bucket."""
        return None

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        url = self.url.rstrip("/") + path
        return json.loads(_fetch(urllib.request.Request(url, data, headers, method=method)))  # noqa: S310 (checked)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.isoformat()}Z"


def _fetch(request: urllib.request.Request) -> bytes:
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 (http(s) only)
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        said = error.read(500).decode("utf-8", "replace")
        raise StoreError(f"{request.full_url.partition('?')[0]} answered {error.code}: {said}") from None
    except urllib.error.URLError as error:
        raise StoreError(f"{request.full_url.partition('?')[0]} cannot be reached: {error.reason}") from None
