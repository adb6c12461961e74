"""The logs of what people did and were told, and of how the pipeline fared."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from mrs.contracts.dataset import Dataset
from mrs.contracts.governance import OBSERVED, AboutReport, Governed


class UserEdit(AboutReport, Governed):
    """An analyst's edit of a report."""

    edit_id: str = Field(description="sha256 over the report, action, cause, comment, author, based_on and rereview.")
    report_id: str = Field(description="The report.")
    action: str = Field(description="`set_cause`, `approve`, `reject`, `reopen` or `comment`.")
    cause: str | None = Field(description="The cause, for `set_cause`; for `reopen`, the one to go back to.")
    comment: str | None = Field(description="Free text.")
    decided_rereview_id: str | None = Field(description="The rereview that it decides about; null: none.")
    rereview_decision: str | None = Field(
        description="What was made of it: `accepted` or `dismissed`, `… in part` where reports were left out."
    )
    author: str = Field(description="Who, from the token.")
    edited_at: datetime = Field(description="When, UTC.")
    based_on: datetime = Field(description="The `written_at` of the state that the author saw.")


class UserEventEdit(AboutReport, Governed):
    """An analyst's edit of a Minority Event."""

    edit_id: str = Field(description="sha256 over the event, action, value, author and based_on.")
    report_group_id: str = Field(description="The event.")
    action: str = Field(
        description="`set_cause`, `add_evidence`, `rename`, `merge_into`, `remove_report`, `approve`, `reject`, "
        "`reopen`, `snooze`, `comment`, `assign` or `unmerge`."
    )
    value: str | None = Field(
        description="JSON: what the action needs (`cause`, `name`, `into`, `report_id`, …); of an approval by a rule "
        "also `rule_id`, `application_id`, `applied_by`, and the model's `confidence` then."
    )
    author: str = Field(description="Who, from the token.")
    edited_at: datetime = Field(description="When, UTC.")
    based_on: datetime = Field(description="The `written_at` of the state that the author saw.")


class MinorityReportFinalised(AboutReport, Governed):
    """A report with its final cause, after model and edits were merged."""

    report_id: str = Field(description="The report.")
    report_group_id: str | None = Field(description="Its event, merges followed.")
    cause: str = Field(description="The cause in force.")
    cause_source: str = Field(description="`model`, `report_edit`, `event_edit`, or `policy`: accepted by a rule.")
    cause_confidence: float = Field(description="1 where a person decided, else the model's.")
    final_status: str = Field(description="`open`, `ongoing`, `closed`, `approved`, `rejected` or `merged`.")
    edited_by: str | None = Field(description="Who decided; null: the model.")
    edited_at: datetime | None = Field(description="When they did, UTC.")
    model_cause: str = Field(description="What the model proposes.")
    model_confidence: float = Field(description="The model's confidence in that.")


class RereviewWorklist(AboutReport, Governed):
    """A report chosen for a rereview."""

    rereview_id: str = Field(description="sha256 over the selection, the model versions, who asked and when.")
    report_id: str = Field(description="The report.")
    reason: str = Field(description="Why it was chosen.")
    requested_by: str = Field(description="Who asked.")
    cause_before: str | None = Field(description="The cause in force before.")
    confidence_before: float | None = Field(description="Its confidence before.")
    cluster_before: str | None = Field(description="Its cluster before.")
    based_on: datetime = Field(description="The version of the report that was chosen: its newest `written_at` then.")
    request: str = Field(description="JSON: the selection, the models to use and why, as they were asked for.")


class UiNotification(AboutReport, Governed):
    """An alert, for one recipient and channel: first what was decided about it, then what became of each send."""

    notification_id: str = Field(description="sha256 over event_id, trigger_condition, delivered_to and channel.")
    event_id: str = Field(description="The event's `report_group_id`.")
    trigger_condition: str = Field(description="What set it off, in stable words.")
    severity: float = Field(description="The event's severity when it did, 0 to 1.")
    delivered_to: str = Field(description="The recipient.")
    channel: str = Field(description="`email`, `in_app`, `sns` or `webhook`.")
    delivery_status: str = Field(description="`sent`, `suppressed` or `failed`; not sent yet counts as failed.")
    suppressed_by: str | None = Field(description="What suppressed it; null: nothing.")
    link: str = Field(description="Opens the event in the Workshop.")
    attempt: int = Field(description="The send that the row tells of; 0: what was decided before any.")
    subscription_id: str | None = Field(description="The subscription that asked for it; null: the alert topic's own.")
    message_id: str | None = Field(description="The message that carries it: its own, or a digest's; null: none does.")
    deliver_after: datetime | None = Field(description="Held until then, UTC: quiet hours, a digest; null: not held.")
    failure: str | None = Field(description="Why it is `failed`; null: it is not.")
    headline: str | None = Field(description="The event's name when the alert was decided.")
    cause: str | None = Field(description="The event's cause then.")
    sales_delta: float | None = Field(description="Observed minus expected sales of the event then.")


