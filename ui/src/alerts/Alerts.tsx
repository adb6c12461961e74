// Alerts: what one was told, all that was due, who wants to hear of what, and what is silenced.
import { Tabs } from "@radix-ui/themes";
import { Page } from "@/app/Page";
import { useUnread } from "@/api/alerts";
import { count } from "@/lib/format";
import { useQueryState, useScope } from "@/lib/location";
import { AllAlerts } from "./AllAlerts";
import { InboxAlerts } from "./InboxAlerts";
import { Silences } from "./Silences";
import { Subscriptions } from "./Subscriptions";

export default function Alerts() {
  const scope = useScope();
  const unread = useUnread(scope);
  const [query, change] = useQueryState();
  return (
    <Page title="Alerts">
      <Tabs.Root value={query["tab"] ?? "inbox"} onValueChange={(tab) => change({ tab: tab === "inbox" ? null : tab })}>
        <Tabs.List className="tabs">
          <Tabs.Trigger value="inbox">Yours{unread > 0 && ` (${count(unread)})`}</Tabs.Trigger>
          <Tabs.Trigger value="all">All that was due</Tabs.Trigger>
          <Tabs.Trigger value="subscriptions">Subscriptions</Tabs.Trigger>
          <Tabs.Trigger value="silences">Silences</Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="inbox">
          <InboxAlerts />
        </Tabs.Content>
        <Tabs.Content value="all">
          <AllAlerts />
        </Tabs.Content>
        <Tabs.Content value="subscriptions">
          <Subscriptions />
        </Tabs.Content>
        <Tabs.Content value="silences">
          <Silences />
        </Tabs.Content>
      </Tabs.Root>
    </Page>
  );
}
