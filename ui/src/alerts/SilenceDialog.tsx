// A silence: over what, until when, and why.
import { Button, Callout, Checkbox, Dialog } from "@radix-ui/themes";
import { useState } from "react";
import { useSilence } from "@/api/alerts";
import { useChoices } from "@/api/queries";
import { useFocusBack } from "@/lib/focusBack";
import { useDraft } from "@/lib/drafts";
import { useScope } from "@/lib/location";
import { CAUSES, causeWord, isCause } from "@/lib/words";
import { Pick, TextInput } from "@/parts/Fields";
import { message } from "@/parts/States";

const EMPTY = { region: "", retailer: "", cause: "", until: "", closed: false, reason: "" };

export function SilenceDialog({ onClose }: { onClose: () => void }) {
  const focusBack = useFocusBack();
  const choices = useChoices(useScope()).data;
  const [draft, setDraft, clear] = useDraft("silence", JSON.stringify(EMPTY));
  const form = { ...EMPTY, ...(JSON.parse(draft) as Partial<typeof EMPTY>) };
  const [error, setError] = useState("");
  const silence = useSilence();
  const set = (change: Partial<typeof EMPTY>) => setDraft(JSON.stringify({ ...form, ...change }));
  const apply = async () => {
    setError("");
    try {
      await silence.mutateAsync({
        event_id: null,
        category: null,
        region: form.region || null,
        retailer: form.retailer || null,
        cause: isCause(form.cause) ? form.cause : null,
        until: form.until ? new Date(`${form.until}T23:59:59`).toISOString() : null,
        until_severity: null,
        until_worse_by_a_step: false,
        until_closed: form.closed,
        reason: form.reason.trim(),
      });
      clear();
      onClose();
    } catch (problem) {
      setError(message(problem));
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Content style={{ maxWidth: 520 }} onCloseAutoFocus={focusBack}>
        <Dialog.Title size="4">Silence alerts</Dialog.Title>
        <Dialog.Description size="2" color="gray">
          Events are still found and shown; only nobody is told.
        </Dialog.Description>
        <div className="stack">
          <div className="form-grid">
            <Pick label="Region" value={form.region} set={(region) => set({ region })} empty="Any region" options={(choices?.region ?? []).map((one) => [one.value, one.value])} />
            <Pick label="Retailer" value={form.retailer} set={(retailer) => set({ retailer })} empty="Any retailer" options={(choices?.retailer ?? []).map((one) => [one.value, one.value])} />
            <Pick label="Cause" value={form.cause} set={(cause) => set({ cause })} empty="Any cause" options={CAUSES.map((cause) => [cause, causeWord(cause)])} />
          </div>
          <TextInput label="Until (empty: until lifted)" type="date" value={form.until} set={(until) => set({ until })} />
          <label className="row small">
            <Checkbox checked={form.closed} onCheckedChange={(on) => set({ closed: on === true })} />
            For each event, only until it closes
          </label>
          <TextInput label="Why" value={form.reason} set={(reason) => set({ reason })} />
          {error && (
            <Callout.Root highContrast color="red" size="1" role="alert">
              <Callout.Text>{error}</Callout.Text>
            </Callout.Root>
          )}
          <div className="row end">
            <Button variant="soft" color="gray" onClick={onClose}>
              Cancel
            </Button>
            <Button disabled={!form.reason.trim() || !(form.region || form.retailer || form.cause)} loading={silence.isPending} onClick={() => void apply()}>
              Silence
            </Button>
          </div>
        </div>
      </Dialog.Content>
    </Dialog.Root>
  );
}
