// The event's stores, each in its own small chart, the largest deviation first.
import { memo } from "react";
import { Link } from "wouter";
import type { StoreLine } from "@/api/types";
import { openDays } from "@/charts/openDays";
import { Sparkline } from "@/charts/Sparkline";
import { useHref } from "@/lib/location";
import { Delta } from "@/parts/Badges";

interface Props {
  stores: readonly StoreLine[];
  from: string;
  to: string;
  direction: string;
}

export const SmallMultiples = memo(function SmallMultiples({ stores, from, to, direction }: Props) {
  const href = useHref();
  return (
    <ul className="multiples" aria-label="Stores">
      {stores.map((store) => {
        const report = store.report_ids[0];
        const content = (
          <>
            <span className="spread small">
              <span className="truncate">
                Store {store.store_id} <span className="soft">{store.region}</span>
              </span>
              <Delta value={store.sales_delta} direction={direction} />
            </span>
            <Sparkline series={openDays(store.line)} from={from} to={to} />
          </>
        );
        return (
          <li key={store.store_id}>
            {report ? (
              <Link className="multiple plain" href={href(`/reports/${report}`)}>
                {content}
              </Link>
            ) : (
              <div className="multiple">{content}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
});
