"""Evidence as people read it: for each event and candidate cause, its signals in numbers and one plain sentence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from mrs.arrays import EPOCH, BoolArray, FloatArray, IntArray, known_or_zero
from mrs.attribution.episodes import window_of
from mrs.attribution.params import EXPOSED, MOST_DIGITS, QUIET_ACTIVITY, USUAL_RANGE
from mrs.attribution.probabilities import Proposals
from mrs.attribution.signal_specs import CAUSES, FEED_OF_CAUSE, SIGNAL_CAUSES
from mrs.attribution.signals import Signal, from_scale
from mrs.attribution.tick_evidence import TickEvidence
from mrs.contracts import Cause
from mrs.decisions.verdict import named


@dataclass(frozen=True)
class SignalFacts:
    """What one signal did in each event: value, usual range, and the days from the onset to its rise.

    Means over the stores that saw the signal move, over all of the event's stores where none did.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    lag: FloatArray

    def digits(self, event: int, signal: Signal) -> int:
        """Return the decimals to show: the signal's own, or so many more that a value outside its range looks it."""
        value, low, high = (float(of[event]) for of in (self.value, self.low, self.high))
        for digits in range(signal.spec.digits, MOST_DIGITS):
            shown = round(value, digits)
            if (value < low) == (shown < round(low, digits)) and (value > high) == (shown > round(high, digits)):
                return digits
        return MOST_DIGITS


def signal_facts(evidence: TickEvidence) -> list[SignalFacts]:
    """Return, for every signal, what it did in the events of the tick."""
    return [_facts(evidence, signal, evidence.fit.own[:, k]) for k, signal in enumerate(evidence.signals)]


def _facts(evidence: TickEvidence, signal: Signal, exposure: FloatArray) -> SignalFacts:
    found, reports = evidence.found, evidence.reports
    row = signal.row[reports.store]
    during = found.during
    exposed = exposure > EXPOSED
    told = (row >= 0) & (exposed | (found.reports.total(exposed.astype(float)) == 0)[evidence.event])

    def pooled(matrix: FloatArray) -> FloatArray:
        part = np.where(told[:, None], window_of(matrix, evidence.column)[row], np.nan)
        known = np.isfinite(part)
        n = found.reports.total(known.astype(float))
        return np.where(n > 0, found.reports.total(known_or_zero(part)) / np.maximum(n, 1), np.nan)

    def over_event(mean: FloatArray) -> FloatArray:
        known = during * np.isfinite(mean)
        n = known.sum(axis=1)
        return np.where(n > 0, (known_or_zero(mean) * known).sum(axis=1) / np.maximum(n, 1), np.nan)

    value, usual, spread = over_event(pooled(signal.value)), pooled(signal.usual), pooled(signal.spread)
    at = (found.days == found.first[:, None]).argmax(axis=1)
    rows = np.arange(len(at))
    centre, width = usual[rows, at], USUAL_RANGE * spread[rows, at]
    low, high = from_scale(centre - width, signal.spec), from_scale(centre + width, signal.spec)
    if signal.spec.name.endswith("availability"):
        high = np.minimum(high, 1.0)
    active = pooled(signal.active)
    rise = np.diff(known_or_zero(active), axis=1, prepend=0.0)
    rise[:, 0] = 0.0
    near = np.abs(found.days - found.first[:, None]) <= 6
    best = np.where(near, rise, -1.0).argmax(axis=1)
    lag = np.where(np.where(near, rise, 0.0).max(axis=1) > QUIET_ACTIVITY, found.days[best] - found.first, np.nan)
    return SignalFacts(value, low, high, lag)


