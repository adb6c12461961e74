// What is drawn behind and under the lines: the days of the episode, promotions, holidays.
import uPlot from "uplot";
import type { Palette } from "./colours";
import { seconds } from "./axes";

export interface Span {
  from: string;
  to: string;
  label: string;
  kind: "event" | "other" | "promotion" | "holiday";
}

const HALF_DAY = 43_200;
const STRIP = 5;

/** A plugin that washes the event's days behind the lines, marks other events above them, and draws promotions and holidays as strips along the bottom. */
export function marks(spans: readonly Span[], palette: Palette): uPlot.Plugin {
  const edges = spans.map((span) => ({ ...span, x0: seconds(span.from) - HALF_DAY, x1: seconds(span.to) + HALF_DAY }));
  const draw = (u: uPlot, under: boolean) => {
    const { ctx, bbox } = u;
    const ratio = uPlot.pxRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const span of edges) {
      const strip = span.kind === "promotion" || span.kind === "holiday";
      if (strip === under) continue;
      const left = u.valToPos(span.x0, "x", true);
      const width = Math.max(u.valToPos(span.x1, "x", true) - left, ratio);
      if (left > bbox.left + bbox.width || left + width < bbox.left) continue;
      if (strip) {
        const row = span.kind === "promotion" ? 1 : 2;
        ctx.fillStyle = span.kind === "promotion" ? palette.promotion : palette.holiday;
        ctx.fillRect(left, bbox.top + bbox.height - row * (STRIP + 2) * ratio, width, STRIP * ratio);
      } else {
        const own = span.kind === "event";
        const height = own ? bbox.height : STRIP * ratio;
        ctx.fillStyle = own ? palette.eventWash : palette.other;
        ctx.fillRect(left, bbox.top, width, height);
        if (!own) continue;
        ctx.fillStyle = palette.event;
        for (const edge of [left, left + width]) ctx.fillRect(edge - ratio / 2, bbox.top, ratio, bbox.height);
      }
    }
    ctx.restore();
  };
  return { hooks: { drawAxes: (u) => draw(u, true), draw: (u) => draw(u, false) } };
}

/** The names of what covers a date. */
export function covering(spans: readonly Span[], date: string): Span[] {
  return spans.filter((span) => span.from.slice(0, 10) <= date && date <= span.to.slice(0, 10));
}
