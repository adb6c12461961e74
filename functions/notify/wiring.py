"""The environment of notification, and what it reads beside the harness."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
from mrs.alerts.in_force import SUBSCRIPTIONS, subscriptions_in_force
from mrs.alerts.mail_content import FactBook
from mrs.alerts.webhook import webhooks_of
from mrs.environment import client
from mrs.settings import NotifySettings
from mrs.stage import StageContext
from mrs.store.keys import LogKey, shard_part
from mrs.store.log_store import LogStore
from pydantic import BaseModel, ConfigDict, Field

from functions.notify.channels import Mailing, SesChannel, SnsChannel, sending_client
from functions.notify.deliver_alerts import Channel, Round
from functions.notify.evaluate_alert_triggers import NOTIFICATIONS, OCCASION
from functions.notify.webhooks import WebhookChannel

# A message takes less than this; what would not fit into the function's time is left to the next run.
_MILLISECONDS_A_MESSAGE = 45_000


class AlertEnvironment(BaseModel):
    """The environment variables of the functions that send and receive."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sender: str = Field("", alias="ALERT_SENDER")
    configuration_set: str = Field("", alias="ALERT_CONFIGURATION_SET")
    unsubscribe_url: str = Field("", alias="UNSUBSCRIBE_URL")
    unsubscribe_secret: str = Field("", alias="UNSUBSCRIBE_SECRET_ARN")
    webhooks_secret: str = Field("", alias="WEBHOOKS_SECRET_ARN")
    webhooks_allow_private: bool = Field(False, alias="WEBHOOKS_ALLOW_PRIVATE")

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> AlertEnvironment:
        """Return the environment from `variables`, by default the process's."""
        return cls.model_validate(dict(os.environ if variables is None else variables))


@lru_cache(maxsize=4)
def secret_of(arn: str) -> bytes:
    """Return the key that unsubscribe tokens are signed with; read once a process."""
    return newest_secret(arn).encode()


def newest_secret(arn: str) -> str:
    """Return a secret's text as it is now: receivers come and go while a function is warm."""
    value: str = client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return value


def known_before(context: StageContext) -> dict[str, pa.Table]:
    """Return the notifications and subscriptions that a tick knows of, and the occasion itself.

    What this very write decided when it was made before is handed over as `decided`: it stays decided, even where an
    earlier tick has been caught up with since.
    """
    event = context.event
    tick, now = event.last_tick, event.write_time(event.last_tick)

    def in_time(key: LogKey) -> bool:
        return key.tick < tick or (key.tick == tick and key.written_at <= now)

    def before(key: LogKey) -> bool:
        return key.tick < tick or key.written_at < now

    def this_write(key: LogKey) -> bool:
        return key.written_at == now and key.part == shard_part(event.shard, event.shards)

    occasion = {"now": now, "mode": event.mode, "topic": context.environment.alert_topic_arn}
    rows = subscriptions_in_force(context.logs, event.run_id, in_time)
    return {
        "notifications": context.logs.read(NOTIFICATIONS, event.run_id, last=tick, visible=before, history=True),
        "decided": context.logs.read(
            NOTIFICATIONS, event.run_id, first=tick, last=tick, visible=this_write, history=True
        ).drop_columns(["tick", "run_id", "written_at"]),
        "subscriptions": pa.Table.from_pylist(rows, schema=SUBSCRIPTIONS.schema),
        "occasion": pa.Table.from_pylist([occasion], schema=OCCASION),
    }


def round_of(
    logs: LogStore, run_id: str, last_tick: date | None, now: datetime, settings: NotifySettings, context: Any
) -> Round:
    """Return a round of delivery over every channel; `context` is Lambda's, which knows how much time is left."""
    told = AlertEnvironment.read()
    facts = FactBook(logs, run_id, settings.chart_days)
    mailing = Mailing(
        told.sender, told.configuration_set, told.unsubscribe_url, lambda: secret_of(told.unsubscribe_secret)
    )
    channels: dict[str, Channel] = {
        "email": SesChannel(sending_client("ses"), mailing, facts, now),
        "sns": SnsChannel(sending_client("sns"), facts),
        "webhook": WebhookChannel(
            lambda: webhooks_of(newest_secret(told.webhooks_secret)), facts, now, told.webhooks_allow_private
        ),
    }

    def has_time() -> bool:
        return context is None or context.get_remaining_time_in_millis() > _MILLISECONDS_A_MESSAGE

    return Round(logs, run_id, last_tick, now, settings, channels, has_time)