class EvidenceWriter:
    """Writes the evidence of the events of one tick; each event and cause once, however many reports share it."""

    def __init__(self, evidence: TickEvidence, proposals: Proposals) -> None:
        self._evidence = evidence
        self._facts = signal_facts(evidence)
        self._weight = evidence.found.pooled(proposals.weight.reshape(len(proposals.weight), -1)).reshape(
            -1, *proposals.weight.shape[1:]
        )
        first = np.full(len(evidence.found.sign), 0)
        first[evidence.event[::-1]] = np.arange(len(evidence.event))[::-1]
        self._signal = evidence.features.signal[first]
        self._chance = evidence.found.pooled(proposals.confidence)
        self._unseen = ~evidence.features.allowed[first]
        self._written: dict[tuple[int, int], str] = {}

    def json_of(self, event: int, cause: int) -> str:
        """Return the evidence of an event for a cause, by the cause's index in `CAUSES`."""
        key = (event, cause)
        if key not in self._written:
            self._written[key] = json.dumps(self._of(event, CAUSES[cause]), sort_keys=True, ensure_ascii=False)
        return self._written[key]

    def _of(self, event: int, cause: Cause) -> dict[str, Any]:
        found = self._evidence.found
        weights = self._weight[event, CAUSES.index(cause)]
        total = float(np.abs(weights).sum()) or 1.0
        signals = [
            self._signal_entry(event, int(column), float(weights[k]), total)
            for k, column in enumerate(self._signal[event])
            if column >= 0 and (SIGNAL_CAUSES[k] == cause or abs(weights[k]) / total >= 0.10)
        ]
        signals.sort(key=lambda s: (-abs(s["weight"]), s["signal"]))
        return {
            "sentence": self._sentence(event, cause) + self._lasting_sentence(event),
            "signals": signals,
            "deviation": {
                "direction": "up" if found.sign[event] > 0 else "down",
                "share": _rounded(np.expm1(found.size[event]), 3),
                "first_day": _day(found.first[event]),
                "last_day": _day(found.last[event]),
                "stores": self._stores(event),
                "lasting_since": None if (since := self._evidence.lasting_since[event]) < 0 else _day(since),
                "weight": _rounded(weights[-1], 3),
                "weight_share": _rounded(abs(weights[-1]) / total, 3),
            },
        }

    def _stores(self, event: int) -> int:
        return int(self._evidence.members[event])

    def _signal_entry(self, event: int, column: int, weight: float, total: float) -> dict[str, Any]:
        signal, facts, fit = self._evidence.signals[column], self._facts[column], self._evidence.fit
        others, digits = fit.others[event, column], facts.digits(event, signal)
        return {
            "signal": signal.name,
            "feed": signal.spec.feed,
            "label": self._label(column),
            "value": _rounded(facts.value[event], digits),
            "usual_low": None if signal.spec.scale == "flag" else _rounded(facts.low[event], digits),
            "usual_high": None if signal.spec.scale == "flag" else _rounded(facts.high[event], digits),
            "days_from_onset": None if not np.isfinite(facts.lag[event]) else int(facts.lag[event]),
            "stores": round(float(fit.reach[event, column]) * self._stores(event)),
            "of_stores": self._stores(event),
            "effect_in_other_exposed_stores": _rounded(others, 3),
            "course_fit": _rounded(fit.course[event, column], 3),
            "active_share_before": _rounded(fit.idle[event, column], 3),
            "weight": _rounded(weight, 3),
            "weight_share": _rounded(abs(weight) / total, 3),
        }

    def _label(self, column: int) -> str:
        signal = self._evidence.signals[column]
        if signal.spec.name != "spend":
            return signal.spec.label
        return f"{_BRANDS.get(str(signal.source).lower(), signal.source)} {signal.spec.label}"

    def _sentence(self, event: int, cause: Cause) -> str:
        """Say why in one sentence; how many stores moved and by how much is said once, by the event itself."""
        found = self._evidence.found
        moved = "rose" if found.sign[event] > 0 else "fell"
        change = f"sales {moved} from {_day(found.first[event])}"
        if not found.size[event]:  # there is no deviation to measure: nothing came, or nothing was expected
            stores = self._stores(event)
            where = "this store" if stores == 1 else f"{stores} stores"
            change = f"{where} sold on days of habitual closing" if moved == "rose" else f"no sales came from {where}"
        if cause in SIGNAL_CAUSES:
            column = int(self._signal[event, SIGNAL_CAUSES.index(cause)])
            return _capital(f"{self._signal_clause(event, column, moved)}{self._spend_clause(event, cause)}.")
        if cause == Cause.DATA_QUALITY:
            return _capital(f"{change}{self._fault_clause(event)}.")
        if cause == Cause.STORE_DISRUPTION:
            return _capital(f"{change} with no signal to explain it{self._spend_clause(event, cause)}.")
        fits = f"{change}, and no known signal fits{self._spend_clause(event, cause)}."
        return _capital(fits) + self._unseen_sentence(event)

    def _lasting_sentence(self, event: int) -> str:
        since = self._evidence.lasting_since[event]
        if since < 0:
            return ""
        return f" The change has lasted: sales have kept their new level since {_day(since)}, which is expected by now."

    def _signal_clause(self, event: int, column: int, moved: str) -> str:
        if column < 0:
            return f"sales {moved} from {_day(self._evidence.found.first[event])}; nothing is known of such a signal"
        signal, facts, fit = self._evidence.signals[column], self._facts[column], self._evidence.fit
        stores, seen = self._stores(event), round(float(fit.reach[event, column]) * self._stores(event))
        when = _when(float(facts.lag[event]), moved)
        if signal.spec.scale == "flag":
            if seen == 0:
                began = _day(self._evidence.found.first[event])
                return (
                    f"sales {moved} from {began}; no {signal.spec.label} is in the calendar for these stores and days"
                )
            return f"a {signal.spec.label} is in the calendar for {seen} of {stores} stores{when}"
        digits = facts.digits(event, signal)
        usual = usual_range(float(facts.low[event]), float(facts.high[event]), digits)
        number = f"{_number(facts.value[event], digits)} (usual {usual})"
        if seen == 0:
            began = _day(self._evidence.found.first[event])
            is_usual = facts.low[event] <= facts.value[event] <= facts.high[event]
            says = "stayed usual" if is_usual else "moved clearly in none of the stores"
            return f"sales {moved} from {began}; {self._label(column)} {says}: {number}"
        way = "rose" if fit.way[event, column] > 0 else "fell"
        return f"{self._label(column)} in {seen} of {stores} stores {way} to {number}{when}"

    def _spend_clause(self, event: int, cause: Cause) -> str:
        """Say what the campaigns did, the question that the whole system is asked."""
        if cause == Cause.PAID_CAMPAIGN:
            return ""
        column = int(self._signal[event, SIGNAL_CAUSES.index(Cause.PAID_CAMPAIGN)])
        if column < 0:
            return "; spend is not known"
        fit = self._evidence.fit
        if fit.cover[event, column] < QUIET_ACTIVITY:
            return "; spend was usual"
        others = fit.others[event, column]
        if np.isfinite(others) and others < 0.3:
            return f"; {self._label(column)} was up too, but other stores that it reached did not move"
        return f"; {self._label(column)} was up too"

    def _unseen_sentence(self, event: int) -> str:
        """Say which cause is likelier than all that can be named, and why it cannot be."""
        best = int(self._chance[event].argmax())
        if not self._unseen[event, best]:
            return ""
        cause = CAUSES[best]
        missing = f"the {FEED_OF_CAUSE[cause]} feed is missing"
        if cause == Cause.PRICE_CHANGE:
            has_prices = any(s.spec.cause == cause for s in self._evidence.signals)
            missing = "sales and prices are all that is known" if has_prices else "no prices come with the sales"
        return f" The likeliest cause is one that cannot be seen, {_UNSEEN[cause]}: {missing}."

    def _fault_clause(self, event: int) -> str:
        names = self._evidence.features.names
        rows = self._evidence.event == event
        mark = {n: float(self._evidence.features.values[rows, names.index(f"look.{n}")].mean()) for n in _MARKS}
        best = max(_MARKS, key=lambda n: mark[n])
        return f", {_MARKS[best]}" if mark[best] > 0.5 else "; the feed itself bears no mark of a fault"


