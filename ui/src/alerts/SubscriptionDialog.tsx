// A subscription: what it covers, how it tells; and what it would have sent in the last days, before it is saved.
import { Button, Callout, Dialog } from "@radix-ui/themes";
import { useState } from "react";
import { type SubscriptionRequest, type SubscriptionView, usePreview, useSubscribe } from "@/api/alerts";
import { useChoices } from "@/api/queries";
import { useFocusBack } from "@/lib/focusBack";
import { useDraft } from "@/lib/drafts";
import { day, plural } from "@/lib/format";
import { useScope } from "@/lib/location";
import { CAUSES, CHANNEL_WORDS, type Channel, causeWord, SEVERITY_STEPS, severityFrom, sentenceCase, TRIGGER_WORDS, type Trigger } from "@/lib/words";
import { message } from "@/parts/States";
import { Pick as Choose, Pills, TextInput } from "@/parts/Fields";

const TRIGGERS = Object.keys(TRIGGER_WORDS) as Trigger[];
const CHANNELS = Object.keys(CHANNEL_WORDS) as Channel[];
const DAYS = 14;

interface Form {
  name: string;
  region: string;
  retailer: string;
  causes: SubscriptionRequest["causes"];
  triggers: SubscriptionRequest["triggers"];
  severity: string;
  channels: SubscriptionRequest["channels"];
  addresses: string;
  people: string;
  webhooks: string;
  delivery: SubscriptionRequest["delivery"];
  digest: string;
  quietFrom: string;
  quietTo: string;
}

/** What is there is written in the words that a request takes. */
function formOf(one: SubscriptionView | null): Form {
  const kept = one as (SubscriptionView & Pick<SubscriptionRequest, "causes" | "triggers" | "channels" | "delivery">) | null;
  return {
    name: one?.name ?? "",
    region: one?.region ?? "",
    retailer: one?.retailer ?? "",
    causes: kept?.causes ?? [],
    triggers: kept?.triggers ?? TRIGGERS,
    severity: String(one?.min_severity ?? 0.9),
    channels: kept?.channels ?? ["in_app"],
    addresses: one?.addresses.join(", ") ?? "",
    people: one?.people.join(", ") ?? "",
    webhooks: one?.webhooks.join(", ") ?? "",
    delivery: kept?.delivery ?? "immediate",
    digest: one?.digest_at ?? "",
    quietFrom: one?.quiet_from ?? "",
    quietTo: one?.quiet_to ?? "",
  };
}

const parted = (text: string): string[] => text.split(/[,;\s]+/).filter(Boolean);

function settingOf(form: Form) {
  return {
    region: form.region || null,
    retailer: form.retailer || null,
    category: null,
    causes: form.causes,
    triggers: form.triggers,
    min_severity: Number(form.severity),
  };
}