class AlertSubscription(Governed):
    """Who wants to hear of which events, how and when; the newest row of a subscription is in force."""

    subscription_id: str = Field(description="sha256 over owner and the moment of its first request.")
    name: str = Field(description="What its owner calls it.")
    kind: str = Field(description="`person`, or `list` of several.")
    people: list[str] = Field(description="User names that get in-app alerts.")
    addresses: list[str] = Field(description="E-mail addresses.")
    channels: list[str] = Field(description="Of `email`, `in_app`, `sns`, `webhook`; sns is the alert topic.")
    retailer: str | None = Field(description="Only events at this retailer; null: at any.")
    region: str | None = Field(description="Only events in this region; null: in any.")
    category: str | None = Field(description="Only events that touch this category; null: any.")
    min_severity: float = Field(description="From this severity on, 0 to 1.")
    causes: list[str] = Field(description="Only events of these causes; empty: of any.")
    triggers: list[str] = Field(description="Of `severity`, `cause`, `escalated`, `closed`.")
    delivery: str = Field(description="`immediate` or `daily_digest`.")
    digest_at: str | None = Field(description="Local time of the digest, HH:MM; null: the default.")
    quiet_from: str | None = Field(description="Local start of the quiet hours, HH:MM; null: none.")
    quiet_to: str | None = Field(description="Local end of the quiet hours, HH:MM; null: none.")
    time_zone: str = Field(description="IANA name of the zone that the local times are in.")
    is_active: bool = Field(description="False: ended.")
    owner: str = Field(description="Whose it is, from the token of its first request.")
    author: str = Field(description="Who made this row, from the token.")
    edited_at: datetime = Field(description="When, UTC.")
    webhooks: list[str] | None = Field(description="Names of webhooks; null: written before there were any.")


class AlertSilence(Governed):
    """A silence over an event, a scope or a cause; the newest row of a silence is in force."""

    silence_id: str = Field(description="sha256 over what it covers, author and the moment of its request.")
    event_id: str | None = Field(description="Only this event; null: any.")
    retailer: str | None = Field(description="Only events at this retailer; null: at any.")
    region: str | None = Field(description="Only events in this region; null: in any.")
    category: str | None = Field(description="Only events that touch this category; null: any.")
    cause: str | None = Field(description="Only events of this cause; null: of any.")
    until: datetime | None = Field(description="Ends then, UTC; null: not by time.")
    until_severity: float | None = Field(description="Ends when the event is at least so severe; null: not by that.")
    until_closed: bool = Field(description="Ends when the event closes.")
    reason: str | None = Field(description="Why.")
    is_active: bool = Field(description="False: lifted.")
    author: str = Field(description="Who, from the token.")
    edited_at: datetime = Field(description="When, UTC.")


class AcceptanceRule(Governed):
    """A manager's rule by which sure and small proposals are accepted; the newest row of a rule is in force."""

    rule_id: str = Field(description="sha256 over what it says and who set it.")
    name: str = Field(description="What it is called.")
    min_confidence: float = Field(description="Accepts proposals that are at least so sure, 0 to 1.")
    most_money: float = Field(description="Accepts events whose |sales_delta| is at most so much.")
    causes: list[str] = Field(description="Accepts these causes only.")
    each_tick: bool | None = Field(
        description="Whether it accepts by itself what fits after each tick; else only what a manager applies it to."
    )
    is_active: bool = Field(description="False: ended.")
    author: str = Field(description="Who, from the token.")
    edited_at: datetime = Field(description="When, UTC.")


class SavedView(Governed):
    """A list's filters and order under a name; the newest row of a view is in force."""

    view_id: str = Field(description="sha256 over the owner and the name.")
    name: str = Field(description="What it is called.")
    query: str = Field(description="The list's part of the page's address.")
    is_shared: bool = Field(description="Whether everybody sees it.")
    is_active: bool = Field(description="False: removed.")
    owner: str = Field(description="Whose it is, from the token of its first request.")
    author: str = Field(description="Who made this row, from the token.")
    edited_at: datetime = Field(description="When, UTC.")


