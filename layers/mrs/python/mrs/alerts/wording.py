"""An alert in words. Names given by people or feeds stay text: no markup, no line breaks, no control codes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mrs.alerts.mail_content import Facts

_LONGEST = 300
# Control, format (which turn text around or hide it), surrogate, and line and paragraph separators.
_UNFIT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_NAMED = 5


@dataclass(frozen=True)
class Words:
    """What a mail says of one alert, each a line of plain text."""

    subject: str
    headline: str
    why: str
    money: str
    cause: str
    where: str
    when: str
    severity: str
    sentence: str | None
    link: str


def plain(text: str, longest: int = _LONGEST) -> str:
    """Return text on one line without control or format characters, cut where it is very long."""
    kept = "".join(" " if unicodedata.category(c) in _UNFIT else c for c in text)
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def words(facts: Facts) -> Words:
    """Return what is said of an alert."""
    alert, event = facts.alert, facts.event
    headline = plain(alert["headline"] or event.get("name") or "A Minority Event")
    money = _money(facts)
    return Words(
        subject=f"{_tag(alert)}: {plain(headline, 90)}, {money}",
        headline=headline,
        why=_why(alert),
        money=money,
        cause=_cause(alert, event),
        where=_where(event),
        when=_when(event),
        severity=f"{alert['severity']:.2f}",
        sentence=plain(facts.sentence) if facts.sentence else None,
        link=alert["link"],
    )


def _tag(alert: Mapping[str, Any]) -> str:
    condition = alert["trigger_condition"]
    if condition.startswith("mentioned:"):
        return "You were mentioned"
    if condition.startswith("assigned:"):
        return "Assigned to you"
    if condition.startswith("escalated"):
        return "Worse"
    if condition == "closed":
        return "Rejected" if alert["report_status"] == "rejected" else "Closed"
    return "High-impact event" if condition.startswith("cause=") else "Severe event"


def _why(alert: Mapping[str, Any]) -> str:
    condition = plain(alert["trigger_condition"])
    if condition.startswith("mentioned:"):
        return f"{_author(condition)} mentioned you in a comment on this event."
    if condition.startswith("assigned:"):
        return f"{_author(condition)} assigned this event to you."
    if condition == "closed":
        over = "an analyst found it to be none" if alert["report_status"] == "rejected" else "it is over"
        return f"You were told of this event; {over}."
    if condition.startswith("escalated>="):
        return f"You were told of this event; its severity has reached {condition.partition('>=')[2]}."
    if condition.startswith("cause="):
        return f"Its cause is of high impact: {_spaced(condition.partition('=')[2])}."
    return f"Its severity has reached your threshold of {condition.partition('>=')[2]}."


def _author(condition: str) -> str:
    """Return who wrote, from `mentioned:<edit_id>:<author>`."""
    return condition.split(":", 2)[-1]


def _money(facts: Facts) -> str:
    delta = facts.alert["sales_delta"] or 0.0
    expected = facts.event.get("expected_sales") or 0.0
    unit = f" {plain(facts.currency, 16)}" if facts.currency else ""
    share = f" ({100 * delta / expected:+.0f} %)" if expected > 0 else ""
    return f"sales {abs(delta):,.0f}{unit} {'above' if delta >= 0 else 'below'} expectation{share}"


def _cause(alert: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    cause = _spaced(plain(alert["cause"] or "unknown"))
    if event.get("cause_source") in ("report_edit", "event_edit"):
        return f"{cause} (an analyst's decision)"
    sure = event.get("cause_confidence")
    if sure is None:
        return cause
    return f"{cause} ({'more than 99' if sure > 0.99 else f'{100 * sure:.0f}'} % sure)"  # none is a certainty


def _where(event: Mapping[str, Any]) -> str:
    if not event:
        return "–"
    stores = "1 store" if event["n_stores"] == 1 else f"{event['n_stores']} stores"
    places = [_listed(event[name]) for name in ("retailers", "regions") if event[name]]
    return "; ".join([stores, *places])


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(plain(n, 60) for n in names[:_NAMED]) + more


def _when(event: Mapping[str, Any]) -> str:
    if not event:
        return "–"
    first, last = (f"{event[name]:%Y-%m-%d}" for name in ("first_detected_at", "last_detected_at"))
    return first if first == last else f"{first} to {last}"


def _spaced(name: str) -> str:
    return name.replace("_", " ")
