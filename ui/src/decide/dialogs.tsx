// One dialog a decision: cause, merge, snooze, reject, comment, evidence, rename.
import { TextField } from "@radix-ui/themes";
import { useDeferredValue, useState } from "react";
import { submit } from "@/api/queue";
import { itemsOf, useEvents } from "@/api/queries";
import { describeTargets } from "@/lib/describe";
import { useDraft } from "@/lib/drafts";
import { dayRange, localDates, percent, plural } from "@/lib/format";
import { useScope } from "@/lib/location";
import { CAUSES, causeWord } from "@/lib/words";
import { Delta } from "@/parts/Badges";
import { DecideDialog } from "./DecideDialog";
import { Palette } from "./Palette";
import type { Subject } from "./subject";

interface Props {
  subject: Subject;
  onClose: () => void;
  onDone?: () => void;
}

function useNote(subject: Subject, action: string) {
  return useDraft(`${action}.${subject.targets.map((target) => target.id).join(",").slice(0, 200)}`);
}

export function CauseDialog({ subject, onClose, onDone }: Props) {
  const known = new Map((subject.candidates ?? []).map((one) => [one.cause, one.confidence]));
  const order = [...CAUSES].sort((a, b) => (known.get(b) ?? -1) - (known.get(a) ?? -1));
  const [picked, setPicked] = useState<string>(order[0] ?? "unknown");
  const [note, setNote, clear] = useNote(subject, "set_cause");
  const apply = (cause: string) => {
    submit(subject.about, subject.targets, { action: "set_cause", cause: cause as never, ...(note.trim() && { comment: note.trim() }) });
    clear();
    onDone?.();
    onClose();
  };
  return (
    <DecideDialog
      title="Set the cause"
      about={describeTargets(subject.about, subject.targets)}
      button={`Set ${causeWord(picked)}`}
      ready
      note={note}
      onNote={setNote}
      onApply={() => apply(picked)}
      onClose={onClose}
    >
      <Palette
        label="Cause"
        placeholder="Type to find a cause"
        options={order.map((cause) => ({
          id: cause,
          text: causeWord(cause),
          detail: known.has(cause) && <span className="soft small tnum">{percent(known.get(cause) ?? 0)}</span>,
        }))}
        picked={picked}
        onPick={setPicked}
        onDone={apply}
      />
    </DecideDialog>
  );
}

export function MergeDialog({ subject, onClose, onDone }: Props) {
  const scope = useScope();
  const [search, setSearch] = useState("");
  const q = useDeferredValue(search.trim());
  const events = useEvents(scope, { q: q || undefined, sort: "last_detected_at" });
  const own = new Set(subject.targets.map((target) => target.id));
  const options = itemsOf(events.data?.pages)
    .filter((event) => !own.has(event.report_group_id) && event.event_status !== "merged")
    .slice(0, 50);
  const [picked, setPicked] = useState<string | null>(null);
  const chosen = options.find((event) => event.report_group_id === picked) ?? options[0];
  const [note, setNote, clear] = useNote(subject, "merge_into");
  const apply = (into: string) => {
    submit("event", subject.targets, { action: "merge_into", into, ...(note.trim() && { comment: note.trim() }) });
    clear();
    onDone?.();
    onClose();
  };
  return (
    <DecideDialog
      title="Merge into another event"
      about={`${describeTargets("event", subject.targets)} will be absorbed; old links still lead there.`}
      button={chosen ? `Merge into ${localDates(chosen.name)}` : "Merge"}
      ready={!!chosen}
      note={note}
      onNote={setNote}
      onApply={() => chosen && apply(chosen.report_group_id)}
      onClose={onClose}
    >
      <Palette
        label="Event that absorbs"
        placeholder="Find the event by name"
        options={options.map((event) => ({
          id: event.report_group_id,
          text: localDates(event.name),
          detail: (
            <span className="row small soft nowrap">
              {dayRange(event.first_detected_at, event.last_detected_at)}
              <Delta value={event.sales_delta} direction={event.direction} />
            </span>
          ),
        }))}
        onSearch={setSearch}
        picked={chosen?.report_group_id ?? null}
        onPick={setPicked}
        onDone={apply}
        empty={events.isPending ? "Looking…" : "No event fits."}
      />
    </DecideDialog>
  );
}

