// An edit in words: for the queue, the history and the conflict dialog.
import type { AnyEdit, Edit } from "@/api/types";
import { dayLong, decimal, localDates, plural, stamp } from "./format";
import { causeWord, sentenceCase } from "./words";

export function describeEdit(edit: AnyEdit): string {
  switch (edit.action) {
    case "set_cause":
      return `Set the cause to ${causeWord(edit.cause)}`;
    case "approve":
      return edit.cause ? `Approve ${causeWord(edit.cause)}` : "Approve";
    case "reject":
      return "Reject";
    case "reopen":
      return "Reopen";
    case "comment":
      return "Comment";
    case "add_evidence":
      return "Add evidence";
    case "rename":
      return `Rename to “${edit.name}”`;
    case "merge_into":
      return "Merge into another event";
    case "unmerge":
      return "Take the merge back";
    case "assign":
      return edit.assignee ? `Assign to ${edit.assignee}` : "Assign to nobody";
    case "remove_report":
      return "Split off a report";
    case "snooze":
      return `Snooze ${snoozeWords(edit)}`;
  }
}

export function snoozeWords(value: { until?: string | null; until_worse_by?: number | null; until_closed?: boolean }): string {
  if (value.until) return `until ${value.until.length === 10 ? dayLong(value.until) : stamp(value.until)}`;
  if (value.until_worse_by) return `until its severity has risen by ${decimal(value.until_worse_by)}`;
  return "until it closes";
}

/** A logged edit, in the past tense. */
export function describeLogged(edit: Pick<Edit, "action" | "value"> & { cause: string | null }): string {
  const value = edit.value as Record<string, unknown>;
  if (value["decided_rereview_id"]) {
    return edit.action === "set_cause" ? `accepted a rereview: ${causeWord(edit.cause ?? "")}` : "dismissed a rereview";
  }
  switch (edit.action) {
    case "set_cause":
      return `set the cause to ${causeWord(edit.cause ?? (value["cause"] as string))}`;
    case "approve":
      if (value["rule_id"]) return `accepted ${causeWord(edit.cause ?? String(value["cause"]))}, applied by ${String(value["applied_by"])}`;
      return edit.cause ? `approved ${causeWord(edit.cause)}` : "approved it";
    case "reject":
      return "rejected it";
    case "reopen":
      return edit.cause || value["cause"] ? `took a decision back, to ${causeWord(edit.cause ?? String(value["cause"]))}` : "reopened it";
    case "comment":
      return "commented";
    case "add_evidence":
      return "added evidence";
    case "rename":
      return `renamed it to “${String(value["name"] ?? "")}”`;
    case "merge_into":
      return "merged it into another event";
    case "unmerge":
      return "took the merge back";
    case "assign":
      return value["assignee"] ? `assigned it to ${String(value["assignee"])}` : "assigned it to nobody";
    case "remove_report":
      return "split off a report";
    case "snooze":
      return `snoozed it ${snoozeWords(value)}`;
    default:
      return sentenceCase(edit.action);
  }
}

export function describeTargets(about: "event" | "report", targets: readonly { label: string }[]): string {
  return targets.length === 1 ? localDates(targets[0]?.label ?? "") : plural(targets.length, about);
}
