// A context signal against its usual range, on the same dates as the sales above it.
import { useCallback, useMemo, useRef, useState } from "react";
import type uPlot from "uplot";
import { day, decimal } from "@/lib/format";
import { cursor, seconds, timeAxis, utcDate, valueAxis } from "./axes";
import type { Palette } from "./colours";
import { marks, type Span } from "./marks";
import { useChart } from "./useChart";

export interface SignalSeries {
  dates: string[];
  values: (number | null)[];
  usualLow?: number | null;
  usualHigh?: number | null;
}

interface Props {
  series: SignalSeries;
  title: string;
  spans?: readonly Span[];
  height?: number;
  sync?: string;
  focus?: { from: string; to: string } | undefined;
  showDates?: boolean;
}

const NO_SPANS: readonly Span[] = [];

export function SignalChart({ series, title, spans = NO_SPANS, height = 84, sync, focus, showDates = false }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number | null>(null);
  const { usualLow, usualHigh } = series;
  const usual = usualLow != null && usualHigh != null;

  const data = useMemo<uPlot.AlignedData>(() => {
    const flat = (level: number | null | undefined) => series.dates.map(() => level ?? null);
    return [series.dates.map(seconds), flat(usualHigh), flat(usualLow), series.values];
  }, [series, usualLow, usualHigh]);
  const from = focus?.from;
  const to = focus?.to;
  const definition = useCallback(
    (palette: Palette) => ({
      tzDate: utcDate,
      padding: [6, 8, showDates ? 0 : 6, 0] as uPlot.Padding,
      legend: { show: false },
      cursor: cursor(sync),
      scales: { x: { time: true, ...(from && to ? { min: seconds(from), max: seconds(to) } : {}) } },
      axes: [timeAxis(palette, showDates), valueAxis(palette, (value) => decimal(value, 2))],
      bands: [{ series: [1, 2] as [number, number], fill: palette.band }],
      series: [
        {},
        { stroke: "transparent", points: { show: false } },
        { stroke: "transparent", points: { show: false } },
        { stroke: palette.signal, width: 1.75, points: { show: series.dates.length < 3 } },
      ],
      plugins: [marks(spans, palette)],
      hooks: { setCursor: [(u: uPlot) => setIndex(u.cursor.idx ?? null)] },
    }),
    [spans, sync, from, to, showDates, series.dates.length],
  );
  useChart(host, definition, data, height);

  const value = index === null ? null : series.values[index];
  const date = index === null ? null : series.dates[index];
  return (
    <figure className="chart signal-chart">
      <figcaption className="readout">
        <span className="key key-signal">{title}</span>
        {usual && (
          <span className="key key-band">
            usually {decimal(usualLow, 4)} – {decimal(usualHigh, 4)}
          </span>
        )}
        {date && (
          <strong>
            {day(date)}: {value == null ? "not known" : decimal(value)}
          </strong>
        )}
      </figcaption>
      <div ref={host} className="chart-host" style={{ height }} role="img" aria-label={title} />
    </figure>
  );
}
