"""A world for notification without AWS: objects in memory, services that fail on demand, and echoes that come back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import pyarrow as pa
from mrs.alerts.decide import Occasion, decide
from mrs.alerts.in_force import SUBSCRIPTIONS, audience_of
from mrs.alerts.memory import Memory
from mrs.alerts.model import events_of
from mrs.alerts.settle import Message
from mrs.contracts import Dataset, dataset
from mrs.environment import Environment
from mrs.errors import ConflictingContentError
from mrs.identity import schedule_time
from mrs.settings import NotifySettings
from mrs.stage.harness import run_stage
from mrs.store.keys import LogKey, run_prefix
from mrs.store.log_store import EVERY_RUN, LogStore, Write, Written
from mrs.store.objects import StoredObject

from functions.notify.deliver_alerts import Round, deliver
from functions.notify.feedback import writes_for
from functions.notify.handler import STAGE
from functions.notify.outcomes import Outcome
from functions.notify.rows import write_of
from tests.builders import row, table

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
FIRST = date(2024, 3, 4)


class Killed(BaseException):
    """The function was stopped, as Lambda does at its time limit: nothing that follows happens."""


@dataclass
class MemoryObjects:
    """The create-only store in memory, tables as they are. Once `dead`, nothing works: its process is gone."""

    bucket: str = "logs"
    s3: Any = None
    held: dict[str, tuple[pa.Table, str]] = field(default_factory=dict)
    dead: bool = False
    before_create: Callable[[str], None] = lambda key: None
    after_create: Callable[[str], None] = lambda key: None

    def find(self, prefix: str, start_after: str = "") -> Iterator[StoredObject]:
        self._alive()
        for key in sorted(self.held):
            if key.startswith(prefix) and key > start_after:
                yield StoredObject(key, self.held[key][1], 1)

    def remembered(self, found: StoredObject, without: Collection[str] = ()) -> pa.Table:
        return self.held[found.key][0]  # all of it is in memory: no compacted part is looked for

    def get_tables(
        self, objects: Any, without: Collection[str] = (), keep: Any = None, known: Any = None
    ) -> list[pa.Table]:
        return [self.held[found.key][0].drop_columns(list(without)) for found in objects]

    def create(self, key: str, body: pa.Table, content_hash: str) -> bool:
        self._alive()
        self.before_create(key)
        self._alive()
        if key in self.held:
            if self.held[key][1] != content_hash:
                raise ConflictingContentError(key)
            return False
        self.held[key] = (body, content_hash)
        self.after_create(key)
        self._alive()
        return True

    def _alive(self) -> None:
        if self.dead:
            raise Killed


class NoCatalog:
    """Glue, left out."""

    def register(self, *_: Any) -> None:
        """Do nothing."""


@dataclass
class Service:
    """SES or SNS as a channel: keeps what it took, fails as it is told, echoes what it took when it is asked."""

    name: str
    objects: MemoryObjects
    behave: Callable[[Message], str] = lambda message: "accept"
    took: list[Message] = field(default_factory=list)

    def prepare(self, message: Message) -> Message:
        return message

    def send(self, message: Message) -> Outcome:
        what = self.behave(message)
        if what in ("accept", "accept then die", "accept, answer lost"):
            self.took.append(message)
        if what.endswith("die"):
            self.objects.dead = True
            raise Killed
        if what.endswith("lost"):
            return Outcome("unknown", None, "ReadTimeoutError")
        if what == "accept":
            return Outcome("accepted", f"{self.name}-{len(self.took)}")
        return Outcome("refused", None, what)

    def delivered(self) -> list[str]:
        """Return the id of every notification that was taken, as often as it was."""
        return [alert["notification_id"] for message in self.took for alert in message.alerts]


@dataclass
class Rows:
    """What `FastLogs` reads: rows that pretend to be a table."""

    rows: list[dict[str, Any]]

    def to_pylist(self) -> list[dict[str, Any]]:
        return self.rows

    def sort_by(self, by: list[tuple[str, str]]) -> Rows:
        return Rows(sorted(self.rows, key=lambda r: tuple(r[name] for name, _ in by)))


@dataclass
class FastLogs:
    """The log store's promises over plain rows, a tenth of its time: create-only keys, the newest row of a key wins."""

    objects: MemoryObjects

    def append(self, writes: Sequence[Write]) -> list[Written]:
        return [self._append(w) for w in writes]

    def _append(self, w: Write) -> Written:
        key = LogKey(w.dataset.name, w.run_id, w.tick, w.written_at, w.part)
        rows = [{**r, "run_id": w.run_id, "tick": w.tick} for r in w.table.to_pylist()]
        return Written(str(key), len(rows), self.objects.create(str(key), rows, repr(rows)))

    def read(
        self,
        ds: Dataset,
        run_id: str,
        *,
        first: date | None = None,
        last: date | None = None,
        visible: Callable[[LogKey], bool] | None = None,
        history: bool = False,
    ) -> Rows:
        found = []
        for stored in self.objects.find(f"logs/{ds.name}/" if run_id == EVERY_RUN else run_prefix(ds.name, run_id)):
            key = LogKey.parse(stored.key)
            assert key is not None
            if (first or key.tick) <= key.tick <= (last or key.tick) and (visible is None or visible(key)):
                found += self.objects.held[stored.key][0]
        if history:
            return Rows(list(found))
        newest: dict[tuple[Any, ...], dict[str, Any]] = {}
        for r in sorted(found, key=lambda r: r["written_at"]):
            newest[tuple(r[k] for k in ds.key)] = r
        return Rows(list(newest.values()))