const DAY_MS = 86_400_000;

function inDays(days: number): string {
  const at = new Date(Date.now() + days * DAY_MS);
  at.setHours(8, 0, 0, 0);
  return at.toISOString();
}

export function SnoozeDialog({ subject, onClose, onDone }: Props) {
  const options = [
    { id: "1", text: "Until tomorrow" },
    { id: "3", text: "For three days" },
    { id: "7", text: "For a week" },
    { id: "closed", text: "Until it closes" },
    { id: "worse", text: "Until its severity has risen by 0.1" },
  ];
  const [picked, setPicked] = useState("1");
  const [note, setNote, clear] = useNote(subject, "snooze");
  const apply = (id: string) => {
    const how =
      id === "closed"
        ? { until_closed: true }
        : id === "worse"
          ? { until_worse_by: 0.1, until_closed: false }
          : { until: inDays(Number(id)), until_closed: false };
    submit("event", subject.targets, {
      action: "snooze",
      ...how,
      ...(note.trim() && { comment: note.trim() }),
    });
    clear();
    onDone?.();
    onClose();
  };
  return (
    <DecideDialog
      title="Snooze"
      about={`${describeTargets(subject.about, subject.targets)}: out of the inbox, and no alert.`}
      button="Snooze"
      ready
      note={note}
      onNote={setNote}
      onApply={() => apply(picked)}
      onClose={onClose}
    >
      <Palette label="For how long" options={options} picked={picked} onPick={setPicked} onDone={apply} />
    </DecideDialog>
  );
}

export function RejectDialog({ subject, onClose, onDone }: Props) {
  const [note, setNote, clear] = useNote(subject, "reject");
  const apply = () => {
    submit(subject.about, subject.targets, { action: "reject", ...(note.trim() && { comment: note.trim() }) });
    clear();
    onDone?.();
    onClose();
  };
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
      onApply={apply}
      onClose={onClose}
    />
  );
}

export function CommentDialog({ subject, onClose }: Props) {
  const [note, setNote, clear] = useNote(subject, "comment");
  const apply = () => {
    submit(subject.about, subject.targets, { action: "comment", comment: note.trim() });
    clear();
    onClose();
  };
  return (
    <DecideDialog
      title="Comment"
      about={describeTargets(subject.about, subject.targets)}
      button="Comment"
      ready={!!note.trim()}
      note={note}
      onNote={setNote}
      noteLabel="Comment"
      onApply={apply}
      onClose={onClose}
    />
  );
}

export function EvidenceDialog({ subject, onClose }: Props) {
  const [note, setNote, clear] = useNote(subject, "add_evidence");
  const [source, setSource, clearSource] = useDraft(`add_evidence.source.${subject.targets[0]?.id ?? ""}`);
  const apply = () => {
    submit("event", subject.targets, {
      action: "add_evidence",
      evidence: note.trim(),
      ...(source.trim() && { source: source.trim() }),
    });
    clear();
    clearSource();
    onClose();
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
      onApply={apply}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor="evidence-source">Where (optional)</label>
        <TextField.Root id="evidence-source" maxLength={200} value={source} onChange={(e) => setSource(e.target.value)} />
      </div>
    </DecideDialog>
  );
}

export function RenameDialog({ subject, onClose }: Props) {
  const target = subject.targets[0];
  const [name, setName, clear] = useDraft(`rename.${target?.id ?? ""}`, target?.label ?? "");
  const apply = () => {
    submit("event", subject.targets, { action: "rename", name: name.trim().slice(0, 200) });
    clear();
    onClose();
  };
  return (
    <DecideDialog
      title="Rename"
      about={plural(1, "event")}
      button="Rename"
      ready={!!name.trim() && name.trim() !== target?.label}
      note={name}
      onNote={setName}
      noteLabel="Name"
      onApply={apply}
      onClose={onClose}
    />
  );
}
