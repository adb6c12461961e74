// What to look at again, and with which models. All that is typed is kept until the rereview has been started.
import { Button, Callout, Checkbox, Dialog } from "@radix-ui/themes";
import { useState } from "react";
import { useChoices } from "@/api/queries";
import { type RereviewRequest, useStartRereview } from "@/api/rereviews";
import { useFocusBack } from "@/lib/focusBack";
import { useDraft } from "@/lib/drafts";
import { percent } from "@/lib/format";
import { useGo, useScope } from "@/lib/location";
import { type Cause, CAUSES, causeWord, isCause } from "@/lib/words";
import { Pills, TextInput } from "@/parts/Fields";
import { message } from "@/parts/States";

interface Form {
  causes: Cause[];
  regions: string[];
  from: string;
  to: string;
  below: string;
  degraded: boolean;
  older: string;
  model: string;
  version: string;
  similarity: string;
  reason: string;
}

const EMPTY: Form = {
  causes: [],
  regions: [],
  from: "",
  to: "",
  below: "",
  degraded: false,
  older: "",
  model: "",
  version: "",
  similarity: "",
  reason: "",
};

export function requestOf(form: Form, run_id: string | undefined): RereviewRequest {
  return {
    selection: {
      ...(form.causes.length && { causes: form.causes }),
      ...(form.regions.length && { regions: form.regions }),
      ...(form.from && { from: form.from }),
      ...(form.to && { to: form.to }),
      ...(form.below && { confidence_below: Number(form.below) }),
      ...(form.older.trim() && { model_older_than: form.older.trim() }),
      degraded: form.degraded,
    },
    models: {
      similarity_model: form.similarity.trim() || null,
      cause_model: form.model.trim() || null,
      cause_model_version: form.version.trim() || null,
    },
    ...(form.reason.trim() && { reason: form.reason.trim() }),
    ...(run_id && { run_id }),
  };
}

export function StartDialog({ onClose }: { onClose: () => void }) {
  const focusBack = useFocusBack();
  const scope = useScope();
  const go = useGo();
  const choices = useChoices(scope).data;
  const [draft, setDraft, clear] = useDraft("rereview", JSON.stringify(EMPTY));
  const form = { ...EMPTY, ...(JSON.parse(draft) as Partial<Form>) };
  const [error, setError] = useState("");
  const start = useStartRereview();
  const set = <K extends keyof Form>(key: K, value: Form[K]) => setDraft(JSON.stringify({ ...form, [key]: value }));
  const begin = async () => {
    setError("");
    try {
      const made = await start.mutateAsync(requestOf(form, scope.run_id));
      clear();
      go(`/rereviews/${made.rereview_id}`);
    } catch (problem) {
      setError(message(problem));
    }
  };
  const known = choices?.cause.map((one) => one.value).filter(isCause) ?? CAUSES;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Content style={{ maxWidth: 600 }} onCloseAutoFocus={focusBack}>
        <Dialog.Title size="4">New rereview</Dialog.Title>
        <Dialog.Description size="2" color="gray">
          Reports that fit every condition you set are looked at again.
        </Dialog.Description>
        <div className="stack">
          <Pills label="Causes in force" values={known} picked={form.causes} word={causeWord} set={(values) => set("causes", values)} />
          {!!choices?.region.length && (
            <Pills label="Regions" values={choices.region.map((one) => one.value)} picked={form.regions} word={(v) => v} set={(values) => set("regions", values)} />
          )}
          <div className="form-grid">
            <label className="field small">
              From
              <input className="date-input" type="date" value={form.from} onChange={(e) => set("from", e.target.value)} />
            </label>
            <label className="field small">
              To
              <input className="date-input" type="date" value={form.to} onChange={(e) => set("to", e.target.value)} />
            </label>
            <label className="field small">
              Confidence
              <select className="date-input" value={form.below} onChange={(e) => set("below", e.target.value)}>
                <option value="">Any</option>
                {[0.95, 0.9, 0.8, 0.7, 0.6, 0.5].map((share) => (
                  <option key={share} value={share}>
                    Below {percent(share)}
                  </option>
                ))}
              </select>
            </label>
            <TextInput label="Cause model older than" value={form.older} set={(value) => set("older", value)} hint="a version" />
          </div>
          <label className="row small">
            <Checkbox checked={form.degraded} onCheckedChange={(on) => set("degraded", on === true)} />
            Only those made while an input was missing
          </label>
          <h2 className="part-title">Look again with</h2>
          <div className="form-grid">
            <TextInput label="Cause model" value={form.model} set={(value) => set("model", value)} hint="as now" />
            <TextInput label="Its version" value={form.version} set={(value) => set("version", value)} hint="as now" />
            <TextInput label="Similarity model" value={form.similarity} set={(value) => set("similarity", value)} hint="as now" />
          </div>
          <TextInput label="Why (optional)" value={form.reason} set={(value) => set("reason", value)} hint="" />
          {error && (
            <Callout.Root highContrast color="red" size="1" role="alert">
              <Callout.Text>{error}</Callout.Text>
            </Callout.Root>
          )}
          <div className="row end">
            <Button variant="soft" color="gray" onClick={onClose}>
              Cancel
            </Button>
            <Button loading={start.isPending} onClick={() => void begin()}>
              Start
            </Button>
          </div>
        </div>
      </Dialog.Content>
    </Dialog.Root>
  );
}
