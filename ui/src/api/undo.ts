// Taking a decision back: the object is reopened, or stands by itself again, based on what the decision led to.
import type { Accepted, QueuedEdit, Target } from "./edits";
import { submit } from "./queue";

const UNDOABLE: readonly string[] = ["approve", "reject", "set_cause", "snooze", "merge_into"];

export const canUndo = (item: QueuedEdit): boolean => UNDOABLE.includes(item.edit.action);

export function undo(item: QueuedEdit, answer: Accepted): void {
  const versions = new Map(answer.objects.map((object) => [object.id, object.version]));
  if (item.edit.action === "merge_into") {
    submit(item.about, item.targets.map((target) => ({ ...target, based_on: versions.get(target.id) ?? target.based_on })), { action: "unmerge" });
    return;
  }
  const groups = new Map<Target["back_to"], Target[]>();
  for (const target of item.targets) {
    const now = { ...target, based_on: versions.get(target.id) ?? target.based_on };
    groups.set(target.back_to, [...(groups.get(target.back_to) ?? []), now]);
  }
  for (const [cause, targets] of groups) submit(item.about, targets, { action: "reopen", ...(cause && { cause }) });
}
