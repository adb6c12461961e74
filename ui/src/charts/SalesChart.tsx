// Sales against what was expected, with the 90 % band. Drag zooms, double click resets; arrow keys walk the days.
import { type KeyboardEvent, useCallback, useId, useMemo, useRef, useState } from "react";
import type uPlot from "uplot";
import { dayLong, isoDate, money, moneyDeltaExact, percent, percentDelta } from "@/lib/format";
import { cursor, seconds, timeAxis, utcDate, valueAxis } from "./axes";
import type { Palette } from "./colours";
import { covering, marks, type Span } from "./marks";
import { useChart } from "./useChart";

export interface SalesSeries {
  dates: string[];
  observed: (number | null)[];
  expected: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

interface Props {
  series: SalesSeries;
  label: string;
  spans?: readonly Span[];
  height?: number;
  sync?: string;
  /** First dates to show; the whole series can be reached by double click. */
  focus?: { from: string; to: string } | undefined;
}

const NO_SPANS: readonly Span[] = [];

export function SalesChart({ series, label, spans = NO_SPANS, height = 280, sync, focus }: Props) {
  const host = useRef<HTMLDivElement>(null);
  // Two days may be read out: the one under the pointer, and the one the arrow keys stand on, which outlives a new chart.
  const [pointed, setPointed] = useState<number | null>(null);
  const [walked, setWalked] = useState<number | null>(null);
  const index = walked ?? pointed;
  const readout = useId();

  const data = useMemo<uPlot.AlignedData>(
    () => [series.dates.map(seconds), series.high, series.low, series.expected, series.observed],
    [series],
  );
  const from = focus?.from;
  const to = focus?.to;
  const definition = useCallback(
    (palette: Palette) => ({
      tzDate: utcDate,
      padding: [10, 8, 0, 0] as uPlot.Padding,
      legend: { show: false },
      cursor: cursor(sync),
      scales: {
        x: { time: true, ...(from && to ? { min: seconds(from), max: seconds(to) } : {}) },
        y: { range: (_: uPlot, min: number, max: number) => sensible(min, max) },
      },
      axes: [timeAxis(palette), valueAxis(palette)],
      bands: [{ series: [1, 2] as [number, number], fill: palette.band }],
      series: [
        {},
        { stroke: "transparent", points: { show: false } },
        { stroke: "transparent", points: { show: false } },
        { stroke: palette.expected, width: 1.5, dash: [5, 4], points: { show: false } },
        { stroke: palette.observed, width: 1.75, points: { show: false }, spanGaps: false },
      ],
      plugins: [marks(spans, palette)],
      hooks: { setCursor: [(u: uPlot) => setPointed(u.cursor.idx ?? null)] },
    }),
    [spans, sync, from, to],
  );
  const chart = useChart(host, definition, data, height);

  const walk = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7 }[event.key];
    const u = chart.current;
    if (!u) return;
    if (event.key === "Escape") return u.setScale("x", { min: data[0][0] ?? 0, max: data[0][data[0].length - 1] ?? 1 });
    if (!step) return;
    event.preventDefault();
    const last = series.dates.length - 1;
    const next = Math.min(last, Math.max(0, (index ?? last) + step));
    u.setCursor({ left: u.valToPos(data[0][next] ?? 0, "x"), top: 10 });
    setWalked(next);
  };

  return (
    <figure className="chart">
      <Readout series={series} index={index} spans={spans} id={readout} />
      <div
        ref={host}
        className="chart-host"
        style={{ height }}
        role="group"
        aria-roledescription="chart"
        aria-label={label}
        aria-describedby={readout}
        tabIndex={0}
        onKeyDown={walk}
        onPointerMove={() => setWalked(null)}
        onBlur={() => setWalked(null)}
      />
    </figure>
  );
}

/** Zero is in sight when the data come near it; otherwise the range hugs the data. */
function sensible(min: number, max: number): [number, number] {
  if (min == null || max == null) return [0, 1];
  const room = (max - min || Math.abs(max) || 1) * 0.08;
  const low = min >= 0 && min < (max - min) * 1.5 ? 0 : min - room;
  return [low, max + room];
}

function Readout({ series, index, spans, id }: { series: SalesSeries; index: number | null; spans: readonly Span[]; id: string }) {
  if (index === null || index >= series.dates.length) {
    return (
      <figcaption className="readout" id={id}>
        <span className="key key-observed">Observed</span>
        <span className="key key-expected">Expected</span>
        <span className="key key-band">{percent(0.9)} band</span>
        {spans.some((span) => span.kind === "event") && <span className="key key-event">The event's days</span>}
        {spans.some((span) => span.kind === "other") && <span className="key key-other">Other events</span>}
        {spans.some((span) => span.kind === "promotion") && <span className="key key-promotion">Promotion</span>}
        {spans.some((span) => span.kind === "holiday") && <span className="key key-holiday">Holiday</span>}
      </figcaption>
    );
  }
  const date = isoDate(new Date(seconds(series.dates[index] ?? "") * 1000));
  const observed = series.observed[index];
  const expected = series.expected[index];
  const low = series.low[index];
  const high = series.high[index];
  return (
    <figcaption className="readout" id={id} aria-live="polite">
      <strong>{dayLong(date)}</strong>
      <span className="key key-observed">{observed == null ? "not known" : money(observed)}</span>
      {expected != null && <span className="key key-expected">{money(expected)}</span>}
      {low != null && high != null && (
        <span className="key key-band">
          {money(low)} – {money(high)}
        </span>
      )}
      {observed != null && expected != null && (
        <span className={observed >= expected ? "delta-up" : "delta-down"}>
          {moneyDeltaExact(observed - expected)}
          {expected > 0 && ` (${percentDelta(observed / expected - 1)})`}
        </span>
      )}
      {covering(spans, date).map((span) => (
        <span key={`${span.kind} ${span.from} ${span.label}`} className={`key key-${span.kind}`}>
          {span.label}
        </span>
      ))}
    </figcaption>
  );
}