function requestOf(form: Form, one: SubscriptionView | null): SubscriptionRequest {
  return {
    ...settingOf(form),
    category: one?.category ?? null,
    name: form.name.trim(),
    kind: one?.kind === "list" ? "list" : "person",
    people: parted(form.people),
    webhooks: form.channels.includes("webhook") ? parted(form.webhooks ?? "") : [],
    addresses: parted(form.addresses),
    channels: form.channels,
    delivery: form.delivery,
    digest_at: form.delivery === "daily_digest" && form.digest ? form.digest : null,
    quiet_from: form.quietFrom || null,
    quiet_to: form.quietTo || null,
    time_zone: one?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

export function SubscriptionDialog({ subscription, onClose }: { subscription: SubscriptionView | null; onClose: () => void }) {
  const focusBack = useFocusBack();
  const choices = useChoices(useScope()).data;
  const [draft, setDraft, clear] = useDraft(`subscription.${subscription?.subscription_id ?? "new"}`, JSON.stringify(formOf(subscription)));
  const form = JSON.parse(draft) as Form;
  const [error, setError] = useState("");
  const save = useSubscribe();
  const preview = usePreview();
  const set = <K extends keyof Form>(key: K, value: Form[K]) => setDraft(JSON.stringify({ ...form, [key]: value }));
  const apply = async () => {
    setError("");
    try {
      await save.mutateAsync({ id: subscription?.subscription_id ?? null, request: requestOf(form, subscription) });
      clear();
      onClose();
    } catch (problem) {
      setError(message(problem));
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Content style={{ maxWidth: 620 }} onCloseAutoFocus={focusBack}>
        <Dialog.Title size="4">{subscription ? "Change the subscription" : "Subscribe to alerts"}</Dialog.Title>
        <Dialog.Description size="2" color="gray">
          It counts from the next business date on.
        </Dialog.Description>
        <div className="stack">
          <TextInput label="Name" value={form.name} set={(value) => set("name", value)} />
          <div className="form-grid">
            <Choose label="Region" value={form.region} set={(value) => set("region", value)} empty="Any region" options={(choices?.region ?? []).map((one) => [one.value, one.value])} />
            <Choose label="Retailer" value={form.retailer} set={(value) => set("retailer", value)} empty="Any retailer" options={(choices?.retailer ?? []).map((one) => [one.value, one.value])} />
            <Choose label="Severity from" value={form.severity} set={(value) => set("severity", value)} options={SEVERITY_STEPS.map((one) => [String(one.at), sentenceCase(severityFrom(one.at))])} />
          </div>
          <Pills label="Causes (none: any)" values={CAUSES} picked={form.causes} word={causeWord} set={(values) => set("causes", values)} />
          <Pills label="Tell me when" values={TRIGGERS} picked={form.triggers} word={(value) => TRIGGER_WORDS[value]} set={(values) => set("triggers", values)} />
          <Pills label="How" values={CHANNELS} picked={form.channels} word={(value) => CHANNEL_WORDS[value]} set={(values) => set("channels", values)} />
          {form.channels.includes("email") && <TextInput label="E-mail addresses (none: your own)" value={form.addresses} set={(value) => set("addresses", value)} />}
          {form.channels.includes("webhook") && <TextInput label="Names of webhooks (ask whoever operates the system)" value={form.webhooks ?? ""} set={(value) => set("webhooks", value)} />}
          <div className="form-grid">
            <Choose label="When" value={form.delivery} set={(value) => set("delivery", value)} options={[["immediate", "At once"], ["daily_digest", "Once a day"]]} />
            {form.delivery === "daily_digest" && <TextInput label="At" type="time" value={form.digest} set={(value) => set("digest", value)} />}
            <TextInput label="Quiet from" type="time" value={form.quietFrom} set={(value) => set("quietFrom", value)} />
            <TextInput label="Quiet to" type="time" value={form.quietTo} set={(value) => set("quietTo", value)} />
          </div>
          {preview.data && (
            <div className="preview" role="status">
              <strong className="small">
                {preview.data.items.length === 0
                  ? `It would have sent nothing in the last ${plural(DAYS, "day")}.`
                  : `It would have sent ${plural(preview.data.items.length, "alert")} in the last ${plural(DAYS, "day")}.`}
              </strong>
              <ul className="small">
                {preview.data.items.slice(0, 6).map((one) => (
                  <li key={`${one.tick} ${one.headline} ${one.suppressed_by}`}>
                    {day(one.tick)}: {one.headline} <span className="soft">{one.suppressed_by ? "held back" : ""}</span>
                  </li>
                ))}
              </ul>
            </div>
          )}
          {(error || preview.isError) && (
            <Callout.Root highContrast color="red" size="1" role="alert">
              <Callout.Text>{error || message(preview.error)}</Callout.Text>
            </Callout.Root>
          )}
          <div className="row end">
            <Button variant="ghost" color="gray" loading={preview.isPending} onClick={() => preview.mutate({ ...settingOf(form), days: DAYS })} className="left">
              What would it have sent?
            </Button>
            <Button variant="soft" color="gray" onClick={onClose}>
              Cancel
            </Button>
            <Button disabled={!form.name.trim() || !form.triggers.length || !form.channels.length} loading={save.isPending} onClick={() => void apply()}>
              {subscription ? "Save" : "Subscribe"}
            </Button>
          </div>
        </div>
      </Dialog.Content>
    </Dialog.Root>
  );
}
