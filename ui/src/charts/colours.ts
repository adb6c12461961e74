// Chart colours come from the theme's custom properties, so that canvas and page agree in light and dark.
export interface Palette {
  ink: string;
  soft: string;
  grid: string;
  observed: string;
  expected: string;
  band: string;
  event: string;
  eventWash: string;
  other: string;
  signal: string;
  promotion: string;
  holiday: string;
  surface: string;
}

const NAMES: Record<keyof Palette, string> = {
  ink: "--ink",
  soft: "--ink-soft",
  grid: "--chart-grid",
  observed: "--chart-observed",
  expected: "--chart-expected",
  band: "--chart-band",
  event: "--chart-event",
  eventWash: "--chart-event-wash",
  other: "--chart-other",
  signal: "--chart-signal",
  promotion: "--chart-promotion",
  holiday: "--chart-holiday",
  surface: "--surface",
};

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  return Object.fromEntries(
    Object.entries(NAMES).map(([key, name]) => [key, style.getPropertyValue(name).trim()]),
  ) as unknown as Palette;
}
