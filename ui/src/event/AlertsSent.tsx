// The alerts that were due about the event, and what became of them.
import { useAlerts } from "@/api/alerts";
import { DeliveryBadge } from "@/alerts/AlertLine";
import { recipientWord, suppressedWord, triggerWord } from "@/lib/alertWords";
import { day } from "@/lib/format";
import { useScope } from "@/lib/location";
import { Card } from "@/parts/Card";
import { Failure, Loading } from "@/parts/States";

export function AlertsSent({ event }: { event: string }) {
  const found = useAlerts(useScope(), { event, limit: 50 });
  return (
    <Card order={7} title="Alerts">
      {found.isPending ? (
        <Loading rows={2} />
      ) : found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : found.data.items.length === 0 ? (
        <p className="small soft">No alert has been due: no subscription covers it, or its days were processed in a backfill, of which nobody is told.</p>
      ) : (
        <ul className="edits">
          {found.data.items.map((alert) => (
            <li key={alert.notification_id} className="small">
              <div className="row wrap">
                <strong>{recipientWord(alert)}</strong>
                <DeliveryBadge status={alert.delivery_status} />
              </div>
              <div>{triggerWord(alert.trigger_condition)}</div>
              <div className="soft">
                {day(alert.tick)}
                {alert.suppressed_by && ` · held back by ${suppressedWord(alert.suppressed_by)}`}
                {alert.failure && ` · ${alert.failure}`}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
