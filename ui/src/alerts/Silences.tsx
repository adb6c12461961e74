// What is silenced, by whom and why, and the alerts that each silence has hidden.
import { Badge, Button, Callout } from "@radix-ui/themes";
import { VolumeX } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { type SilenceView, useLift, useSilences } from "@/api/alerts";
import { useMay } from "@/decide/useDecide";
import { decimal, plural, stamp } from "@/lib/format";
import { useHref, useScope } from "@/lib/location";
import { causeWord } from "@/lib/words";
import { Card } from "@/parts/Card";
import { Empty, Failure, Loading, message } from "@/parts/States";
import { AlertLine } from "./AlertLine";
import { SilenceDialog } from "./SilenceDialog";

export function Silences() {
  const found = useSilences(useScope());
  const lift = useLift();
  const { may, whyNot } = useMay();
  const [adding, setAdding] = useState(false);
  const add = (
    <Button disabled={!may} title={whyNot} onClick={() => setAdding(true)}>
      <VolumeX size={14} aria-hidden="true" /> Silence
    </Button>
  );
  return (
    <div className="stack">
      {lift.isError && (
        <Callout.Root highContrast color="red" size="1" role="alert">
          <Callout.Text>{message(lift.error)}</Callout.Text>
        </Callout.Root>
      )}
      {found.isPending ? (
        <Loading rows={3} height={36} />
      ) : found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : found.data.items.length === 0 ? (
        <Empty icon={VolumeX} title="Nothing is silenced">
          <p>A silence keeps alerts back for a region, a retailer, a cause or one event. What it has hidden stays visible here.</p>
          {add}
        </Empty>
      ) : (
        <Card title="Silences" side={add} flush>
          <ul className="plain-list">
            {found.data.items.map((one) => (
              <Silence key={one.silence_id} silence={one} may={may} whyNot={whyNot} lift={() => lift.mutate(one.silence_id)} />
            ))}
          </ul>
        </Card>
      )}
      {adding && <SilenceDialog onClose={() => setAdding(false)} />}
    </div>
  );
}

interface Props {
  silence: SilenceView;
  may: boolean;
  whyNot: string;
  lift: () => void;
}

function Silence({ silence, may, whyNot, lift }: Props) {
  const href = useHref();
  const [open, setOpen] = useState(false);
  const what = [silence.region, silence.retailer, silence.category, silence.cause && causeWord(silence.cause)].filter(Boolean).join(", ");
  return (
    <li>
      <div className="setting">
        <div className="grow stack tight">
          <div className="row wrap">
            <strong>{what || (silence.event_id ? <Link className="link" href={href(`/events/${silence.event_id}`)}>One event</Link> : "Everything")}</strong>
            <Badge color={silence.is_active ? "amber" : "gray"}>{silence.is_active ? ends(silence) : "Lifted"}</Badge>
          </div>
          {silence.reason && <p className="small">“{silence.reason}”</p>}
          <p className="small soft">
            {silence.author}, {stamp(silence.edited_at)}
          </p>
        </div>
        <Button size="1" variant="soft" color="gray" aria-expanded={open} disabled={!silence.hid.length} onClick={() => setOpen(!open)}>
          {silence.hid.length ? `Has hidden ${plural(silence.hid.length, "alert")}` : "Has hidden nothing"}
        </Button>
        {silence.is_active && (
          <Button size="1" variant="soft" color="gray" disabled={!may} title={whyNot} onClick={lift}>
            Lift
          </Button>
        )}
      </div>
      {open && (
        <ul className="plain-list hidden-alerts">
          {silence.hid.map((alert) => (
            <AlertLine key={alert.notification_id + alert.written_at} alert={alert} />
          ))}
        </ul>
      )}
    </li>
  );
}

function ends(one: SilenceView): string {
  const parts = [
    one.until && `until ${stamp(one.until)}`,
    one.until_severity != null && `until severity ${decimal(one.until_severity)}`,
    one.until_closed && "until it closes",
  ].filter(Boolean);
  return parts.length ? parts.join(" or ") : "until lifted";
}
