// What a rule would accept: how many, how much, which.
import { Link } from "wouter";
import type { Fitting } from "@/api/acceptance";
import { confidence, localDates, plural } from "@/lib/format";
import { useHref } from "@/lib/location";
import { causeWord } from "@/lib/words";
import { Delta, Money } from "@/parts/Badges";

export function FittingList({ fitting }: { fitting: Fitting }) {
  const href = useHref();
  return (
    <div className="stack tight">
      <p className="small" aria-live="polite">
        <strong>{plural(fitting.n_events, "event")}</strong>
        {fitting.n_events > 0 && (
          <>
            : <Money delta value={fitting.sales_above} /> above and <Money delta value={fitting.sales_below} /> below expected
          </>
        )}
        {fitting.n_events > fitting.items.length && `; the first ${fitting.items.length}, by money, are accepted at once`}
      </p>
      <ul className="plain-list fitting" tabIndex={0} aria-label="Events that the rule accepts">
        {fitting.items.map((one) => (
          <li key={one.report_group_id} className="row small">
            <Link className="link grow truncate" href={href(`/events/${one.report_group_id}`)}>
              {localDates(one.name)}
            </Link>
            <span className="soft nowrap">
              {causeWord(one.cause)} {confidence(one.cause_confidence)}
            </span>
            <Delta value={one.sales_delta} />
          </li>
        ))}
      </ul>
    </div>
  );
}
