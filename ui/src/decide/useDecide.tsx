// Opens the decisions, one at a time. Nobody decides in the past, nor without the role for it.
import { type ReactNode, useState } from "react";
import { useMe } from "@/api/queries";
import { submit } from "@/api/queue";
import type { AnyEdit } from "@/api/types";
import { useScope } from "@/lib/location";
import {
  CauseDialog,
  CommentDialog,
  EvidenceDialog,
  RejectDialog,
  RenameDialog,
  SnoozeDialog,
} from "./dialogs";
import { AssignDialog } from "./AssignDialog";
import { MergeDialog } from "./MergeDialog";
import type { Subject } from "./subject";

const DIALOGS = {
  set_cause: CauseDialog,
  merge_into: MergeDialog,
  snooze: SnoozeDialog,
  reject: RejectDialog,
  comment: CommentDialog,
  add_evidence: EvidenceDialog,
  rename: RenameDialog,
  assign: AssignDialog,
};

export type Decision = keyof typeof DIALOGS | "approve" | "reopen" | "unmerge";

export interface Decide {
  may: boolean;
  /** Why not, for a tooltip. */
  whyNot: string;
  decide: (decision: Decision, subject: Subject, onDone?: () => void) => void;
  dialog: ReactNode;
}

export function useMay(role: "analyst" | "manager" = "analyst"): { may: boolean; whyNot: string } {
  const scope = useScope();
  const me = useMe();
  if (scope.as_of) return { may: false, whyNot: "The past cannot be changed" };
  // Out of reach, the role is not known: the edit is kept and the API decides.
  if (me.data && !me.data.roles.includes(role)) return { may: false, whyNot: `This needs the role ${role}` };
  return { may: true, whyNot: "" };
}

export function useDecide(): Decide {
  const { may, whyNot } = useMay();
  const [open, setOpen] = useState<{ decision: keyof typeof DIALOGS; subject: Subject; onDone?: () => void } | null>(null);
  const decide: Decide["decide"] = (decision, subject, onDone) => {
    if (!may || !subject.targets.length) return;
    if (decision === "approve" || decision === "reopen" || decision === "unmerge") {
      submit(subject.about, subject.targets, { action: decision } as AnyEdit);
      onDone?.();
    } else {
      setOpen({ decision, subject, onDone });
    }
  };
  const Open = open ? DIALOGS[open.decision] : null;
  const dialog =
    open && Open ? <Open subject={open.subject} onClose={() => setOpen(null)} {...(open.onDone && { onDone: open.onDone })} /> : null;
  return { may, whyNot, decide, dialog };
}
