"""The hydrated datasets: one row per object, rebuilt from the logs at a tick."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime

from pydantic import Field

from mrs.contracts.dataset import Dataset, Kind
from mrs.contracts.governance import AboutReport, Governed


class MinorityReport(AboutReport, Governed):
    """A minority report as it stands: detection, cluster, cause, event and edits in one row."""

    report_id: str = Field(description="The report.")
    store_id: str = Field(description="The store.")
    retailer: str | None = Field(description="The store's retailer.")
    region: str | None = Field(description="The store's region.")
    began_at: Date | None = Field(
        description="The day from which its event is taken out of the sales, `first_detected_at` at the latest; null: "
        "from before this was kept."
    )
    first_detected_at: datetime = Field(description="The first anomalous business date, at 00:00:00.")
    last_detected_at: datetime = Field(description="The last anomalous business date, at 00:00:00.")
    direction: str = Field(description="`up` or `down`.")
    observed_sales: float = Field(description="Sum of sales over the episode.")
    expected_sales: float = Field(description="Sum of expected sales over the episode.")
    sales_delta: float = Field(description="Observed minus expected.")
    anomaly_score: float = Field(description="Calibrated probability that the episode is anomalous, 0 to 1.")
    severity: float = Field(
        description="How much it matters, 0 to 1: score × s / (s + 1), s the days of the store's normal sales at stake."
    )
    cluster_id: str | None = Field(description="Its newest cluster.")
    report_group_id: str | None = Field(description="Its event, merges followed.")
    proposed_cause: str | None = Field(description="The model's cause.")
    proposed_confidence: float | None = Field(description="The model's confidence in it.")
    alternatives: str | None = Field(description="JSON: the other candidates with their confidences.")
    evidence: str | None = Field(description="JSON: the evidence for the proposed cause.")
    cause: str = Field(description="The cause in force.")
    cause_source: str = Field(description="`model`, `report_edit`, `event_edit`, or `policy`: accepted by a rule.")
    cause_confidence: float = Field(description="1 where a person decided, else the model's.")
    n_edits: int = Field(description="Edits of this report.")
    last_edited_by: str | None = Field(description="Who edited last.")
    lasting_since: Date | None = Field(
        description="Where sales stayed at a new level: its first day; it is expected from the day after "
        "last_detected_at on. Null: none such."
    )


class MinorityEventState(Governed):
    """A Minority Event as it stands."""

    report_group_id: str = Field(description="The event.")
    name: str = Field(description="What to call it.")
    first_detected_at: datetime = Field(description="Earliest first_detected_at of its reports.")
    last_detected_at: datetime = Field(description="Latest last_detected_at of its reports.")
    event_status: str = Field(description="`open`, `ongoing`, `closed`, `approved`, `rejected` or `merged`.")
    direction: str = Field(description="`up` or `down`.")
    n_reports: int = Field(description="Its reports.")
    n_stores: int = Field(description="Their stores.")
    regions: list[str] = Field(description="Their regions, sorted.")
    retailers: list[str] = Field(description="Their retailers, sorted.")
    sales_delta: float = Field(description="Observed minus expected, summed over its reports.")
    expected_sales: float = Field(description="Expected sales, summed over its reports.")
    severity: float = Field(
        description="How much it matters, 0 to 1: score × s / (s + 3), s the store-days of normal sales at stake."
    )
    proposed_cause: str | None = Field(description="The model's cause for the event as a whole.")
    proposed_confidence: float | None = Field(
        description="The model's confidence in it, by its reports together: n are worth 2 n / (n + 1) independent ones."
    )
    cause: str = Field(description="The cause in force.")
    cause_source: str = Field(description="`model`, `report_edit`, `event_edit`, or `policy`: accepted by a rule.")
    cause_confidence: float = Field(description="1 where a person decided, else the model's.")
    evidence: str | None = Field(
        description="JSON: of its reports' evidence for the proposed cause, the one that speaks of the most stores."
    )
    merged_into: str | None = Field(description="The event that has absorbed it; null: it stands.")
    n_edits: int = Field(description="Edits of this event.")
    alternatives: str | None = Field(
        description="JSON: the other candidates with their confidences, for the whole event."
    )
    lasting_since: Date | None = Field(
        description="Where reports whose sales stayed at a new level hold at least half its money: the first day of it "
        "for most of that. Null: none such."
    )


class AttributionReadySales(Governed):
    """A store's sales on a date, fit for the MAB and the MMM to learn from; a tick holds the weeks that changed."""

    store_id: str = Field(description="The store.")
    date: Date = Field(description="Local business date.")
    observed_sales: float | None = Field(description="What was sold, as is known at the tick; null: not known.")
    expected_sales: float | None = Field(description="What was expected; null: too little was known of the store.")
    minority_sales: float = Field(
        description="The part of observed minus expected that non-campaign causes explain, weighted by confidence."
    )
    adjusted_sales: float | None = Field(description="Observed minus minority sales.")
    adjusted_low: float | None = Field(description="Lower end of its 90 % interval.")
    adjusted_high: float | None = Field(description="Upper end of its 90 % interval.")
    exclude_probability: float = Field(
        description="Probability that the day should not be learned from at all, 0 to 1."
    )
    report_id: str | None = Field(
        description="The report that covers the day, from the day on which its event began; null: none does."
    )
    cause: str | None = Field(description="Its cause in force.")
    quality: str | None = Field(
        description="`ok`; `partial`: rows of the day were set aside; `no_expectation`: it was not judged; `missing`: "
        "nothing usable came; `closed`."
    )
    restated_at: datetime | None = Field(description="When it was last restated, UTC; null: it never was.")
    restated_why: str | None = Field(
        description="`late` or `corrected`: by rows that came later; `replayed`; `edited`: a person decided."
    )
    is_replay_due: bool | None = Field(
        description="Whether it was judged by other sales than are known now: the tick of its date is due for replay."
    )