@dataclass
class World:
    """A log store in memory with both services over it."""

    objects: MemoryObjects = field(default_factory=MemoryObjects)
    settings: NotifySettings = field(default_factory=NotifySettings)

    def __post_init__(self) -> None:
        self.logs = LogStore(self.objects, NoCatalog())  # type: ignore[arg-type]
        self.email, self.sns = Service("email", self.objects), Service("sns", self.objects)
        self._echoed = 0

    def append(self, name: str, rows: Sequence[dict[str, Any]], tick: date, run_id: str = "r", part: str = "0") -> None:
        ds = dataset(name)
        full = [row(ds, **{"tick": tick, **r}) for r in rows]
        content = pa.Table.from_pylist(full, schema=ds.schema)
        self.logs.append([Write(ds, run_id, tick, schedule_time(tick), content, f"p{part}")])

    def round(self, now: datetime, run_id: str = "r", last_tick: date | None = None) -> dict[str, int]:
        """Deliver at a logical time; a kill ends it as it ends the process, and leaves the store as it was then."""
        this = Round(self.logs, run_id, last_tick, now, self.settings, {"email": self.email, "sns": self.sns})
        try:
            return deliver(this)
        except Killed:
            return {"killed": 1}
        finally:
            self.objects.dead = False

    def tick(self, n: int) -> None:
        """Run the whole of notification for a tick: decide, log, deliver; a kill ends it where it strikes."""
        try:
            self.log_what_is_due(n)
        except Killed:
            self.objects.dead = False
            return
        self.round(schedule_time(days(n)), last_tick=days(n))

    def log_what_is_due(self, n: int) -> None:
        """Decide the alerts of a tick and log them; nothing is sent."""
        at = days(n).isoformat()
        told = SimpleNamespace(logs=lambda: self.logs, alert_topic_arn=TOPIC, dead_letter_queues=())
        environment = cast(Environment, told)
        run_stage(STAGE, {"run_id": "r", "first_tick": at, "last_tick": at}, environment)

    def echo(self) -> None:
        """Let everything that the services took since the last time come back, as SES's Send event and the topic do."""
        taken = [("email", m) for m in self.email.took] + [("sns", m) for m in self.sns.took]
        for channel, message in taken:
            self.logs.append(writes_for(echo_of(channel, message)))

    def notifications(self, run_id: str = "r") -> list[dict[str, Any]]:
        """Return the notifications in force."""
        rows: list[dict[str, Any]] = self.logs.read(dataset("ui_notifications_log"), run_id).to_pylist()
        return rows


