// Context signals on the dates of the sales, each with the range that it usually keeps.
import type { Signal } from "@/api/types";
import type { SignalSeries } from "@/charts/SignalChart";
import type { EvidenceSignal } from "@/lib/evidence";
import { labelWord, signalWord } from "@/lib/words";

export interface Shown {
  key: string;
  name: string;
  title: string;
  series: SignalSeries;
}

const ENOUGH = 14;
const SCOPE_WORDS = { store: "at the stores", region: "in the region", everywhere: "everywhere" } as const;

/** Every signal, on `dates`; its usual range is that of the evidence, else the 5 % to 95 % quantile of its days before `onset`. */
export function shownSignals(signals: readonly Signal[], dates: readonly string[], onset: string, named: readonly EvidenceSignal[]): Shown[] {
  const place = new Map(dates.map((date, index) => [date.slice(0, 10), index]));
  const names = new Map<string, number>();
  for (const one of signals) names.set(one.signal, (names.get(one.signal) ?? 0) + 1);
  return signals.map((one) => {
    const values = new Array<number | null>(dates.length).fill(null);
    one.dates.forEach((date, index) => {
      const at = place.get(date.slice(0, 10));
      if (at !== undefined) values[at] = one.values[index] ?? null;
    });
    const before = one.values.filter((_, index) => (one.dates[index] ?? "") < onset);
    const name = one.source ? `${one.signal}/${one.source}` : one.signal;
    const told = named.find((signal) => signal.signal === name);
    const detail = (one.source && labelWord(one.source)) ?? ((names.get(one.signal) ?? 0) > 1 ? SCOPE_WORDS[one.scope] : "");
    return {
      key: [one.feed, one.signal, one.scope, one.source ?? ""].join("/"),
      name,
      title: signalWord(one.signal) + (detail ? `, ${detail}` : ""),
      series: { dates: [...dates], values, ...(told ? { usualLow: told.usual_low, usualHigh: told.usual_high } : usual(before)) },
    };
  });
}

function usual(values: readonly number[]): { usualLow: number | null; usualHigh: number | null } {
  if (values.length < ENOUGH) return { usualLow: null, usualHigh: null };
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? null;
  return { usualLow: at(0.05), usualHigh: at(0.95) };
}
