// What is on its way, laid over what the API said, so that a decision shows at once.
import { useMemo } from "react";
import type { QueuedEdit } from "@/api/edits";
import { useQueue } from "@/api/queue";
import type { AnyEdit, Event, Report } from "@/api/types";

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

type Decided = Partial<Pick<Event, "cause" | "cause_source" | "cause_confidence" | "event_status"> & Pick<Report, "report_status">>;

/** The object with the edits that have not been answered yet: the API said with it what each decision changes. */
export function overlaid<T extends Event | Report>(thing: T, queued: readonly QueuedEdit[] | undefined): T {
  if (!queued?.length) return thing;
  return Object.assign({}, thing, ...queued.map(({ edit }) => changes(thing, edit))) as T;
}

function changes(thing: Event | Report, edit: AnyEdit): Decided & { name?: string } {
  if (edit.action === "rename") return { name: edit.name };
  if (!(edit.action in thing.after_edit)) return {};
  const after: Decided = thing.after_edit[edit.action as keyof typeof thing.after_edit];
  const cause = "cause" in edit ? edit.cause : null;
  return { ...after, ...(cause && { ...thing.after_edit.set_cause, cause }) };
}

const WAITING: Record<string, string> = { sending: "Sending", waiting: "Waiting for the API", conflict: "In conflict" };

/** What the pending badge says; null: nothing is under way. */
export function pendingWord(queued: readonly QueuedEdit[] | undefined, pending: readonly unknown[]): string | null {
  const first = queued?.[0];
  if (first) return WAITING[first.state] ?? "Pending";
  return pending.length ? "Pending" : null;
}
