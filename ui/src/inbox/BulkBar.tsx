// What can be done with the selected rows, all at once.
import { Button, Kbd } from "@radix-ui/themes";
import { useState } from "react";
import type { Decision } from "@/decide/useDecide";
import { count, plural } from "@/lib/format";
import { Money } from "@/parts/Badges";
import { message } from "@/parts/States";
import type { Selection } from "./useSelection";

interface Props<T> {
  selection: Selection<T>;
  /** Rows that are loaded, and all that fit the filters. */
  shown: number;
  fitting: number;
  may: boolean;
  whyNot: string;
  act: (decision: Decision) => void;
  /** Fetch everything that fits. */
  everything: () => Promise<T[]>;
  actions?: readonly Decision[];
}

/** More are not fetched: nobody decides about so many at once. */
export const MOST_SELECTED = 5000;

const LABELS: Partial<Record<Decision, [label: string, key: string]>> = {
  approve: ["Approve", "a"],
  set_cause: ["Cause", "c"],
  merge_into: ["Merge", "m"],
  snooze: ["Snooze", "s"],
  assign: ["Assign", "o"],
  reject: ["Reject", "r"],
};
const EVENT_ACTIONS: readonly Decision[] = ["approve", "set_cause", "merge_into", "snooze", "assign", "reject"];

export function BulkBar<T extends { sales_delta: number }>({ selection, shown, fitting, may, whyNot, act, everything, actions = EVENT_ACTIONS }: Props<T>) {
  const [fetching, setFetching] = useState(false);
  const [error, setError] = useState("");
  if (selection.size === 0) return null;
  const most = Math.min(fitting, MOST_SELECTED);
  const takeAll = async () => {
    setFetching(true);
    setError("");
    await everything().then(selection.take, (problem: unknown) => setError(message(problem)));
    setFetching(false);
  };
  return (
    <div className="bulk" role="toolbar" aria-label="Selected">
      <span className="small tnum nowrap">
        <strong>{plural(selection.size, "selected", "selected")}</strong>{" "}
        <span className="soft">
          <Money delta value={selection.items.reduce((sum, one) => sum + one.sales_delta, 0)} />
        </span>
      </span>
      {actions.map((decision) => {
        const [label, key] = LABELS[decision] ?? [decision, ""];
        return (
          <Button
            key={decision}
            size="1"
            variant={decision === "approve" ? "solid" : "soft"}
            color={decision === "approve" ? "indigo" : "gray"}
            disabled={!may || fetching}
            title={whyNot}
            onClick={() => act(decision)}
          >
            {label} <Kbd size="1">{key}</Kbd>
          </Button>
        );
      })}
      <span className="grow small" role="alert">
        {error}
      </span>
      {selection.size < shown && (
        <Button size="1" variant="ghost" color="gray" onClick={selection.all}>
          Select all {count(shown)} shown
        </Button>
      )}
      {shown < fitting && selection.size < most && (
        <Button size="1" variant="ghost" color="gray" loading={fetching} onClick={() => void takeAll()}>
          {most < fitting ? `Select the first ${count(most)} of ${count(fitting)} that fit` : `Select all ${count(fitting)} that fit`}
        </Button>
      )}
      <Button size="1" variant="ghost" color="gray" onClick={selection.clear}>
        Clear
      </Button>
    </div>
  );
}