MINUS = "\N{MINUS SIGN}"
_BRANDS = {n.lower(): n for n in ("Facebook", "Google", "Instagram", "Meta", "TikTok", "YouTube")}
"""Platforms as they write themselves; others stay as they landed."""
_UNSEEN = {
    Cause.VIRAL: "a viral post",
    Cause.COMPETITOR_STOCKOUT: "empty shelves at a competitor",
    Cause.OWN_STOCKOUT: "a stock-out of its own",
    Cause.WEATHER: "the weather",
    Cause.LOCAL_EVENT: "a local event",
    Cause.PROMOTION: "a promotion",
    Cause.PRICE_CHANGE: "a price change",
    Cause.PAID_CAMPAIGN: "a paid campaign",
}
"""Causes whose feed may be absent, as a sentence calls them."""
LEAST_SAID = 1e-9
"""Least confidence of a candidate: what rounding leaves of one."""
_UNKNOWN = CAUSES.index(Cause.UNKNOWN)
_MARKS = {
    "zeros": "to exactly zero while the store was open",
    "faulty": "while rows of the feed were missing, or zero in an open store",
    "near_double": "to about twice what was expected, for a day or two only",
    "near_half": "to about half of what was expected, for a day or two only",
    "even": "to even numbers only, as if every sale had been loaded twice",
    "repeats": "and the values repeat those of an earlier day",
    "large_up": "to ten times what was expected, or to more than a store can sell",
}


