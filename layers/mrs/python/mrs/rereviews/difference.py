"""What a rereview would change, by report and by event, as a pure function of rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mrs.decisions.in_force import DECIDED_CONFIDENCE, CauseSource
from mrs.decisions.votes import elected, report_votes, unseen_by

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ReportChange:
    """A report before and after.

    Parameters
    ----------
    cause_before, confidence_before, cluster_before
        From the worklist; for a report with a decided cause, that cause.
    cause_after, confidence_after, cluster_after
        The rereview's result; None if it has none yet.
    changed
        Whether the cause differs.
    decided
        Whether people have decided the report; the rereview then flags it and never changes it.
    based_on
        The version of the report that the rereview saw.
    """

    report_id: str
    store_id: str
    report_group_id: str | None
    sales_delta: float
    cause_before: str | None
    confidence_before: float | None
    cause_after: str | None
    confidence_after: float | None
    cluster_before: str | None
    cluster_after: str | None
    changed: bool
    decided: bool
    based_on: datetime

    @property
    def would_change(self) -> bool:
        """Whether accepting the rereview changes it."""
        return self.changed and not self.decided


@dataclass(frozen=True)
class EventChange:
    """An event with reports in the rereview, as it is and as it would be once the rereview was accepted."""

    report_group_id: str
    name: str
    n_reports: int
    n_changed: int
    sales_delta: float
    cause_before: str | None
    cause_after: str | None


def report_changes(
    worklist: Iterable[Row],
    proposed: Iterable[Row],
    clustered: Iterable[Row],
    reports: Iterable[Row],
    decided: Mapping[str, str],
) -> list[ReportChange]:
    """Return every report of a rereview: those that it would change first, then by money, ties by id.

    Parameters
    ----------
    worklist, proposed, clustered
        The rereview's rows of `rereview_worklist_log`, MRPAL and MRCL.
    reports
        `minority_reports` rows as they stand now.
    decided
        The cause in force of the reports that people have decided; it overrules this rereview.
    """
    causes = {r["report_id"]: r for r in proposed if r["rank"] == 1}
    clusters = {r["report_id"]: r["cluster_id"] for r in clustered}
    standing = {r["report_id"]: r for r in reports}
    found = [
        _change(w, causes, clusters, standing[w["report_id"]], decided) for w in worklist if w["report_id"] in standing
    ]
    return sorted(found, key=lambda c: (not c.changed, -abs(c.sales_delta), c.report_id))


def _change(
    listed: Row, causes: Mapping[str, Row], clusters: Mapping[str, str], now: Row, decided: Mapping[str, str]
) -> ReportChange:
    report = listed["report_id"]
    new = causes.get(report)
    before = decided.get(report, listed["cause_before"])
    after = None if new is None else new["cause"]
    return ReportChange(
        report_id=report,
        store_id=now["store_id"],
        report_group_id=now["report_group_id"],
        sales_delta=now["sales_delta"],
        cause_before=before,
        confidence_before=DECIDED_CONFIDENCE if report in decided else listed["confidence_before"],
        cause_after=after,
        confidence_after=None if new is None else new["confidence"],
        cluster_before=listed["cluster_before"],
        cluster_after=clusters.get(report),
        changed=after is not None and after != before,
        decided=report in decided,
        based_on=listed["based_on"],
    )


def event_changes(changes: Sequence[ReportChange], reports: Iterable[Row], events: Iterable[Row]) -> list[EventChange]:
    """Return the events that reports of a rereview belong to: those whose cause would change first, then by money.

    An event's cause is the one that is named of the sums of |sales_delta| × confidence over its reports
    (`mrs.decisions.votes`); accepting the rereview counts as setting the cause. A cause set on the event itself stays.
    """
    by_report = {c.report_id: c for c in changes}
    touched = {c.report_group_id for c in changes} - {None}
    votes: dict[str, dict[str, float]] = {}
    seen: dict[str, set[str]] = {}
    for row in reports:
        if row["report_group_id"] in touched:
            own = votes.setdefault(row["report_group_id"], {})
            cast, unseen = _votes(row, by_report.get(row["report_id"]))
            seen.setdefault(row["report_group_id"], set()).update(cast.keys() - unseen)
            for cause, share in cast.items():
                own[cause] = own.get(cause, 0.0) + abs(row["sales_delta"]) * share
    found = []
    for event in events:
        group = event["report_group_id"]
        if group in touched:
            mine = [c for c in changes if c.report_group_id == group]
            own = votes.get(group, {})
            found.append(_event(event, mine, own, own.keys() - seen.get(group, set())))
    return sorted(found, key=lambda e: (e.cause_before == e.cause_after, -abs(e.sales_delta), e.report_group_id))


def _event(
    event: Row, mine: Sequence[ReportChange], votes: Mapping[str, float], unseen: Collection[str]
) -> EventChange:
    stays = event["cause_source"] in (CauseSource.EVENT_EDIT, CauseSource.POLICY) or not votes
    return EventChange(
        report_group_id=event["report_group_id"],
        name=event["name"],
        n_reports=len(mine),
        n_changed=sum(c.would_change for c in mine),
        sales_delta=event["sales_delta"],
        cause_before=event["cause"],
        cause_after=event["cause"] if stays else elected(votes, unseen),
    )


def _votes(report: Row, change: ReportChange | None) -> tuple[Mapping[str, float], frozenset[str]]:
    """Return a report's votes once the rereview is accepted, and which of them no feed can show.

    A changed report votes for its new cause alone.
    """
    if change is not None and change.would_change and change.cause_after is not None:
        return {change.cause_after: DECIDED_CONFIDENCE}, frozenset()
    return report_votes(report), unseen_by(report)
