// The alert that was sent about the event, from its lineage.
import { Badge } from "@radix-ui/themes";
import type { LogRow } from "@/api/types";
import { stamp } from "@/lib/format";
import { sentenceCase } from "@/lib/words";
import { Card } from "@/parts/Card";

export function AlertsSent({ history }: { history: readonly LogRow[] | undefined }) {
  const alerts = history?.filter((one) => one.dataset === "ui_notifications_log") ?? [];
  return (
    <Card order={7} title="Alerts">
      {alerts.length === 0 ? (
        <p className="small soft">No alert has been due.</p>
      ) : (
        <ul className="edits">
          {alerts.map((alert, index) => {
            const status = String(alert.row["delivery_status"]);
            return (
              <li key={index}>
                <div className="small">
                  {sentenceCase(String(alert.row["channel"]))} to <strong>{String(alert.row["delivered_to"])}</strong>{" "}
                  <Badge size="1" color={status === "sent" ? "green" : status === "failed" ? "red" : "gray"}>
                    {status}
                  </Badge>
                </div>
                <div className="small">{String(alert.row["trigger_condition"])}</div>
                {alert.row["suppressed_by"] != null && <div className="small soft">held back by {String(alert.row["suppressed_by"])}</div>}
                <div className="small soft">{stamp(alert.written_at)}</div>
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}
