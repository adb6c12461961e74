// One uPlot in one element: made anew when its definition or the theme changes, resized with its element.
import { type RefObject, useEffect, useRef } from "react";
import uPlot from "uplot";
import { useAppearance } from "@/lib/preferences";
import { type Palette, paletteOf } from "./colours";

export type Definition = (palette: Palette) => Omit<uPlot.Options, "width" | "height">;

export function useChart(
  element: RefObject<HTMLDivElement | null>,
  definition: Definition,
  data: uPlot.AlignedData,
  height: number,
): RefObject<uPlot | null> {
  const chart = useRef<uPlot | null>(null);
  const appearance = useAppearance();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours.
  useEffect(() => {
    const host = element.current;
    if (!host) return;
    const started = performance.now();
    // The theme's class is set by a parent in the same commit: its custom properties are there by now.
    const made = new uPlot({ ...definition(paletteOf(host)), width: host.clientWidth || 300, height }, data, host);
    chart.current = made;
    // uPlot draws in a microtask of its own; this one comes after it.
    queueMicrotask(() => performance.measure("mrs:chart", { start: started, end: performance.now() }));
    const watcher = new ResizeObserver(() => {
      if (host.clientWidth > 0 && host.clientWidth !== made.width) made.setSize({ width: host.clientWidth, height });
    });
    watcher.observe(host);
    return () => {
      watcher.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [element, definition, data, height, appearance]);

  return chart;
}
