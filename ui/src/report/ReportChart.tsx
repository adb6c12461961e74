// A store's sales with what can be laid over them, each of which can be switched off.
import { Button } from "@radix-ui/themes";
import { useMemo, useState } from "react";
import type { Report, ReportSeries } from "@/api/types";
import type { Span } from "@/charts/marks";
import { openDays } from "@/charts/openDays";
import { SalesChart } from "@/charts/SalesChart";
import type { CandidateCause } from "@/event/Candidates";
import { seriesSpans } from "@/event/spans";
import { SignalPanel } from "@/event/SignalPanel";
import { readEvidence } from "@/lib/evidence";

interface Props {
  report: Report;
  series: ReportSeries;
  candidates: readonly CandidateCause[];
}

const LAYERS: { kind: Span["kind"] | "band"; label: string }[] = [
  { kind: "band", label: "Band" },
  { kind: "promotion", label: "Promotions" },
  { kind: "holiday", label: "Holidays and local events" },
];

export function ReportChart({ report, series, candidates }: Props) {
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const all = seriesSpans(series);
  const spans = useMemo(() => all.filter((span) => !off.has(span.kind)), [all, off]);
  const open = openDays(series.line);
  const line = useMemo(
    () => (off.has("band") ? { ...open, low: open.low.map(() => null), high: open.high.map(() => null) } : open),
    [open, off],
  );
  const named = useMemo(
    () => readEvidence(candidates[0]?.evidence ?? report.evidence).signals,
    [candidates, report.evidence],
  );
  const toggle = (kind: string) => {
    const next = new Set(off);
    if (!next.delete(kind)) next.add(kind);
    setOff(next);
  };
  const sync = `report-${report.report_id}`;
  return (
    <div className="stack">
      <div className="row wrap" role="group" aria-label="Layers">
        {LAYERS.map((layer) => (
          <Button
            key={layer.kind}
            size="1"
            radius="full"
            variant={off.has(layer.kind) ? "outline" : "soft"}
            color={off.has(layer.kind) ? "gray" : "indigo"}
            aria-pressed={!off.has(layer.kind)}
            onClick={() => toggle(layer.kind)}
          >
            {layer.label}
          </Button>
        ))}
      </div>
      <SalesChart series={line} label={`Sales of store ${report.store_id}, observed against expected`} spans={spans} sync={sync} height={280} />
      <SignalPanel signals={series.signals} dates={series.line.dates} onset={report.first_detected_at} named={named} spans={spans} sync={sync} />
    </div>
  );
}
