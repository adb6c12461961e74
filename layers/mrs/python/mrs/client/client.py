"""The client: one face over a state folder, a stack's bucket or the API."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from mrs.client.api import Api
from mrs.client.logs import EVENTS, REPORTS, Logs, active_run
from mrs.client.reader import Reader
from mrs.client.rollup import By, Grain, changed_rows, placed, rolled_up
from mrs.client.sources import Bucket, Source, StateFolder
from mrs.errors import BadInputError, TransientError

if TYPE_CHECKING:
    from mrs.client.model_data import ModelData

Moment = datetime | date | str | None
SALES_VALUES = ("observed_sales", "minority_sales", "adjusted_sales", "exclude_probability", "cause")
EVENT_VALUES = ("event_status", "cause", "sales_delta", "n_reports", "merged_into")


@dataclass(frozen=True)
class Client:
    """Reads what a run has published. Every table is Arrow; `.to_pandas()` makes it a frame.

    Make one with `local`, `bucket` or `api`. A moment is a `datetime` (UTC where it has no zone), or text in ISO 8601;
    a date alone means its end. Past moments are those at which something was hydrated: a backfill publishes its last
    tick only.
    """

    reader: Reader

    @classmethod
    def local(cls, state: str | Path, run_id: str | None = None) -> Client:
        """Read a state folder.

        Parameters
        ----------
        state
            The folder, as given to `mrs run --state`.
        run_id
            The run; None for the active one.
        """
        return cls._over(StateFolder(Path(state)), run_id)

    @classmethod
    def bucket(cls, name: str, run_id: str | None = None, s3: Any = None) -> Client:
        """Read a stack's log bucket; `s3` is a boto3 client, by default one with the usual credentials."""
        if s3 is None:
            try:
                import boto3
            except ImportError:
                raise BadInputError("a bucket is read with boto3: pip install boto3") from None
            s3 = boto3.client("s3")
        return cls._over(Bucket(name, s3), run_id)

    @classmethod
    def api(cls, url: str, token: str, run_id: str | None = None) -> Client:
        """Read a served Workshop with a person's token."""
        return cls(Api(url, token, run_id))

    @classmethod
    def _over(cls, source: Source, run_id: str | None) -> Client:
        return cls(Logs(source, run_id or active_run(source)))

    def sales(
        self, as_of: Moment = None, grain: Grain = "day", by: By = "store", first: date | None = None
    ) -> pa.Table:
        """Return `attribution_ready_sales`, with every date that was ever hydrated, not only the last window.

        Parameters
        ----------
        as_of
            The moment whose knowledge is asked for; None for now.
        grain, by
            `day` and `store` give the store-days themselves, with `retailer`, `region` and `report_group_id`
            beside the dataset's columns. Anything coarser is rolled up: see `mrs.client.rollup.rolled_up`.
        first
            No earlier dates than this.
        """
        at = moment(as_of)
        stores = self.reader.log("stores_data", at)
        rows = placed(self.reader.sales(at, first), stores, self.reader.table(REPORTS, at))
        return rows if (grain, by) == ("day", "store") else rolled_up(rows, grain, by)

    def events(self, as_of: Moment = None) -> pa.Table:
        """Return `minority_events_log`: the Minority Events as they stood."""
        return self.reader.table(EVENTS, moment(as_of))

    def reports(self, as_of: Moment = None) -> pa.Table:
        """Return `minority_reports`: the reports as they stood."""
        return self.reader.table(REPORTS, moment(as_of))

    def changes(self, since: Moment) -> tuple[pa.Table, pa.Table]:
        """Return the store-days and the events that are new or restated since a moment.

        Returns
        -------
        tuple
            Sales and events as they are now; beside each value the one of then, named `<column>_before`, null in a
            new row.
        """
        then = moment(since)
        if then is None:
            raise BadInputError("since when? give a moment")
        before = self.reader.newest(then)
        sales, events = self.reader.sales(), self.reader.table(EVENTS)
        old_sales = self.reader.sales(then) if before else sales.slice(0, 0)
        old_events = self.reader.table(EVENTS, then) if before else events.slice(0, 0)
        return (
            changed_rows(old_sales, sales, ("store_id", "date"), SALES_VALUES),
            changed_rows(old_events, events, ("report_group_id",), EVENT_VALUES),
        )

    def explain(self, report_id: str) -> dict[str, Any]:
        """Return a report with its evidence, the other candidates, its event and what it took out of each day.

        Raises
        ------
        BadInputError
            If there is no such report, or its first letters fit several.
        """
        reports = self.reports()
        rows = reports.filter(pc.starts_with(reports["report_id"], report_id)).to_pylist()
        if len(rows) != 1:
            raise BadInputError(f"{len(rows)} reports begin with {report_id!r}; give a whole report_id")
        report = rows[0]
        for name in ("evidence", "alternatives"):
            report[name] = json.loads(report[name]) if report[name] else None
        events = self.events()
        event = events.filter(pc.equal(events["report_group_id"], report["report_group_id"] or "")).to_pylist()
        sales = self.reader.sales(first=report["began_at"] or report["first_detected_at"].date())
        days = sales.filter(pc.equal(sales["report_id"], report["report_id"])).sort_by("date")
        return {"report": report, "event": event[0] if event else None, "days": days.to_pylist()}

    def wait_for(self, tick: date | str, seconds: float = 3600, every: float = 15) -> dict[str, Any]:
        """Wait until a business date, or a later one, is published; return what is known of it.

        Returns
        -------
        dict
            The manifest where there is one, else `tick` and `written_at`.

        Raises
        ------
        TransientError
            If it is not there in time.
        """
        wanted = date.fromisoformat(tick) if isinstance(tick, str) else tick
        ends = time.monotonic() + seconds
        while True:
            found = self.reader.newest()
            if found is not None and found[0] >= wanted:
                told = {"tick": found[0].isoformat(), "written_at": f"{found[1].isoformat()}Z"}
                return self.reader.manifest() or told
            if time.monotonic() + every > ends:
                raise TransientError(f"tick {wanted} was not published within {seconds:.0f} seconds")
            time.sleep(every)

    def for_model(self, tool: str, **wanted: Any) -> ModelData:
        """Return what a model's library reads: see `mrs.client.models.model_data`. It needs pandas."""
        from mrs.client.models import model_data

        return model_data(self.reader, tool, **wanted)


def moment(value: Moment) -> datetime | None:
    """Return a moment in UTC without a zone; a date alone means its end.

    Raises
    ------
    BadInputError
        If it is no moment.
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == len("YYYY-MM-DD") else datetime.fromisoformat(value)
        except ValueError:
            raise BadInputError(f"{value!r} is no time; write it as 2024-12-31T06:00:00Z or 2024-12-31") from None
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime(value.year, value.month, value.day) + timedelta(days=1) - timedelta(milliseconds=1)  # noqa: DTZ001
