// One event in the inbox: how bad, what happened and why in words, how much, and what is thought to be the cause.
import { Checkbox } from "@radix-ui/themes";
import { memo } from "react";
import { Link } from "wouter";
import type { QueuedEdit } from "@/api/edits";
import type { Event } from "@/api/types";
import { dayRange, localDates, plural } from "@/lib/format";
import { overlaid, pendingWord } from "@/lib/queued";
import { decidedBefore, stake, whatHappened } from "@/lib/sentence";
import { AssigneeBadge, CauseBadge, DegradedBadge, Delta, LastingBadge, PendingBadge, SnoozedBadge, StatusBadge } from "@/parts/Badges";
import { Severity } from "@/parts/Severity";
import { onRow } from "./onRow";

interface Props {
  event: Event;
  queued: QueuedEdit[] | undefined;
  active: boolean;
  selected: boolean;
  href: string;
  onSelect: (id: string, range: boolean) => void;
  onActive: (id: string) => void;
  /** Where there is no preview, the whole row opens its event. */
  onOpen: ((id: string) => void) | undefined;
}

export const EventRow = memo(function EventRow({ event: found, queued, active, selected, href, onSelect, onActive, onOpen }: Props) {
  const event = overlaid(found, queued);
  const id = event.report_group_id;
  const pending = pendingWord(queued, event.pending);
  const decided = ["approved", "rejected", "merged"].includes(event.event_status);
  const moves = !decided && event.cause_source === "model" ? stake(event) : "";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is for the keyboard.
    // biome-ignore lint/a11y/noStaticElementInteractions: likewise.
    <div
      className={`event-row${active ? " active" : ""}${selected ? " selected" : ""}`}
      onPointerDown={() => onActive(id)}
      onClick={(click) => onRow(click, () => onSelect(id, true), onOpen && (() => onOpen(id)))}
    >
      <div className="row-check">
        <Checkbox
          size="1"
          checked={selected}
          aria-label={`Select ${localDates(event.name)}`}
          onClick={(click) => onSelect(id, click.shiftKey)}
        />
      </div>
      <Severity value={event.severity} />
      <div className="row-main">
        <div className="row-title">
          <Link href={href} className="row-link" data-row={id} onFocus={() => onActive(id)}>
            {localDates(event.name)}
          </Link>
          {pending && <PendingBadge label={pending} />}
          {(decided || pending) && <StatusBadge status={event.event_status} />}
          {event.snoozed && <SnoozedBadge snoozed={event.snoozed} brief />}
          {event.lasting_since && <LastingBadge since={event.lasting_since} />}
          {event.assignee && <AssigneeBadge name={event.assignee} />}
          {event.is_degraded && <DegradedBadge inputs={event.degraded_inputs} />}
          <span className="row-money">
            <Delta value={event.sales_delta} direction={event.direction} />
          </span>
        </div>
        <p className="row-sentence">
          {whatHappened(event)} {decidedBefore(event)}
          {localDates(event.sentence ?? "")}
        </p>
        <div className="row-meta">
          <CauseBadge cause={event.cause} source={event.cause_source} confidence={event.cause_confidence} />
          <span className="soft small tnum">
            {moves}
            <span className="row-facts">
              {moves && " · "}
              {plural(event.n_stores, "store")} · {dayRange(event.first_detected_at, event.last_detected_at)}
            </span>
          </span>
        </div>
      </div>
    </div>
  );
});
