"""The logs of what people did and were told, and of how the pipeline fared."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from mrs.contracts.dataset import Dataset
from mrs.contracts.governance import AboutReport, Governed


class UserEdit(AboutReport, Governed):
    """An analyst's edit of a report."""

    edit_id: str = Field(description="sha256 over the report, action, cause, comment, author and based_on.")
    report_id: str = Field(description="The report.")
    action: str = Field(description="`set_cause`, `approve`, `reject` or `comment`.")
    cause: str | None = Field(description="The cause, for `set_cause`.")
    comment: str | None = Field(description="Free text.")
    author: str = Field(description="Who, from the token.")
    edited_at: datetime = Field(description="When, UTC.")
    based_on: datetime = Field(description="The `written_at` of the state that the author saw.")


class UserEventEdit(AboutReport, Governed):
    """An analyst's edit of a Minority Event."""

    edit_id: str = Field(description="sha256 over the event, action, value, author and based_on.")
    report_group_id: str = Field(description="The event.")
    action: str = Field(
        description="`set_cause`, `add_evidence`, `rename`, `merge_into`, `remove_report`, `approve`, `reject`, "
        "`snooze` or `comment`."
    )
    value: str | None = Field(description="JSON: what the action needs (`cause`, `name`, `into`, `report_id`, …).")
    author: str = Field(description="Who, from the token.")
    edited_at: datetime = Field(description="When, UTC.")
    based_on: datetime = Field(description="The `written_at` of the state that the author saw.")


class MinorityReportFinalised(AboutReport, Governed):
    """A report with its final cause, after model and edits were merged."""

    report_id: str = Field(description="The report.")
    report_group_id: str | None = Field(description="Its event, merges followed.")
    cause: str = Field(description="The cause in force.")
    cause_source: str = Field(description="`model`, `report_edit` or `event_edit`.")
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


class UiNotification(AboutReport, Governed):
    """An alert, for one recipient and channel."""

    notification_id: str = Field(description="sha256 over event_id, trigger_condition, delivered_to and channel.")
    event_id: str = Field(description="The event's `report_group_id`.")
    trigger_condition: str = Field(description="What set it off, in stable words.")
    severity: float = Field(description="The event's severity when it did, 0 to 1.")
    delivered_to: str = Field(description="The recipient.")
    channel: str = Field(description="`email`, `in_app` or `sns`.")
    delivery_status: str = Field(description="`sent`, `suppressed` or `failed`.")
    suppressed_by: str | None = Field(description="What suppressed it; null: nothing.")
    link: str = Field(description="Opens the event in the Workshop.")


class PipelineHealth(Governed):
    """How a stage fared in a tick."""

    stage: str = Field(description="The stage.")
    shard: str = Field(description="Which part of the stores, `k of n`.")
    rows_read: int = Field(description="Input rows that the tick brought.")
    rows_written: int = Field(description="Rows that the stage wrote for the tick.")
    freshness_days: float | None = Field(description="Tick minus the newest date with sales; null: no sales at all.")
    coverage: float | None = Field(description="Share of known stores with sales on the tick's date.")
    error_rate: float = Field(description="Share of the tick's landing rows that were rejected.")


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
    Dataset("pipeline_health_log", PipelineHealth, ("stage", "shard", "tick")),
    Dataset("demo_run_config", DemoRunConfig, ("active_run_id", "changed_at")),
)