def _when(lag: float, moved: str) -> str:
    if not np.isfinite(lag):
        return ""
    if lag == 0:
        return f" on the day sales {moved}"
    days = f"{abs(int(lag))} day{'s' if abs(lag) > 1 else ''}"
    return f" {days} {'before' if lag < 0 else 'after'} sales {moved}"


def usual_range(low: float, high: float, digits: int) -> str:
    """Return a range as a sentence writes it; one that begins below zero has no dash, which would look like a sign."""
    begin, end = _number(low, digits), _number(high, digits)
    return f"{begin} to {end}" if begin.startswith(MINUS) else f"{begin}–{end}"


def _number(value: float, digits: int) -> str:
    if not np.isfinite(value):
        return "unknown"
    return f"{round(float(value), digits) + 0.0:,.{digits}f}".replace("-", MINUS)  # + 0.0: no minus before a zero


def _rounded(value: float, digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def _day(epoch_day: int) -> str:
    return (EPOCH + timedelta(days=int(epoch_day))).isoformat()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def candidates(confidence: FloatArray, least: float, unseen: BoolArray) -> FloatArray:
    """Return the confidences with candidates below `least` left out, and the rest summing to 1.

    `unknown`, which may be named for causes that cannot be seen, stays beside each of them.
    """
    kept = np.where(confidence >= least, confidence, 0.0)
    beside = (np.where(unseen, kept, 0.0) > 0).any(axis=1)
    kept[beside, _UNKNOWN] = np.maximum(confidence[beside, _UNKNOWN], LEAST_SAID)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


def ranks(confidence: FloatArray, unseen: BoolArray) -> IntArray:
    """Return 1 for the cause that each row names (`mrs.decisions.verdict`), then the others, the likeliest first.

    The order of `CAUSES` breaks ties.
    """
    first = named(confidence, unseen, _UNKNOWN)
    order = np.argsort(-np.where(np.arange(len(CAUSES)) == first[:, None], np.inf, confidence), axis=1, kind="stable")
    out = np.empty(order.shape, dtype=np.int64)
    np.put_along_axis(out, order, np.arange(1, confidence.shape[1] + 1)[None, :], axis=1)
    return out
