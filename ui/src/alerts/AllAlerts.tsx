// Every alert that was due, for whom, and what became of it.
import { SegmentedControl } from "@radix-ui/themes";
import { BellOff } from "lucide-react";
import { useState } from "react";
import { type AlertStatus, useAlerts } from "@/api/alerts";
import { count } from "@/lib/format";
import { useScope } from "@/lib/location";
import { Card } from "@/parts/Card";
import { Empty, Failure, Loading } from "@/parts/States";
import { AlertLine } from "./AlertLine";

const MOST = 200;

export function AllAlerts() {
  const scope = useScope();
  const [status, setStatus] = useState<AlertStatus | "all">("all");
  const found = useAlerts(scope, { limit: MOST, ...(status !== "all" && { status }) });
  const totals = useAlerts(scope, { limit: 1 }).data;
  return (
    <Card
      title="All that was due"
      flush
      side={
        <SegmentedControl.Root size="1" value={status} onValueChange={(next) => setStatus(next as typeof status)} aria-label="Which alerts">
          <SegmentedControl.Item value="all">All {totals && count(totals.due)}</SegmentedControl.Item>
          <SegmentedControl.Item value="sent">Sent {totals && count(totals.sent)}</SegmentedControl.Item>
          <SegmentedControl.Item value="suppressed">Held back {totals && count(totals.suppressed)}</SegmentedControl.Item>
          <SegmentedControl.Item value="failed">Failed {totals && count(totals.failed)}</SegmentedControl.Item>
        </SegmentedControl.Root>
      }
    >
      {found.isPending ? (
        <Loading rows={5} height={36} />
      ) : found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : found.data.items.length === 0 ? (
        <Empty icon={BellOff} title="None" />
      ) : (
        <>
          <p className="small soft list-note">Of days that were processed in a backfill nobody is told: their alerts are held back.</p>
          <ul className="plain-list">
          {found.data.items.map((alert) => (
            <AlertLine key={alert.notification_id + alert.written_at} alert={alert} delivery />
          ))}
          </ul>
        </>
      )}
    </Card>
  );
}
