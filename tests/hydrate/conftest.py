"""A small world of logs, appended as the pipeline appends them, and hydration over it through Athena."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from mrs.contracts import STORED, dataset
from mrs.contracts.catalog import glue_table
from mrs.environment import Environment, client
from mrs.identity import schedule_time
from mrs.settings import HydrateSettings
from mrs.store.athena import Athena
from mrs.store.log_store import Write
from mrs.store.snapshots import Snapshot
from mrs.store.weeks import SALES

import local.athena
from functions.hydrate.changed_weeks import Sources
from functions.hydrate.hydrate_minority_reports import hydrate_minority_reports
from functions.hydrate.queries import EVENTS, REPORTS, ask, first_date
from tests.builders import TICK, at, table

END_OF_TIME = datetime(9999, 12, 31)


@dataclass
class World:
    """Logs of one run, and what hydration makes of them. Each test takes a run of its own in one shared AWS."""

    environment: Environment
    athena: Athena
    run_id: str
    parts: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def log(self, name: str, *rows: dict[str, Any], tick: date = TICK, written_at: datetime | None = None) -> None:
        """Append rows of one tick, each completed with plain values."""
        ds = dataset(name)
        when = written_at or schedule_time(tick)
        made = table(name, *rows, run_id=self.run_id, tick=tick, written_at=when)
        self.environment.logs().append([Write(ds, self.run_id, tick, when, made, f"{next(self.parts):03d}of999")])

    def report(self, report_id: str, tick: date = TICK, written_at: datetime | None = None, **values: Any) -> None:
        """Append a detected report: by default one day long, 50 over 100 expected, surely anomalous."""
        plain: dict[str, Any] = {
            "report_id": report_id,
            "store_id": f"s-{report_id}",
            "first_detected_at": at(tick),
            "last_detected_at": at(tick),
            "direction": "up",
            "observed_sales": 150.0,
            "expected_sales": 100.0,
            "sales_delta": 50.0,
            "anomaly_score": 1.0,
            "report_status": "open",
        }
        self.log("MRDL", plain | values, tick=tick, written_at=written_at)

    def causes(
        self,
        report_id: str,
        tick: date = TICK,
        written_at: datetime | None = None,
        unseen: tuple[str, ...] = (),
        began_at: date | None = None,
        **shares: float,
    ) -> None:
        """Append a report's candidate causes, the likeliest first; `unknown` before what cannot be seen."""
        ordered = sorted(shares.items(), key=lambda item: (bool(unseen) and item[0] != "unknown", -item[1]))
        rows = [
            {
                "report_id": report_id,
                "cause": c,
                "rank": k,
                "confidence": p,
                "is_unseen": c in unseen,
                "began_at": began_at,
                "evidence": f'{{"for": "{report_id}/{c}"}}',
            }
            for k, (c, p) in enumerate(ordered, 1)
        ]
        self.log("MRPAL", *rows, tick=tick, written_at=written_at)

    def event(self, group: str, *reports: str, tick: date = TICK, merged_into: str | None = None) -> None:
        """Append an event's registration, unless it is known, and its reports."""
        if merged_into is None:
            first = {"report_group_id": group, "founding_report_id": reports[0], "first_detected_at": at(tick)}
            self.log("MELOG", first | {"direction": "up"}, tick=tick)
        rows = [
            {"report_id": r, "report_group_id": group, "merged_into": merged_into, "joined_at": tick} for r in reports
        ]
        self.log("MRCH", *rows, tick=tick)

    def hydrate(
        self, name: str, tick: date = TICK, as_of: datetime = END_OF_TIME, settings: HydrateSettings | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows of one hydrated dataset."""
        settings = settings or HydrateSettings()
        asked = (SALES,) if name == SALES else (REPORTS, EVENTS)
        state = Snapshot(self.run_id, tick, as_of)
        sources = Sources.of(self.environment.logs(), state, first_date(tick, settings))
        tables = {n: ask(self.athena, n, sources, settings) for n in asked}
        return hydrate_minority_reports(tables, [tick], settings)[name].to_pylist()

    def reports(self, tick: date = TICK, as_of: datetime = END_OF_TIME) -> dict[str, dict[str, Any]]:
        """Return minority_reports by report."""
        return {r["report_id"]: r for r in self.hydrate(REPORTS, tick, as_of)}

    def events(self, tick: date = TICK, as_of: datetime = END_OF_TIME) -> dict[str, dict[str, Any]]:
        """Return minority_events_log by event."""
        return {e["report_group_id"]: e for e in self.hydrate(EVENTS, tick, as_of)}

    def sales(self, tick: date = TICK, **settings: Any) -> dict[tuple[str, date], dict[str, Any]]:
        """Return attribution_ready_sales by store and date."""
        rows = self.hydrate(SALES, tick, settings=HydrateSettings(**settings))
        found = {(r["store_id"], r["date"]): r for r in rows}
        assert len(found) == len(rows), "a store-day came twice"
        return found


@pytest.fixture(scope="module")
def hydrate_aws() -> Iterator[tuple[Environment, Athena]]:
    """One AWS for all hydration tests: buckets, Glue tables of the contracts, a workgroup, the local engine."""
    with mock_aws():
        client.cache_clear()
        local.athena.install()
        region = {"LocationConstraint": "eu-west-1"}
        s3, glue = boto3.client("s3"), boto3.client("glue")
        for bucket in ("mrs-logs", "mrs-results"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
        glue.create_database(DatabaseInput={"Name": "mrs"})
        for ds in STORED:
            glue.create_table(DatabaseName="mrs", TableInput=glue_table(ds, f"s3://mrs-logs/logs/{ds.name}/"))
        results = {"ResultConfiguration": {"OutputLocation": "s3://mrs-results/athena/"}}
        boto3.client("athena").create_work_group(Name="mrs", Configuration=results)
        env = Environment.read({"LOG_BUCKET": "mrs-logs", "GLUE_DATABASE": "mrs", "ATHENA_WORKGROUP": "mrs"})
        yield env, Athena("mrs", "mrs", client("athena"), client("s3"))
        client.cache_clear()


@pytest.fixture
def world(hydrate_aws: tuple[Environment, Athena], request: pytest.FixtureRequest) -> World:
    """An empty run."""
    return World(*hydrate_aws, run_id=request.node.name[:60].replace("[", "-").replace("]", ""))


def days(count: int) -> timedelta:
    """Return so many days."""
    return timedelta(days=count)
