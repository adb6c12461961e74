// Which events may be the same thing: the same days, places and direction first, then the same cause.
import type { Event } from "@/api/types";
import { businessDate } from "@/lib/format";

type Compared = Pick<Event, "first_detected_at" | "last_detected_at" | "regions" | "direction" | "cause">;

const DAY_MS = 86_400_000;
const NEAR_DAYS = 14;

/** 0 (nothing in common) to 4 (the same days, regions, direction and cause). */
export function likeness(one: Compared, other: Compared): number {
  return (
    overlap(one, other) +
    shared(one.regions, other.regions) +
    Number(one.direction === other.direction) +
    Number(one.cause === other.cause)
  );
}

/** Days in common as a share of all their days; of events that only follow each other, less by each day between. */
function overlap(one: Compared, other: Compared): number {
  const from = Math.max(+businessDate(one.first_detected_at), +businessDate(other.first_detected_at));
  const to = Math.min(+businessDate(one.last_detected_at), +businessDate(other.last_detected_at));
  const begun = Math.min(+businessDate(one.first_detected_at), +businessDate(other.first_detected_at));
  const ended = Math.max(+businessDate(one.last_detected_at), +businessDate(other.last_detected_at));
  const common = (to - from) / DAY_MS + 1;
  if (common > 0) return common / ((ended - begun) / DAY_MS + 1);
  return Math.max(-1, (common - 1) / NEAR_DAYS);
}

function shared(one: readonly string[], other: readonly string[]): number {
  const all = new Set([...one, ...other]);
  return all.size ? one.filter((region) => other.includes(region)).length / all.size : 0;
}

export function mostAlike(to: readonly Compared[], events: readonly Event[]): Event[] {
  const score = (event: Event) => Math.max(0, ...to.map((one) => likeness(one, event)));
  return events
    .map((event) => ({ event, score: score(event) }))
    .sort((a, b) => b.score - a.score || Math.abs(b.event.sales_delta) - Math.abs(a.event.sales_delta))
    .map(({ event }) => event);
}
