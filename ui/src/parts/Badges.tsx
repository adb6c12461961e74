// The small labels that rows and headings share.
import { Badge, Tooltip } from "@radix-ui/themes";
import { ArrowDown, ArrowUp, BellOff, CircleDashed, ListChecks, TriangleAlert, UserRound } from "lucide-react";
import type { Snoozed } from "@/api/types";
import { snoozeWords } from "@/lib/describe";
import { confidence as sure, day, moneyDelta, money, moneyDeltaExact, moneyShort, moneyTitle } from "@/lib/format";
import { byPerson, causeWord, signalWord, statusWord } from "@/lib/words";

interface CauseProps {
  cause: string;
  source?: string;
  confidence?: number | null;
}

/** The cause in force; one that a person decided wears a person, one of the model its confidence, accepted by a rule or not. */
export function CauseBadge({ cause, source, confidence }: CauseProps) {
  const person = byPerson(source);
  return (
    <Badge color={cause === "unknown" ? "gray" : "indigo"} variant={person ? "soft" : "outline"} className="cause">
      {person && <UserRound size={11} aria-label="decided by a person" />}
      {source === "policy" && <ListChecks size={11} aria-label="accepted by a rule" />}
      {causeWord(cause)}
      {!person && confidence != null && <span className="tnum cause-confidence">{sure(confidence)}</span>}
    </Badge>
  );
}

export const isDecided = (status: string): boolean => status === "approved" || status === "rejected";

const STATUS_COLOUR: Record<string, "gray" | "blue" | "green" | "red" | "amber"> = {
  open: "blue",
  ongoing: "blue",
  closed: "gray",
  approved: "green",
  rejected: "red",
  merged: "gray",
  snoozed: "amber",
};

export function StatusBadge({ status }: { status: string }) {
  return (
    <Badge color={STATUS_COLOUR[status] ?? "gray"} variant="soft">
      {statusWord(status)}
    </Badge>
  );
}

export function PendingBadge({ label = "Pending" }: { label?: string }) {
  return (
    <Badge color="amber" variant="soft" className="pending">
      <CircleDashed size={11} aria-hidden="true" />
      {label}
    </Badge>
  );
}

/** In a list the word alone; until when is said by its title there. */
export function SnoozedBadge({ snoozed, brief = false }: { snoozed: Snoozed; brief?: boolean }) {
  const until = snoozeWords(snoozed);
  return (
    <Badge color="gray" variant="soft" className="pending" title={`${until}, by ${snoozed.author}`}>
      <BellOff size={11} aria-hidden="true" />
      Snoozed{!brief && ` ${until}`}
    </Badge>
  );
}

/** Sales have stayed at a new level, which is expected by now: nothing is wrong any more. */
export function LastingBadge({ since }: { since: string }) {
  return (
    <Badge color="gray" variant="outline">
      New level since {day(since)}
    </Badge>
  );
}

export function AssigneeBadge({ name }: { name: string }) {
  return (
    <Badge color="gray" variant="outline" title={`${name} looks after it`}>
      <UserRound size={11} aria-hidden="true" />
      {name}
    </Badge>
  );
}

export function DegradedBadge({ inputs }: { inputs: readonly string[] }) {
  const words = inputs.length ? inputs.map(signalWord).join(", ") : "some inputs";
  return (
    <Tooltip content={`Made without ${words}`}>
      <Badge color="amber" variant="outline" tabIndex={0}>
        <TriangleAlert size={11} aria-hidden="true" />
        Degraded
      </Badge>
    </Tooltip>
  );
}

/** Money at a glance, exact when looked at closely. */
export function Money({ value, delta = false }: { value: number; delta?: boolean }) {
  return <span title={moneyTitle(delta ? moneyDeltaExact(value) : money(value))}>{delta ? moneyDelta(value) : moneyShort(value)}</span>;
}

/** Money over or under what was expected: arrow, sign and colour say the same. */
export function Delta({ value, direction }: { value: number; direction?: string }) {
  const up = direction ? direction === "up" : value >= 0;
  const Arrow = up ? ArrowUp : ArrowDown;
  return (
    <span className={`delta tnum ${up ? "delta-up" : "delta-down"}`} title={moneyTitle(moneyDeltaExact(value))}>
      <Arrow size={12} strokeWidth={2.4} aria-hidden="true" />
      {moneyDelta(value)}
    </span>
  );
}
