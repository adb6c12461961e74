// What every decision dialog does: keep the note as it is typed, submit, forget the note, close.
import { submit } from "@/api/queue";
import type { AnyEdit } from "@/api/types";
import { useDraft } from "@/lib/drafts";
import type { Subject } from "./subject";

export interface DialogProps {
  subject: Subject;
  onClose: () => void;
  onDone?: () => void;
}

interface Decision {
  note: string;
  setNote: (text: string) => void;
  /** The note as an edit holds it; nothing where none was typed. */
  comment: { comment?: string };
  apply: (...edits: AnyEdit[]) => void;
}

export function useDecision({ subject, onClose, onDone }: DialogProps, action: string, initial = ""): Decision {
  const ids = subject.targets.map((target) => target.id).join(",");
  const [note, setNote, clear] = useDraft(`${action}.${ids.slice(0, 200)}`, initial);
  const said = note.trim();
  const apply = (...edits: AnyEdit[]) => {
    for (const edit of edits) submit(subject.about, subject.targets, edit);
    clear();
    onDone?.();
    onClose();
  };
  return { note, setNote, comment: said ? { comment: said } : {}, apply };
}
