// The decisions as buttons: the two that matter most, and the rest in a menu.
import { Button, DropdownMenu, IconButton } from "@radix-ui/themes";
import { Check, Ellipsis, Tag, Undo2 } from "lucide-react";
import type { Decision } from "./useDecide";

interface Props {
  about: "event" | "report";
  may: boolean;
  whyNot: string;
  /** It has been decided: then the first button takes that back. */
  decided: boolean;
  decide: (decision: Decision) => void;
}

const MORE: Record<Props["about"], [decision: Decision, label: string, key: string][]> = {
  event: [
    ["merge_into", "Merge into another event", "m"],
    ["assign", "Assign", "o"],
    ["snooze", "Snooze", "s"],
    ["reject", "Reject: not an anomaly", "r"],
    ["comment", "Comment", ""],
    ["add_evidence", "Add evidence", ""],
    ["rename", "Rename", ""],
  ],
  report: [
    ["reject", "Reject: not an anomaly", "r"],
    ["comment", "Comment", ""],
  ],
};

export function DecideButtons({ about, may, whyNot, decided, decide }: Props) {
  return (
    <div className="row">
      {decided ? (
        <Button size="2" disabled={!may} title={whyNot || "Takes the decision back"} onClick={() => decide("reopen")}>
          <Undo2 size={14} aria-hidden="true" /> Reopen
        </Button>
      ) : (
        <Button size="2" disabled={!may} title={whyNot || "Confirms the proposed cause: the sales of these days are kept out of what is learned"} onClick={() => decide("approve")}>
          <Check size={14} aria-hidden="true" /> Approve
        </Button>
      )}
      <Button size="2" variant="soft" color="gray" disabled={!may} title={whyNot} onClick={() => decide("set_cause")}>
        <Tag size={13} aria-hidden="true" /> Cause
      </Button>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger>
          <IconButton size="2" variant="soft" color="gray" disabled={!may} aria-label="More actions">
            <Ellipsis size={15} />
          </IconButton>
        </DropdownMenu.Trigger>
        <DropdownMenu.Content>
          {MORE[about].map(([decision, label, key]) => (
            <DropdownMenu.Item
              key={decision}
              {...(key && { shortcut: key })}
              color={decision === "reject" ? "red" : undefined}
              onSelect={() => decide(decision)}
            >
              {label}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
    </div>
  );
}
