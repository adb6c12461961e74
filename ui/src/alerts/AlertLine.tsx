// One alert: what it is about, what set it off, what became of it.
import { Badge } from "@radix-ui/themes";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Alert } from "@/api/alerts";
import { recipientWord, suppressedWord, triggerWord } from "@/lib/alertWords";
import { day, localDates, stamp } from "@/lib/format";
import { useHref } from "@/lib/location";
import { causeWord, sentenceCase } from "@/lib/words";
import { Delta } from "@/parts/Badges";
import { Severity } from "@/parts/Severity";

const COLOURS: Record<string, "green" | "gray" | "red"> = { sent: "green", suppressed: "gray", failed: "red" };

const DELIVERY: Record<string, string> = { suppressed: "Held back" };

export function DeliveryBadge({ status }: { status: string }) {
  return <Badge color={COLOURS[status] ?? "gray"}>{DELIVERY[status] ?? sentenceCase(status)}</Badge>;
}

interface Props {
  alert: Alert;
  unread?: boolean;
  delivery?: boolean;
  side?: ReactNode;
  onOpen?: () => void;
}

export function AlertLine({ alert, unread = false, delivery = false, side, onOpen }: Props) {
  const href = useHref();
  return (
    <li className={`alert-line${unread ? " unread" : ""}`}>
      <span className="alert-mark">{unread && <span className="sr-only">unread</span>}</span>
      <Severity value={alert.severity} />
      <div className="grow">
        <div className="row wrap">
          <Link className="row-link" href={href(`/events/${alert.event_id}`)} onClick={onOpen}>
            {localDates(alert.headline ?? "An event")}
          </Link>
          {alert.cause && <Badge variant="outline">{causeWord(alert.cause)}</Badge>}
          {delivery && <DeliveryBadge status={alert.delivery_status} />}
        </div>
        <p className="small">{triggerWord(alert.trigger_condition)}</p>
        <p className="small soft">
          {delivery && `${recipientWord(alert)} · `}
          {day(alert.tick)} · {stamp(alert.written_at)}
          {alert.suppressed_by && ` · held back by ${suppressedWord(alert.suppressed_by)}`}
          {alert.failure && ` · ${alert.failure}`}
          {alert.deliver_after && ` · held until ${stamp(alert.deliver_after)}`}
        </p>
      </div>
      {alert.sales_delta != null && (
        <span className="row-money">
          <Delta value={alert.sales_delta} />
        </span>
      )}
      {side}
    </li>
  );
}
