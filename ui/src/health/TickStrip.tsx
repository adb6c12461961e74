// The last business dates as bars of coverage; a degraded one is striped, and each can be gone back to.
import { Link } from "wouter";
import type { Health } from "@/api/types";
import { day, dayLong, percent } from "@/lib/format";
import { useHref } from "@/lib/location";

export function TickStrip({ ticks }: { ticks: Health["ticks"] }) {
  const href = useHref();
  const ordered = [...ticks].reverse();
  const first = ordered[0];
  const last = ordered[ordered.length - 1];
  return (
    <div>
      <ul className="ticks" aria-label="Coverage of the last business dates">
        {ordered.map((tick) => {
          const words = `${dayLong(tick.tick)}: coverage ${tick.coverage == null ? "not known" : percent(tick.coverage, 1)}${
            tick.degraded_inputs.length ? `, without ${tick.degraded_inputs.join(", ")}` : ""
          }`;
          return (
            <li key={tick.tick}>
              <Link href={href("/health", { as_of: tick.written_at })} title={words} aria-label={words} className={tick.degraded_inputs.length ? "degraded" : ""}>
                <span style={{ height: `${Math.max(6, (tick.coverage ?? 0) * 100)}%` }} />
              </Link>
            </li>
          );
        })}
      </ul>
      <div className="spread small soft">
        <span>{first && day(first.tick)}</span>
        <span>Height: coverage. Striped: an input was missing. Choose one to go back to it.</span>
        <span>{last && day(last.tick)}</span>
      </div>
    </div>
  );
}
