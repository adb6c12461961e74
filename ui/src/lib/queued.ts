// What is on its way, laid over what the API said, so that a decision shows at once.
import { useMemo } from "react";
import type { QueuedEdit } from "@/api/edits";
import { useQueue } from "@/api/queue";
import type { AnyEdit } from "@/api/types";

export function useQueuedById(): ReadonlyMap<string, QueuedEdit[]> {
  const queue = useQueue();
  return useMemo(() => {
    const found = new Map<string, QueuedEdit[]>();
    for (const item of queue) {
      if (item.state === "refused") continue;
      for (const target of item.targets) found.set(target.id, [...(found.get(target.id) ?? []), item]);
    }
    return found;
  }, [queue]);
}

interface Editable {
  cause: string;
  cause_source: string;
  cause_confidence: number;
  proposed_cause: string | null;
  proposed_confidence: number | null;
}

/** The object with the edits that have not been answered yet. */
export function overlaid<T extends Editable>(thing: T, queued: readonly QueuedEdit[] | undefined, status: keyof T, source: string): T {
  if (!queued?.length) return thing;
  return queued.reduce((now, item) => applied(now, item.edit, status, source), thing);
}

function applied<T extends Editable>(thing: T, edit: AnyEdit, status: keyof T, source: string): T {
  switch (edit.action) {
    case "set_cause":
      return { ...thing, cause: edit.cause, cause_source: source, cause_confidence: 1 };
    case "approve":
      return { ...thing, [status]: "approved", ...(edit.cause && { cause: edit.cause }), cause_source: source };
    case "reject":
      return { ...thing, [status]: "rejected" };
    case "reopen":
      return { ...thing, [status]: "open", ...undecided(thing, edit.cause, source) };
    case "rename":
      return "name" in thing ? { ...thing, name: edit.name } : thing;
    default:
      return thing;
  }
}

function undecided({ proposed_cause, proposed_confidence }: Editable, cause: string | null | undefined, source: string): Partial<Editable> {
  if (cause) return { cause, cause_source: source, cause_confidence: 1 };
  return proposed_cause ? { cause: proposed_cause, cause_source: "model", cause_confidence: proposed_confidence ?? 0 } : {};
}

const WAITING: Record<string, string> = { sending: "Sending", waiting: "Waiting for the API", conflict: "In conflict" };

/** What the pending badge says; null: nothing is under way. */
export function pendingWord(queued: readonly QueuedEdit[] | undefined, pending: readonly unknown[]): string | null {
  const first = queued?.[0];
  if (first) return WAITING[first.state] ?? "Pending";
  return pending.length ? "Pending" : null;
}
