// A store's sales in a few square centimetres: observed on its expected band. Plain SVG, so hundreds are cheap.
import { memo } from "react";
import type { SalesSeries } from "./SalesChart";

interface Props {
  series: SalesSeries;
  from?: string;
  to?: string;
  width?: number;
  height?: number;
}

export const Sparkline = memo(function Sparkline({ series, from, to, width = 220, height = 56 }: Props) {
  const n = series.dates.length;
  if (n < 2) return <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} aria-hidden="true" />;
  const values = [...series.observed, ...series.low, ...series.high].filter((v): v is number => v != null);
  const min = Math.min(...values);
  const max = Math.max(...values);
  const x = (i: number) => (i / (n - 1)) * width;
  const y = (v: number) => height - 3 - ((v - min) / (max - min || 1)) * (height - 6);
  const band = [
    ...series.high.map((v, i) => (v == null ? "" : `${x(i).toFixed(1)},${y(v).toFixed(1)}`)),
    ...series.low.map((v, i) => (v == null ? "" : `${x(i).toFixed(1)},${y(v).toFixed(1)}`)).reverse(),
  ].filter(Boolean);
  const start = from ? series.dates.findIndex((d) => d.slice(0, 10) >= from.slice(0, 10)) : -1;
  const stop = to ? series.dates.findLastIndex((d) => d.slice(0, 10) <= to.slice(0, 10)) : -1;
  const half = width / (n - 1) / 2;
  return (
    <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {start >= 0 && stop >= start && (
        <rect className="wash" x={x(start) - half} width={x(stop) - x(start) + 2 * half} y={0} height={height} />
      )}
      <polygon className="spark-band" points={band.join(" ")} />
      <path className="spark-expected" d={line(series.expected, x, y)} />
      <path className="spark-observed" d={line(series.observed, x, y)} />
    </svg>
  );
});

function line(values: (number | null)[], x: (i: number) => number, y: (v: number) => number): string {
  let path = "";
  let pen = false;
  values.forEach((value, i) => {
    if (value == null) {
      pen = false;
      return;
    }
    path += `${pen ? "L" : "M"}${x(i).toFixed(1)},${y(value).toFixed(1)}`;
    pen = true;
  });
  return path;
}
