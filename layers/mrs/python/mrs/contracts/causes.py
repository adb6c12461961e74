"""The words that columns may hold: causes, statuses, directions, actions."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """What made a store's sales leave their expectation."""

    VIRAL = "viral"
    COMPETITOR_STOCKOUT = "competitor_stockout"
    OWN_STOCKOUT = "own_stockout"
    WEATHER = "weather"
    LOCAL_EVENT = "local_event"
    PROMOTION = "promotion"
    PRICE_CHANGE = "price_change"
    PAID_CAMPAIGN = "paid_campaign"
    STORE_DISRUPTION = "store_disruption"
    DATA_QUALITY = "data_quality"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a report or an event is in its life."""

    OPEN = "open"
    ONGOING = "ongoing"
    CLOSED = "closed"
    APPROVED = "approved"
    REJECTED = "rejected"
    MERGED = "merged"


class Direction(StrEnum):
    """Whether sales were above or below their expectation."""

    UP = "up"
    DOWN = "down"


class ReportAction(StrEnum):
    """What an analyst can do to a report."""

    SET_CAUSE = "set_cause"
    APPROVE = "approve"
    REJECT = "reject"
    REOPEN = "reopen"
    COMMENT = "comment"


class EventAction(StrEnum):
    """What an analyst can do to a Minority Event."""

    SET_CAUSE = "set_cause"
    ADD_EVIDENCE = "add_evidence"
    RENAME = "rename"
    MERGE_INTO = "merge_into"
    REMOVE_REPORT = "remove_report"
    APPROVE = "approve"
    REJECT = "reject"
    REOPEN = "reopen"
    SNOOZE = "snooze"
    COMMENT = "comment"
    ASSIGN = "assign"
    UNMERGE = "unmerge"
