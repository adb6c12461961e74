// Axes, scales and cursor shared by every time chart. x is a business date in seconds at UTC midnight.
import uPlot from "uplot";
import { moneyAxis } from "@/lib/format";
import type { Palette } from "./colours";

const FONT = '11px "Inter Variable", system-ui, sans-serif';

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(navigator.language, { ...options, timeZone: "UTC" });
const DAY = format({ day: "numeric", month: "short" });
const MONTH = format({ month: "short" });
const YEAR = format({ year: "numeric" });

function dateLabels(_: uPlot, splits: number[], __: number, space: number, step: number): string[] {
  let year = "";
  return splits.map((at) => {
    const date = new Date(at * 1000);
    const text = step >= 27 * 86_400 ? MONTH.format(date) : DAY.format(date);
    const of = YEAR.format(date);
    const first = of !== year;
    year = of;
    return first && space > 40 ? `${text}\n${of}` : text;
  });
}

export function timeAxis(palette: Palette, shown = true): uPlot.Axis {
  return {
    show: shown,
    stroke: palette.soft,
    font: FONT,
    size: 38,
    gap: 4,
    space: 64,
    grid: { show: false },
    ticks: { stroke: palette.grid, width: 1, size: 4 },
    values: dateLabels,
  };
}

export function valueAxis(palette: Palette, label: (value: number) => string = moneyAxis, width = 52): uPlot.Axis {
  return {
    stroke: palette.soft,
    font: FONT,
    size: width,
    gap: 6,
    space: 34,
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
    values: (_, splits) => splits.map((value) => label(value)),
  };
}

export function cursor(sync?: string): uPlot.Cursor {
  return {
    y: false,
    drag: { x: true, y: false, setScale: true },
    points: { size: 7 },
    ...(sync ? { sync: { key: sync, scales: ["x", null] } } : {}),
  };
}

export const utcDate = (ts: number): Date => uPlot.tzDate(new Date(ts * 1e3), "Etc/UTC");

export const seconds = (date: string): number => Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / 1000;
