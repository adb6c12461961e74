// The sentence that explains an event, in the viewer's locale: what happened, and the model's reason.
import type { EventLearning } from "@/api/types";
import { readEvidence } from "./evidence";
import { confidence, dayRange, moneyDelta, moneyShort, percent, plural } from "./format";
import { byPerson, causeWord } from "./words";

export interface Told {
  first_detected_at: string;
  last_detected_at: string;
  direction: string;
  n_stores: number;
  regions: readonly string[];
  sales_delta: number;
  expected_sales: number;
  evidence?: unknown;
}

export function whatHappened(event: Told): string {
  const stores = plural(event.n_stores, "store");
  const where = places(event.regions);
  const moved =
    event.expected_sales > 0
      ? `sold ${share(event)} than expected`
      : event.direction === "up"
        ? "sold more than expected"
        : "sold less than expected";
  return `${stores}${where ? ` in ${where}` : ""} ${moved}, ${dayRange(event.first_detected_at, event.last_detected_at)}.`;
}

/** 2.9M, 52% sure: deciding moves 1.4M. Nothing where there is nothing left to decide. */
export function stake({ sales_delta, cause_confidence, worth }: { sales_delta: number; cause_confidence: number; worth: number }): string {
  if (worth < 0.5) return "";
  return `${moneyShort(Math.abs(sales_delta))}, ${confidence(cause_confidence)} sure: deciding moves ${moneyShort(worth)}`;
}

/** Taken out of learning: +1.2M of +1.4M. */
export function takenOut({ days, deviation, taken_out }: Pick<EventLearning, "days" | "deviation" | "taken_out">): string {
  if (!days.length) return "Its days are outside the window that the MAB and the MMM read.";
  return `Taken out of learning: ${moneyDelta(taken_out)} of ${moneyDelta(deviation)}.`;
}

/** Taken out of learning: +4.79M before, +5.4M now. Nothing where it is not known or not other than before. */
export function moved(before: number | null, now: number | null): string {
  if (before === null || now === null) return "";
  const [then, after] = [moneyDelta(before), moneyDelta(now)];
  return then === after ? `taken out of learning: ${after}, as before` : `taken out of learning: ${then} before, ${after} now`;
}

interface Decided {
  cause: string;
  cause_source: string;
  proposed_cause: string | null;
  proposed_confidence: number | null;
}

/** Where a person set another cause than the model's: the reason that follows is the model's. Ends with a space. */
export function decidedBefore(event: Decided, by = "a person"): string {
  if (!byPerson(event.cause_source) || !event.proposed_cause || event.proposed_cause === event.cause) return "";
  const sure = event.proposed_confidence == null ? "" : ` (${confidence(event.proposed_confidence)})`;
  return `${causeWord(event.cause)} was set by ${by}; the model had said ${causeWord(event.proposed_cause)}${sure}: `;
}

/** 23% more. */
export function share({ sales_delta, expected_sales, direction }: Pick<Told, "sales_delta" | "expected_sales" | "direction">): string {
  return `${percent(Math.abs(sales_delta) / expected_sales)} ${direction === "up" ? "more" : "less"}`;
}

export function why(event: Told): string {
  return readEvidence(event.evidence).sentence;
}

function places(regions: readonly string[]): string {
  if (regions.length <= 2) return regions.join(" and ");
  return `${regions[0]} and ${regions.length - 1} more regions`;
}