class SalesWeek(Governed):
    """Which write holds a week of `attribution_ready_sales` in a state: of one that has not changed, an earlier one."""

    week: Date = Field(description="Monday of the week.")
    part_tick: Date = Field(description="Tick of the state that wrote the week.")
    part_written_at: datetime = Field(description="When that state was written, UTC.")
    n_objects: int = Field(description="Objects of the logs that the whole state was made of, in its window.")


class Restatement(Governed):
    """A store-day whose numbers are others than in the state that was published before."""

    store_id: str = Field(description="The store.")
    date: Date = Field(description="Local business date.")
    observed_before: float | None = Field(description="What was sold, as was published before; null: not known then.")
    observed_now: float | None = Field(description="What was sold, as is known now.")
    adjusted_before: float | None = Field(description="Adjusted sales, as were published before.")
    adjusted_now: float | None = Field(description="Adjusted sales, as are published now.")
    why: str = Field(description="`late`, `corrected`, `replayed`, `edited`, or `judged`: otherwise, by the models.")


class SalesDay(Governed):
    """What became of the sales of a date: landed = exported + set aside."""

    date: Date = Field(description="Local business date; of what has none that can be read, the tick that saw it.")
    landed_sales: float = Field(description="Newest word on every row that landed: those used and those set aside.")
    exported_sales: float = Field(description="Observed sales in attribution_ready_sales.")
    set_aside_sales: float = Field(description="Sales of rows that were set aside, and for which no usable one came.")
    unexplained_sales: float = Field(description="Landed minus exported minus set aside; not zero: a fault of MRS.")
    store_days: int = Field(description="Store-days exported.")
    rows_set_aside: int = Field(description="Rows set aside.")
    set_aside_why: str | None = Field(description="JSON: rows and sales by reason; null: nothing was set aside.")


HYDRATED = (
    Dataset("minority_reports", MinorityReport, ("report_id", "tick"), supersedes=("tick",), kind=Kind.HYDRATED),
    Dataset(
        "minority_events_log", MinorityEventState, ("report_group_id", "tick"), supersedes=("tick",), kind=Kind.HYDRATED
    ),
    Dataset(
        "attribution_ready_sales",
        AttributionReadySales,
        ("store_id", "date", "tick"),
        supersedes=("tick",),
        kind=Kind.HYDRATED,
    ),
    Dataset("attribution_ready_sales_weeks", SalesWeek, ("week", "tick"), supersedes=("tick",), kind=Kind.HYDRATED),
    Dataset("restatements", Restatement, ("store_id", "date", "tick"), supersedes=("tick",), kind=Kind.HYDRATED),
    Dataset("sales_reconciliation", SalesDay, ("date", "tick"), supersedes=("tick",), kind=Kind.HYDRATED),
)
