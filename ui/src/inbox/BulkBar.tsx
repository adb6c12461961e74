// What can be done with the selected events, all at once or not at all.
import { Button, Kbd } from "@radix-ui/themes";
import type { Decision } from "@/decide/useDecide";
import { moneyDelta, plural } from "@/lib/format";

interface Props {
  size: number;
  total: number;
  money: number;
  may: boolean;
  whyNot: string;
  act: (decision: Decision) => void;
  all: () => void;
  clear: () => void;
  actions?: readonly Decision[];
}

const LABELS: Partial<Record<Decision, [label: string, key: string]>> = {
  approve: ["Approve", "a"],
  set_cause: ["Cause", "c"],
  merge_into: ["Merge", "m"],
  snooze: ["Snooze", "s"],
  reject: ["Reject", "r"],
};
const EVENT_ACTIONS: readonly Decision[] = ["approve", "set_cause", "merge_into", "snooze", "reject"];

export function BulkBar({ size, total, money, may, whyNot, act, all, clear, actions = EVENT_ACTIONS }: Props) {
  if (size === 0) return null;
  return (
    <div className="bulk" role="toolbar" aria-label="Selected">
      <span className="small tnum nowrap">
        <strong>{plural(size, "selected", "selected")}</strong> <span className="soft">{moneyDelta(money)}</span>
      </span>
      {actions.map((decision) => {
        const [label, key] = LABELS[decision] ?? [decision, ""];
        return (
          <Button
            key={decision}
            size="1"
            variant={decision === "approve" ? "solid" : "soft"}
            color={decision === "approve" ? "indigo" : "gray"}
            disabled={!may}
            title={whyNot}
            onClick={() => act(decision)}
          >
            {label} <Kbd size="1">{key}</Kbd>
          </Button>
        );
      })}
      <span className="grow" />
      {size < total && (
        <Button size="1" variant="ghost" color="gray" onClick={all}>
          Select all
        </Button>
      )}
      <Button size="1" variant="ghost" color="gray" onClick={clear}>
        Clear
      </Button>
    </div>
  );
}
