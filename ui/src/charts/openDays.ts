// Days on which everything was closed say nothing: nothing was sold and nothing expected. They are left out of charts.
import type { Line } from "@/api/types";

const kept = new WeakMap<Line, Line>();
const NEXT_TO_NOTHING = 0.1;

export function openDays(line: Line): Line {
  let open = kept.get(line);
  if (!open) {
    const typical = median(line.expected.filter((value): value is number => value != null && value > 0));
    const days = line.dates.map((_, at) => at).filter((at) => !(line.observed[at] === 0 && (line.expected[at] ?? 0) <= NEXT_TO_NOTHING * typical));
    const pick = <T>(values: T[]): T[] => days.map((at) => values[at] as T);
    open = {
      dates: pick(line.dates),
      observed: pick(line.observed),
      expected: pick(line.expected),
      low: pick(line.low),
      high: pick(line.high),
      score: pick(line.score),
      is_anomalous: pick(line.is_anomalous),
    };
    kept.set(line, open);
  }
  return open;
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
