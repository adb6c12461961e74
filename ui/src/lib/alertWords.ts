// Alerts in words: for whom, why, and what held them back.
import type { Alert } from "@/api/alerts";
import { decimal } from "./format";
import { causeWord, sentenceCase } from "./words";

const SUPPRESSED: Record<string, string> = {
  silence: "a silence",
  snooze: "a snooze of the event",
  merged_into: "the alert of the event that absorbed it",
  backfill: "the backfill: of days long past nobody is told",
  replay: "the replay: nobody is told twice",
};

export function suppressedWord(by: string): string {
  const [kind = by, detail] = by.split(":");
  const words = SUPPRESSED[kind] ?? sentenceCase(kind).toLowerCase();
  return words + (detail && detail.length < 40 ? ` (${detail})` : "");
}

/** By which way to whom; the alert topic's name is long and says nothing. */
export function recipientWord({ channel, delivered_to }: Pick<Alert, "channel" | "delivered_to">): string {
  if (channel === "sns") return "Alert topic";
  const way = { in_app: "In the Workshop", webhook: "Webhook" }[channel] ?? "E-mail";
  return `${way} to ${delivered_to}`;
}

/** `cause=viral`, `severity>=0.9`, `closed`… in words. */
export function triggerWord(condition: string): string {
  const cause = /^cause=(\w+)$/.exec(condition)?.[1];
  if (cause) return `Its cause is of high impact: ${causeWord(cause).toLowerCase()}`;
  const [, kind, author] = /^(mentioned|assigned):[0-9a-f]+:(.*)$/.exec(condition) ?? [];
  if (kind) return kind === "mentioned" ? `${author} mentioned you in a comment` : `${author} assigned it to you`;
  const least = /^severity>=([\d.]+)$/.exec(condition)?.[1];
  if (least) return `Its severity has reached ${decimal(Number(least))}`;
  return sentenceCase(condition.replaceAll("=", " "));
}
