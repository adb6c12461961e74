// Signals under the sales, on the same days: those that the evidence names are on, the others can be switched on.
import { Button } from "@radix-ui/themes";
import { useMemo, useState } from "react";
import type { Signal } from "@/api/types";
import type { Span } from "@/charts/marks";
import { SignalChart } from "@/charts/SignalChart";
import type { EvidenceSignal } from "@/lib/evidence";
import { unfolded } from "./fold";
import { shownSignals } from "./signals";

interface Props {
  signals: readonly Signal[];
  dates: readonly string[];
  onset: string;
  /** The signals that speak for the cause. */
  named: readonly EvidenceSignal[];
  spans: readonly Span[];
  sync: string;
  focus?: { from: string; to: string } | undefined;
}

const MOST_AT_FIRST = 3;

export function SignalPanel({ signals, dates, onset, named, spans, sync, focus }: Props) {
  const all = useMemo(() => shownSignals(signals, dates, onset, named), [signals, dates, onset, named]);
  const [changed, setChanged] = useState<Readonly<Record<string, boolean>>>({});
  const first = useMemo(() => {
    const rank = (name: string) => named.findIndex((one) => one.signal === name);
    return new Set(
      all
        .filter((one) => rank(one.name) >= 0)
        .sort((a, b) => rank(a.name) - rank(b.name))
        .slice(0, MOST_AT_FIRST)
        .map((one) => one.key),
    );
  }, [all, named]);
  const episode = useMemo(() => spans.filter((span) => span.kind === "event"), [spans]);
  const on = (key: string) => changed[key] ?? first.has(key);
  const [open, setOpen] = useState(false);
  const switches = open ? all : unfolded(all, on);
  const shown = all.filter((one) => on(one.key)).sort((a, b) => Number(first.has(b.key)) - Number(first.has(a.key)));
  if (!all.length) return <p className="small soft signal-none">No context signals are known for these stores and days.</p>;
  return (
    <div className="signals">
      <div className="row wrap signal-switches" role="group" aria-label="Context signals">
        <span className="small soft">Context</span>
        {switches.map((one) => (
          <Button
            key={one.key}
            size="1"
            radius="full"
            variant={on(one.key) ? "soft" : "outline"}
            color={on(one.key) ? "indigo" : "gray"}
            aria-pressed={on(one.key)}
            onClick={() => setChanged({ ...changed, [one.key]: !on(one.key) })}
          >
            {one.title}
          </Button>
        ))}
        {switches.length < all.length && (
          <Button size="1" variant="ghost" color="gray" aria-expanded={false} onClick={() => setOpen(true)}>
            {all.length - switches.length} more
          </Button>
        )}
      </div>
      {shown.map((one, index) => (
        <SignalChart
          key={one.key}
          title={one.title}
          series={one.series}
          spans={episode}
          sync={sync}
          focus={focus}
          showDates={index === shown.length - 1}
          height={index === shown.length - 1 ? 104 : 78}
        />
      ))}
    </div>
  );
}
