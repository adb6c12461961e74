// The days to mark in a chart: the episode, promotions, holidays and local events.
import type { EventSeries, ReportSeries } from "@/api/types";
import type { Span } from "@/charts/marks";
import { percent } from "@/lib/format";
import { sentenceCase } from "@/lib/words";

type Series = Pick<EventSeries | ReportSeries, "first_detected_at" | "last_detected_at" | "promotions" | "calendar">;

const kept = new WeakMap<Series, Span[]>();

export function seriesSpans(series: Series): Span[] {
  let spans = kept.get(series);
  if (!spans) {
    spans = [
      { from: series.first_detected_at, to: series.last_detected_at, label: "The event's days", kind: "event" },
      ...series.promotions.map(
        (one): Span => ({
          from: one.start_date,
          to: one.end_date,
          label: [one.mechanic ? sentenceCase(one.mechanic) : "Promotion", one.depth ? `−${percent(one.depth)}` : ""].filter(Boolean).join(" "),
          kind: "promotion",
        }),
      ),
      ...series.calendar.map((one): Span => ({ from: one.start_date, to: one.end_date, label: one.name, kind: "holiday" })),
    ];
    kept.set(series, spans);
  }
  return spans;
}
