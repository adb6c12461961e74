// The sentence that explains an event, in the viewer's locale: what happened, and the model's reason.
import { dayRange, percent, plural } from "./format";
import { readEvidence } from "./evidence";

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
      ? `sold ${percent(Math.abs(event.sales_delta) / event.expected_sales)} ${event.direction === "up" ? "more" : "less"} than expected`
      : event.direction === "up"
        ? "sold more than expected"
        : "sold less than expected";
  return `${stores}${where ? ` in ${where}` : ""} ${moved}, ${dayRange(event.first_detected_at, event.last_detected_at)}.`;
}

export function why(event: Told): string {
  return readEvidence(event.evidence).sentence;
}

function places(regions: readonly string[]): string {
  if (regions.length <= 2) return new Intl.ListFormat(navigator.language).format(regions);
  return `${regions[0]} and ${regions.length - 1} more regions`;
}
