// Since you last looked: which events are new, grew, closed or were decided by others; "all caught up" if none did.
import { Button } from "@radix-ui/themes";
import { CircleCheckBig } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useNews } from "@/api/queries";
import type { NewsItem, State } from "@/api/types";
import { signedIn } from "@/app/session";
import { localDates, moneyDelta, stamp } from "@/lib/format";
import { useHref } from "@/lib/location";
import { caughtUp, type Look, look } from "@/lib/looked";
import { causeWord } from "@/lib/words";

const KINDS: [NewsItem["kind"], string][] = [
  ["new", "new"],
  ["grew", "grew"],
  ["closed", "closed"],
  ["decided", "decided by others"],
];
const SHOWN = 12;

/** The strip above the inbox, for the present only: a look into the past is no visit. */
export function News({ state }: { state: State }) {
  const user = signedIn() ?? "";
  const seen = state.written_at ?? "";
  const [base, setBase] = useState<Look | null>(() => (seen ? look(user, state.run_id, seen, new Date()) : null));
  const [shown, setShown] = useState<NewsItem["kind"] | null>(null);
  const found = useNews(state.run_id, base);
  const href = useHref();
  if (!base || !found.data) return null;
  const items = found.data.items;
  if (items.length === 0)
    return (
      <p className="news small" role="status">
        <CircleCheckBig size={13} aria-hidden="true" /> All caught up: no event has changed since {stamp(base.at)}.
      </p>
    );
  const listed = items.filter((item) => item.kind === shown);
  return (
    <section className="news small" aria-label="Since you last looked">
      <div className="news-line">
        <span>Since you last looked, {stamp(base.at)}:</span>
        {KINDS.map(([kind, word]) => {
          const count = items.filter((item) => item.kind === kind).length;
          if (count === 0) return null;
          return (
            <Button
              key={kind}
              size="1"
              variant={shown === kind ? "solid" : "soft"}
              aria-expanded={shown === kind}
              onClick={() => setShown(shown === kind ? null : kind)}
            >
              {count} {word}
            </Button>
          );
        })}
        <Button size="1" variant="ghost" color="gray" onClick={() => setBase(caughtUp(user, state.run_id, seen, new Date()))}>
          I have seen them
        </Button>
      </div>
      {shown && (
        <ul className="news-list">
          {listed.slice(0, SHOWN).map((item) => (
            <li key={item.report_group_id}>
              <Link href={href(`/events/${item.report_group_id}`)}>{localDates(item.name ?? "Event")}</Link>
              <span className="soft">
                {" "}
                {causeWord(item.cause)} · {item.sales_delta_before !== null && item.kind === "grew" && `${moneyDelta(item.sales_delta_before)} → `}
                {moneyDelta(item.sales_delta)}
                {item.by && ` · by ${item.by}`}
              </span>
            </li>
          ))}
          {listed.length > SHOWN && <li className="soft">… and {listed.length - SHOWN} with less money</li>}
        </ul>
      )}
    </section>
  );
}
