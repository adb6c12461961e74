// One dialog a decision: cause, snooze, reject, comment, evidence, rename. Merging has a file of its own.
import { TextField } from "@radix-ui/themes";
import { useState } from "react";
import { useCandidates } from "@/api/queries";
import type { EventEdit } from "@/api/types";
import { describeTargets } from "@/lib/describe";
import { useDraft } from "@/lib/drafts";
import { confidence, plural } from "@/lib/format";
import { useScope } from "@/lib/location";
import { CAUSES, causeWord, isCause } from "@/lib/words";
import { DecideDialog } from "./DecideDialog";
import { Learned } from "./Learned";
import { Palette } from "./Palette";
import { type DialogProps, useDecision } from "./useDecision";

/** To correct is to decide: the cause is set and approved in one edit. */
export function CauseDialog(props: DialogProps) {
  const { subject, onClose } = props;
  const [only] = subject.targets;
  const looked = useCandidates(useScope(), subject.about, subject.targets.length === 1 ? only?.id : undefined, !subject.candidates);
  const candidates = subject.candidates ?? looked.data ?? [];
  const known = new Map<string, number>(candidates.map((one) => [one.cause, one.confidence]));
  const order = [...CAUSES].sort((a, b) => (known.get(b) ?? -1) - (known.get(a) ?? -1));
  const [chosen, setPicked] = useState<string | null>(null);
  const picked = chosen ?? order[0] ?? "unknown";
  const { note, setNote, comment, apply } = useDecision(props, "set_cause");
  const set = (cause: string) => isCause(cause) && apply({ action: "approve", cause, ...comment });
  return (
    <DecideDialog
      title="Set the cause"
      about={`${describeTargets(subject.about, subject.targets)}: the cause is set, and with that decided.`}
      button={`Set ${causeWord(picked)}`}
      ready
      note={note}
      onNote={setNote}
      onApply={() => set(picked)}
      onClose={onClose}
    >
      <Palette
        label="Cause"
        placeholder="Type to find a cause"
        options={order.map((cause) => ({
          id: cause,
          text: causeWord(cause),
          detail: known.has(cause) && <span className="soft small tnum">{confidence(known.get(cause) ?? 0)}</span>,
        }))}
        picked={picked}
        onPick={setPicked}
        onDone={set}
      />
      <Learned subject={subject} />
    </DecideDialog>
  );
}

const DAY_MS = 86_400_000;

function inDays(days: number): string {
  const at = new Date(Date.now() + days * DAY_MS);
  at.setHours(8, 0, 0, 0);
  return at.toISOString();
}

type Snooze = Omit<Extract<EventEdit, { action: "snooze" }>, "action">;

const SNOOZES: { id: string; text: string; how: () => Snooze }[] = [
  { id: "1", text: "Until tomorrow", how: () => ({ until: inDays(1), until_closed: false }) },
  { id: "3", text: "For three days", how: () => ({ until: inDays(3), until_closed: false }) },
  { id: "7", text: "For a week", how: () => ({ until: inDays(7), until_closed: false }) },
  { id: "closed", text: "Until it closes", how: () => ({ until_closed: true }) },
  { id: "worse", text: "Until its severity has risen by 0.1", how: () => ({ until_worse_by: 0.1, until_closed: false }) },
];

export function SnoozeDialog(props: DialogProps) {
  const { subject, onClose } = props;
  const [picked, setPicked] = useState("1");
  const { note, setNote, comment, apply } = useDecision(props, "snooze");
  const snooze = (id: string) => {
    const how = SNOOZES.find((one) => one.id === id)?.how();
    if (how) apply({ action: "snooze", ...how, ...comment });
  };
  return (
    <DecideDialog
      title="Snooze"
      about={`${describeTargets(subject.about, subject.targets)}: out of the inbox, and no alert.`}
      button="Snooze"
      ready
      note={note}
      onNote={setNote}
      onApply={() => snooze(picked)}
      onClose={onClose}
    >
      <Palette label="For how long" options={SNOOZES} picked={picked} onPick={setPicked} onDone={snooze} />
    </DecideDialog>
  );
}

export function RejectDialog(props: DialogProps) {
  const { subject, onClose } = props;
  const { note, setNote, comment, apply } = useDecision(props, "reject");
  return (
    <DecideDialog
      title="Reject: not an anomaly"
      about={`${describeTargets(subject.about, subject.targets)} will be closed; its sales count as usual.`}
      button="Reject"
      colour="red"
      ready
      note={note}
      onNote={setNote}
      noteLabel="Why (optional)"
      onApply={() => apply({ action: "reject", ...comment })}
      onClose={onClose}
    >
      <Learned subject={subject} />
    </DecideDialog>
  );
}

export function CommentDialog(props: DialogProps) {
  const { subject, onClose } = props;
  const { note, setNote, apply } = useDecision(props, "comment");
  return (
    <DecideDialog
      title="Comment"
      about={describeTargets(subject.about, subject.targets)}
      button="Comment"
      ready={!!note.trim()}
      note={note}
      onNote={setNote}
      noteLabel="Comment (@name tells that person)"
      onApply={() => apply({ action: "comment", comment: note.trim() })}
      onClose={onClose}
    />
  );
}

export function EvidenceDialog(props: DialogProps) {
  const { subject, onClose } = props;
  const { note, setNote, apply } = useDecision(props, "add_evidence");
  const [source, setSource, clearSource] = useDraft(`add_evidence.source.${subject.targets[0]?.id ?? ""}`);
  const add = () => {
    const where = source.trim();
    clearSource();
    apply({ action: "add_evidence", evidence: note.trim(), ...(where && { source: where }) });
  };
  return (
    <DecideDialog
      title="Add evidence"
      about="Something that the models do not know."
      button="Add"
      ready={!!note.trim()}
      note={note}
      onNote={setNote}
      noteLabel="What was found"
      onApply={add}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor="evidence-source">Where (optional)</label>
        <TextField.Root id="evidence-source" maxLength={200} value={source} onChange={(e) => setSource(e.target.value)} />
      </div>
    </DecideDialog>
  );
}

export function RenameDialog(props: DialogProps) {
  const { subject, onClose } = props;
  const name = subject.targets[0]?.label ?? "";
  const { note, setNote, apply } = useDecision(props, "rename", name);
  return (
    <DecideDialog
      title="Rename"
      about={plural(1, "event")}
      button="Rename"
      ready={!!note.trim() && note.trim() !== name}
      note={note}
      onNote={setNote}
      noteLabel="Name"
      onApply={() => apply({ action: "rename", name: note.trim().slice(0, 200) })}
      onClose={onClose}
    />
  );
}
