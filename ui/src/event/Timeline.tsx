// The event's days: sales against expectation, and the signals that speak for the cause on the same days.
import { SegmentedControl } from "@radix-ui/themes";
import { useMemo, useState } from "react";
import { itemsOf, useEvents } from "@/api/queries";
import type { Event, EventSeries } from "@/api/types";
import type { Span } from "@/charts/marks";
import { openDays } from "@/charts/openDays";
import { SalesChart } from "@/charts/SalesChart";
import { readEvidence } from "@/lib/evidence";
import { localDates } from "@/lib/format";
import { useScope } from "@/lib/location";
import type { CandidateCause } from "./Candidates";
import { seriesSpans } from "./spans";
import { SignalPanel } from "./SignalPanel";

interface Props {
  event: Event;
  series: EventSeries;
  candidates: readonly CandidateCause[];
}

/** Other events of these regions on the days in view. */
function useOtherEvents(event: Event, { total: { dates } }: EventSeries): Span[] {
  const from = dates[0]?.slice(0, 10);
  const to = dates.at(-1)?.slice(0, 10);
  const found = useEvents(useScope(), { from, to, region: event.regions.length ? event.regions : undefined, sort: "money" });
  return useMemo(
    () =>
      itemsOf(found.data?.pages)
        .filter((one) => one.report_group_id !== event.report_group_id && one.event_status !== "merged")
        .map((one) => ({ from: one.first_detected_at, to: one.last_detected_at, label: localDates(one.name), kind: "other" })),
    [found.data, event.report_group_id],
  );
}

export function Timeline({ event, series, candidates }: Props) {
  const [view, setView] = useState<"days" | "promotions">("days");
  const all = seriesSpans(series);
  // Promotions of many stores overlap everywhere: they are shown when asked for.
  const others = useOtherEvents(event, series);
  const spans = useMemo(
    () => [...(view === "promotions" ? all : all.filter((span) => span.kind !== "promotion")), ...others],
    [all, others, view],
  );
  const named = useMemo(
    () => readEvidence(candidates[0]?.evidence ?? event.evidence).signals,
    [candidates, event.evidence],
  );
  const sync = `event-${event.report_group_id}`;
  return (
    <div className="stack">
      <SalesChart series={openDays(series.total)} label={`Sum of the stores of ${event.name}, observed against expected`} spans={spans} sync={sync} height={260} />
      <SignalPanel signals={series.signals} dates={series.total.dates} onset={event.first_detected_at} named={named} spans={spans} sync={sync} />
      {series.promotions.length > 0 && (
        <SegmentedControl.Root size="1" value={view} onValueChange={(next) => setView(next as typeof view)} aria-label="Marks" className="marks-switch">
          <SegmentedControl.Item value="days">Holidays</SegmentedControl.Item>
          <SegmentedControl.Item value="promotions">Holidays and promotions</SegmentedControl.Item>
        </SegmentedControl.Root>
      )}
    </div>
  );
}
