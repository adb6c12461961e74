// The event at hand beside the list, on wide screens: enough to decide without leaving.
import { Button, Kbd, Skeleton } from "@radix-ui/themes";
import { ArrowUpRight } from "lucide-react";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { candidatesFor, useEvent, useEventSeries } from "@/api/queries";
import type { QueuedEdit } from "@/api/edits";
import type { Event } from "@/api/types";
import { openDays } from "@/charts/openDays";
import { SalesChart } from "@/charts/SalesChart";
import type { Decision } from "@/decide/useDecide";
import { EvidenceList } from "@/event/EvidenceList";
import type { Candidate } from "@/lib/evidence";
import { confidence, dayRange, localDates, percentDelta, plural } from "@/lib/format";
import { useHref, useScope } from "@/lib/location";
import { overlaid, pendingWord } from "@/lib/queued";
import { decidedBefore, whatHappened } from "@/lib/sentence";
import { PEEKS, useMedia } from "@/lib/useMedia";
import { causeWord } from "@/lib/words";
import { AssigneeBadge, CauseBadge, isDecided, Money, PendingBadge, SnoozedBadge, StatusBadge } from "@/parts/Badges";
import { seriesSpans } from "@/event/spans";

interface Props {
  event: Event;
  queued: QueuedEdit[] | undefined;
  may: boolean;
  whyNot: string;
  decide: (decision: Decision) => void;
}

const SETTLE_MS = 140;
const NAMED = 2;

export function Peek(props: Props) {
  const wide = useMedia(PEEKS);
  return wide ? <PeekPane {...props} /> : null;
}

function PeekPane({ event: found, queued, may, whyNot, decide }: Props) {
  const scope = useScope();
  const href = useHref();
  const id = useSettled(found.report_group_id);
  const detail = useEvent(scope, id);
  const series = useEventSeries(scope, id, { stores: 0 });
  const event = overlaid(found, queued);
  const roomy = useMedia("(min-width: 1600px)");
  const same = id === found.report_group_id;
  const others = (same && detail.data?.alternatives?.slice(0, NAMED).map(alternative).join(", ")) || "";
  const pending = pendingWord(queued, event.pending);
  return (
    <aside className="peek" aria-label={`Preview of ${localDates(event.name)}`}>
      <div className="spread">
        <h2 className="peek-name">{localDates(event.name)}</h2>
        <Link className="link small nowrap row" href={href(`/events/${event.report_group_id}`)}>
          Open <ArrowUpRight size={13} aria-hidden="true" />
        </Link>
      </div>
      <div className="row wrap">
        <StatusBadge status={event.event_status} />
        {pending && <PendingBadge label={pending} />}
        {event.snoozed && <SnoozedBadge snoozed={event.snoozed} />}
        {event.assignee && <AssigneeBadge name={event.assignee} />}
        <CauseBadge cause={event.cause} source={event.cause_source} confidence={event.cause_confidence} />
        {event.cause_source === "model" && others && <span className="small soft">or {others}</span>}
      </div>
      <p className="peek-sentence">
        {whatHappened(event)} {decidedBefore(event)}
        {localDates(event.sentence ?? "")}
      </p>
      <dl className="facts">
        <div>
          <dt>Against expected</dt>
          <dd className={event.direction === "up" ? "delta-up" : "delta-down"}><Money delta value={event.sales_delta} /></dd>
        </div>
        <div>
          <dt>Change</dt>
          <dd>{event.expected_sales > 0 ? percentDelta(event.sales_delta / event.expected_sales) : "not known"}</dd>
        </div>
        <div>
          <dt>Where</dt>
          <dd>{plural(event.n_stores, "store")}</dd>
        </div>
        <div>
          <dt>When</dt>
          <dd>{dayRange(event.first_detected_at, event.last_detected_at)}</dd>
        </div>
      </dl>
      {same && series.data && series.data.report_group_id === id ? (
        <SalesChart
          series={openDays(series.data.total)}
          label={`Sum of the stores of ${event.name}, observed against expected`}
          spans={seriesSpans(series.data)}
          height={190}
        />
      ) : (
        <Skeleton style={{ height: 212 }} />
      )}
      <EvidenceList evidence={same ? detail.data?.evidence : null} most={3} stores={event.n_stores} />
      {roomy && same && <More event={event} candidates={detail.data ? candidatesFor(detail.data) : []} />}
      <div className="row wrap peek-actions">
        {isDecided(event.event_status) ? (
          <Button size="1" disabled={!may} title={whyNot} onClick={() => decide("reopen")}>
            Reopen
          </Button>
        ) : (
          <Button size="1" disabled={!may} title={whyNot} onClick={() => decide("approve")}>
            Approve <Kbd size="1">a</Kbd>
          </Button>
        )}
        <Button size="1" variant="soft" color="gray" disabled={!may} title={whyNot} onClick={() => decide("set_cause")}>
          Cause <Kbd size="1">c</Kbd>
        </Button>
        <Button size="1" variant="soft" color="gray" disabled={!may} title={whyNot} onClick={() => decide("merge_into")}>
          Merge <Kbd size="1">m</Kbd>
        </Button>
        <Button size="1" variant="soft" color="gray" disabled={!may} title={whyNot} onClick={() => decide("snooze")}>
          Snooze <Kbd size="1">s</Kbd>
        </Button>
        <Button size="1" variant="soft" color="gray" disabled={!may} title={whyNot} onClick={() => decide("reject")}>
          Reject <Kbd size="1">r</Kbd>
        </Button>
      </div>
    </aside>
  );
}

/** paid campaign 40% (no feed). */
function alternative(one: Candidate): string {
  return `${causeWord(one.cause)} ${confidence(one.confidence)}${one.unseen ? " (no feed)" : ""}`;
}

/** On very wide screens: what else the model thinks of, and where it is. */
function More({ event, candidates }: { event: Event; candidates: readonly Candidate[] }) {
  return (
    <dl className="facts">
      <div>
        <dt>Candidate causes</dt>
        <dd>{candidates.map(alternative).join(" · ") || "none yet"}</dd>
      </div>
      <div>
        <dt>Regions</dt>
        <dd>{event.regions.join(" · ") || "not known"}</dd>
      </div>
    </dl>
  );
}

/** The value once it has stopped changing, so that walking down the list asks nothing. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