class NotificationRead(Governed):
    """A person's mark on an in-app alert; the newest row is in force."""

    notification_id: str = Field(description="The alert.")
    reader: str = Field(description="Who, from the token.")
    is_read: bool = Field(description="False: marked as unread again.")
    read_at: datetime = Field(description="When, UTC.")


class AlertAttempt(Governed):
    """A step of one send: claimed before it (create-only: one claimant wins), what the service answered, its echo."""

    message_id: str = Field(description="The message.")
    attempt: int = Field(description="1 for the first send.")
    phase: str = Field(description="`claimed`, `accepted`, `refused` (surely not sent), `unknown`, `echoed` (sent).")
    channel: str = Field(description="`email` or `sns`.")
    delivered_to: str = Field(description="The recipient.")
    claimed_at: datetime | None = Field(description="Logical time of the run that claimed it, UTC; null: an echo.")
    provider_message_id: str | None = Field(description="SES's or SNS's own id; null: there is none.")
    error: str | None = Field(description="What the service or the network said; null: accepted.")


class AlertFeedback(Governed):
    """What came back about a mail: a bounce, a complaint, a rejection, an unsubscribe."""

    feedback_id: str = Field(description="sha256 over what came back: a repeat is the same row.")
    kind: str = Field(description="`bounce`, `complaint`, `reject` or `unsubscribe`.")
    is_permanent: bool = Field(description="Whether it stops further mail to the address.")
    address: str = Field(description="The address, in lower case.")
    message_id: str | None = Field(description="The message, from its tag; null: not tagged.")
    subscription_id: str | None = Field(description="The subscription that an unsubscribe is about.")
    provider_message_id: str | None = Field(description="SES's own id of the mail.")
    happened_at: datetime = Field(description="When, by the service's clock, UTC.")
    detail: str | None = Field(description="What the service said, shortened.")


class PipelineHealth(Governed):
    """How a stage fared in a tick."""

    stage: str = Field(description="The stage.")
    shard: str = Field(description="Which part of the stores, `k of n`.")
    rows_read: int = Field(description="Input rows that the tick brought.")
    rows_written: int = Field(description="Rows that the stage wrote for the tick.")
    freshness_days: float | None = Field(description="Tick minus the newest date with sales; null: no sales at all.")
    coverage: float | None = Field(description="Share of known stores with sales on the tick's date.")
    error_rate: float = Field(description="Share of the tick's landing rows that were rejected.")
    took_ms: Annotated[int | None, OBSERVED] = Field(
        description="Milliseconds that the call that wrote the row took, for all its ticks together; null: not known."
    )
    dead_letters: Annotated[int | None, OBSERVED] = Field(
        description="Messages that lay in all dead-letter queues together; null: the stage does not look, or could not."
    )


class DemoRunConfig(Governed):
    """A change of the active run; the latest row is in force. The one dataset read across runs."""

    active_run_id: str = Field(description="The run that reads without a run_id get.")
    label: str | None = Field(description="What people call it.")
    changed_by: str = Field(description="Who changed it.")
    changed_at: datetime = Field(description="When, UTC.")


PEOPLE_LOGS = (
    Dataset("user_edits_log", UserEdit, ("edit_id",), by_people=True),
    Dataset("user_minority_events_edits_log", UserEventEdit, ("edit_id",), by_people=True),
    Dataset("minority_reports_finalised_log", MinorityReportFinalised, ("report_id", "tick"), short="MRFL"),
    Dataset("rereview_worklist_log", RereviewWorklist, ("rereview_id", "report_id")),
    Dataset("ui_notifications_log", UiNotification, ("notification_id",)),
    Dataset("alert_subscriptions_log", AlertSubscription, ("subscription_id",), by_people=True),
    Dataset("alert_silences_log", AlertSilence, ("silence_id",), by_people=True),
    Dataset("acceptance_rules_log", AcceptanceRule, ("rule_id",), by_people=True),
    Dataset("saved_views_log", SavedView, ("view_id",), by_people=True),
    Dataset("notification_reads_log", NotificationRead, ("notification_id", "reader"), by_people=True),
    Dataset("alert_attempts_log", AlertAttempt, ("message_id", "attempt", "phase")),
    Dataset("alert_feedback_log", AlertFeedback, ("feedback_id",)),
    Dataset("pipeline_health_log", PipelineHealth, ("stage", "shard", "tick")),
    Dataset("demo_run_config", DemoRunConfig, ("active_run_id", "changed_at")),
)
