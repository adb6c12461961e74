// The event's days: sales against expectation, and the signals that speak for the cause on the same days.
import { SegmentedControl } from "@radix-ui/themes";
import { useMemo, useState } from "react";
import type { Event, EventSeries } from "@/api/types";
import { openDays } from "@/charts/openDays";
import { SalesChart } from "@/charts/SalesChart";
import { readEvidence } from "@/lib/evidence";
import type { CandidateCause } from "./Candidates";
import { seriesSpans } from "./spans";
import { SignalPanel } from "./SignalPanel";

interface Props {
  event: Event;
  series: EventSeries;
  candidates: readonly CandidateCause[];
}

export function Timeline({ event, series, candidates }: Props) {
  const [view, setView] = useState<"days" | "promotions">("days");
  const all = seriesSpans(series, event.direction);
  // Promotions of many stores overlap everywhere: they are shown when asked for.
  const spans = useMemo(() => (view === "promotions" ? all : all.filter((span) => span.kind !== "promotion")), [all, view]);
  const named = useMemo(
    () => readEvidence(candidates[0]?.evidence ?? event.evidence).signals.map((signal) => signal.signal),
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