class FastWorld(World):
    """The same without harness and Parquet: the decisions and the deliveries as they are, over `FastLogs`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.logs = FastLogs(self.objects)  # type: ignore[assignment]

    def tick(self, n: int) -> None:
        tick, now, ds = days(n), schedule_time(days(n)), dataset("ui_notifications_log")
        history = self.logs.read(ds, "r", last=tick, history=True).to_pylist()
        events = self.logs.read(dataset("minority_events_log"), "r", first=tick, last=tick)
        audience = audience_of(self.logs.read(SUBSCRIPTIONS, "r").to_pylist(), TOPIC, self.settings)
        try:
            if not any(r["tick"] == tick and r["written_at"] == now for r in history):
                memory = Memory.of(r for r in history if r["tick"] < tick or r["written_at"] < now)
                at = Occasion(tick, now)
                rows = decide(at, events_of(cast(pa.Table, events), {}), audience, [], memory, self.settings)
                self.logs.append([write_of(ds, "r", tick, now, "000of001", rows)])
        except Killed:
            self.objects.dead = False
            return
        self.round(now, last_tick=tick)


@contextmanager
def tables_as_they_are() -> Iterator[None]:
    """Leave the Parquet encoding out: what is tested does not depend on it, and it takes most of the time."""
    with patch("mrs.store.log_store.parquet_bytes", lambda table: table):
        yield


def echo_of(channel: str, message: Message, run_id: str = "r") -> dict[str, Any]:
    """Return the SNS record by which a service tells that it took a message."""
    tags = {
        "mrs-message": message.message_id,
        "mrs-attempt": str(message.attempt),
        "mrs-run": run_id.encode().hex(),
        "mrs-tick": message.alerts[0]["first_tick"].isoformat(),
    }
    sns = {"MessageId": f"{channel}{message.message_id[:8]}{message.attempt}", "Timestamp": "2024-03-05T06:00:01.000Z"}
    if channel == "sns":
        attributes = {k: {"Type": "String", "Value": v} for k, v in tags.items()}
        return {**sns, "TopicArn": TOPIC, "Message": "{}", "MessageAttributes": attributes}
    mail = {
        "timestamp": "2024-03-05T06:00:00.000Z",
        "messageId": sns["MessageId"],
        "destination": [message.delivered_to],
        "tags": {k: [v] for k, v in tags.items()},
    }
    return {**sns, "Message": json.dumps({"eventType": "Send", "mail": mail})}


def subscription(**values: Any) -> dict[str, Any]:
    """Return an `alert_subscriptions_log` row of a person who gets mail at once, over the given columns."""
    plain = {
        "subscription_id": "s1",
        "name": "all",
        "kind": "person",
        "people": ["ana"],
        "addresses": ["ana@example.com"],
        "channels": ["email"],
        "min_severity": 0.8,
        "causes": [],
        "triggers": ["severity", "cause", "escalated", "closed"],
        "delivery": "immediate",
        "time_zone": "UTC",
        "is_active": True,
        "owner": "ana",
        "author": "ana",
    }
    return row(dataset("alert_subscriptions_log"), **(plain | values))


def event(event_id: str = "g", **values: Any) -> dict[str, Any]:
    """Return a `minority_events_log` row of a severe event of weather, over the given columns."""
    plain = {
        "report_group_id": event_id,
        "name": f"Event {event_id}",
        "severity": 0.95,
        "cause": "weather",
        "cause_confidence": 0.9,
        "event_status": "open",
        "regions": ["BE"],
        "retailers": ["Acme"],
        "sales_delta": -1200.0,
        "expected_sales": 4000.0,
        "direction": "down",
    }
    return row(dataset("minority_events_log"), **(plain | values))


def days(n: int) -> date:
    """Return the n-th tick."""
    return FIRST + timedelta(days=n)


__all__ = ["Killed", "World", "days", "echo_of", "event", "subscription", "table"]
