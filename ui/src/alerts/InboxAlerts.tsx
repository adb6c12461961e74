// The alerts to whoever is signed in; opening one marks it as read.
import { Button } from "@radix-ui/themes";
import { BellOff } from "lucide-react";
import { useInboxAlerts, useMark } from "@/api/alerts";
import { plural } from "@/lib/format";
import { useScope } from "@/lib/location";
import { Card } from "@/parts/Card";
import { Empty, Failure, Loading } from "@/parts/States";
import { AlertLine } from "./AlertLine";

export function InboxAlerts() {
  const scope = useScope();
  const found = useInboxAlerts(scope);
  const mark = useMark();
  if (found.isPending) return <Loading rows={5} height={36} />;
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const { items, unread } = found.data;
  const unreadIds = items.filter((one) => !one.is_read).map((one) => one.notification_id);
  if (!items.length)
    return (
      <Empty icon={BellOff} title="You have not been alerted yet">
        <p>Subscribe to a region, a retailer or a cause, and what matters there will appear here.</p>
      </Empty>
    );
  return (
    <Card
      title={unread ? plural(unread, "unread alert") : "All read"}
      flush
      side={
        unreadIds.length > 0 && (
          <Button size="1" variant="soft" color="gray" disabled={!!scope.as_of} onClick={() => mark.mutate({ notification_ids: unreadIds, is_read: true })}>
            Mark all as read
          </Button>
        )
      }
    >
      <ul className="plain-list">
        {items.map((alert) => (
          <AlertLine
            key={alert.notification_id}
            alert={alert}
            unread={!alert.is_read}
            onOpen={() => !alert.is_read && !scope.as_of && mark.mutate({ notification_ids: [alert.notification_id], is_read: true })}
            side={
              <Button
                size="1"
                variant="ghost"
                color="gray"
                disabled={!!scope.as_of}
                onClick={() => mark.mutate({ notification_ids: [alert.notification_id], is_read: !alert.is_read })}
              >
                {alert.is_read ? "Mark unread" : "Mark read"}
              </Button>
            }
          />
        ))}
      </ul>
    </Card>
  );
}
