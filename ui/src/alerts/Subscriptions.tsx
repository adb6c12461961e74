// Who wants to hear of which events, how and when.
import { Badge, Button, Callout } from "@radix-ui/themes";
import { BellPlus } from "lucide-react";
import { useState } from "react";
import { type SubscriptionView, useEndSubscription, useSubscriptions } from "@/api/alerts";
import { stamp } from "@/lib/format";
import { useScope } from "@/lib/location";
import { CHANNEL_WORDS, type Channel, causeWord, sentenceCase, severityFrom, TRIGGER_WORDS, type Trigger } from "@/lib/words";
import { Card } from "@/parts/Card";
import { Empty, Failure, Loading, message } from "@/parts/States";
import { SubscriptionDialog } from "./SubscriptionDialog";

export function Subscriptions() {
  const found = useSubscriptions();
  const { as_of } = useScope();
  const end = useEndSubscription();
  const [editing, setEditing] = useState<SubscriptionView | "new" | null>(null);
  const add = (
    <Button disabled={!!as_of} onClick={() => setEditing("new")}>
      <BellPlus size={14} aria-hidden="true" /> Subscribe
    </Button>
  );
  const active = found.data?.items.filter((one) => one.is_active) ?? [];
  return (
    <div className="stack">
      {end.isError && (
        <Callout.Root highContrast color="red" size="1" role="alert">
          <Callout.Text>{message(end.error)}</Callout.Text>
        </Callout.Root>
      )}
      {found.isPending ? (
        <Loading rows={3} height={36} />
      ) : found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : active.length === 0 ? (
        <Empty icon={BellPlus} title="No subscription">
          <p>Say which events you want to hear of: by region, retailer, cause and severity.</p>
          {add}
        </Empty>
      ) : (
        <Card title="Subscriptions" side={add} flush>
          <ul className="plain-list">
            {active.map((one) => (
              <li key={one.subscription_id} className="setting">
                <div className="grow stack tight">
                  <div className="row wrap">
                    <strong>{one.name}</strong>
                    <Badge color="gray">{one.delivery === "immediate" ? "At once" : `Daily at ${one.digest_at ?? "08:00"}`}</Badge>
                    {one.channels.map((channel) => (
                      <Badge key={channel} variant="outline">
                        {CHANNEL_WORDS[channel as Channel] ?? sentenceCase(channel)}
                      </Badge>
                    ))}
                  </div>
                  <p className="small">{coverWords(one)}</p>
                  <p className="small soft">
                    {[...one.people, ...one.addresses].join(", ") || one.owner}
                    {one.quiet_from && ` · quiet ${one.quiet_from}–${one.quiet_to} (${one.time_zone})`} · {one.author}, {stamp(one.edited_at)}
                  </p>
                  {one.stopped.map((stop) => (
                    <p key={stop.address} className="small">
                      {stop.address} gets no more mail: {stop.why}, {stamp(stop.since)}
                    </p>
                  ))}
                </div>
                <Button size="1" variant="soft" color="gray" disabled={!!as_of} onClick={() => setEditing(one)}>
                  Change
                </Button>
                <Button size="1" variant="soft" color="red" disabled={!!as_of} loading={end.isPending && end.variables === one.subscription_id} onClick={() => end.mutate(one.subscription_id)}>
                  End
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {editing && <SubscriptionDialog subscription={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
    </div>
  );
}

function coverWords(one: SubscriptionView): string {
  const where = [one.region, one.retailer, one.category].filter(Boolean).join(", ") || "everywhere";
  const what = one.causes.length ? one.causes.map(causeWord).join(", ") : "any cause";
  return `${sentenceCase(where)}, ${what}, ${severityFrom(one.min_severity)}; told when ${told(one.triggers)}`;
}

function told(triggers: readonly string[]): string {
  const words = triggers.map((trigger) => (TRIGGER_WORDS[trigger as Trigger] ?? sentenceCase(trigger)).toLowerCase());
  return new Intl.ListFormat(navigator.language, { type: "disjunction" }).format(words);
}
