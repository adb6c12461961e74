// Say who looks after events; the person is told.
import { useState } from "react";
import { usePeople } from "@/api/people";
import { signedIn } from "@/app/session";
import { describeTargets } from "@/lib/describe";
import { DecideDialog } from "./DecideDialog";
import { Palette } from "./Palette";
import { type DialogProps, useDecision } from "./useDecision";

const NOBODY = "";

export function AssignDialog(props: DialogProps) {
  const { subject, onClose } = props;
  const found = usePeople();
  const me = signedIn() ?? "";
  const names = [...(found.data ?? [])].sort((a, b) => Number(b === me) - Number(a === me));
  const [picked, setPicked] = useState<string | null>(null);
  const { note, setNote, comment, apply } = useDecision(props, "assign");
  const chosen = picked ?? names[0] ?? NOBODY;
  const assign = (name: string) => apply({ action: "assign", ...(name && { assignee: name }), ...comment });
  return (
    <DecideDialog
      title="Assign"
      about={`${describeTargets("event", subject.targets)}: who looks after it?`}
      button={chosen ? `Assign to ${chosen}` : "Assign to nobody"}
      ready={found.isSuccess}
      note={note}
      onNote={setNote}
      onApply={() => assign(chosen)}
      onClose={onClose}
    >
      <Palette
        label="Person"
        placeholder="Type to find somebody"
        options={[...names.map((name) => ({ id: name, text: name === me ? `${name} (you)` : name })), { id: NOBODY, text: "Nobody" }]}
        picked={chosen}
        onPick={setPicked}
        onDone={assign}
        empty={found.isPending ? "Looking…" : "Nobody is called so."}
      />
    </DecideDialog>
  );
}
