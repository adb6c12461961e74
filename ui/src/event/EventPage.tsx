// One Minority Event: what happened, where, why, who belongs to it, what was decided.
import { Button, Callout } from "@radix-ui/themes";
import { GitMerge } from "lucide-react";
import { useMemo } from "react";
import { Link, useLocation, useParams } from "wouter";
import { Page } from "@/app/Page";
import { candidatesFor, itemsOf, useEvent, useEventHistory, useEventMembers, useEventSeries, useReportHistory, useStores } from "@/api/queries";
import type { EventDetail } from "@/api/types";
import { DecideButtons } from "@/decide/DecideButtons";
import { ofEvents } from "@/decide/subject";
import { type Decision, useDecide } from "@/decide/useDecide";
import { dayRange, daysBetween, localDates, percent, percentDelta, plural } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { useBackHref, useHref, useScope } from "@/lib/location";
import { overlaid, pendingWord, useQueuedById } from "@/lib/queued";
import { decidedBefore, whatHappened } from "@/lib/sentence";
import { causeWord } from "@/lib/words";
import { AssigneeBadge, CauseBadge, DegradedBadge, isDecided, Money, PendingBadge, SnoozedBadge, StatusBadge } from "@/parts/Badges";
import { Card, Fact, NewLevel } from "@/parts/Card";
import { History } from "@/parts/History";
import { Severity } from "@/parts/Severity";
import { Failure, Loading } from "@/parts/States";
import { AlertsSent } from "./AlertsSent";
import { candidatesOf, Candidates } from "./Candidates";
import { EditsList } from "./EditsList";
import { HowOftenRight } from "./HowOftenRight";
import { Learning } from "./Learning";
import { Members } from "./Members";
import { SmallMultiples } from "./SmallMultiples";
import { Timeline } from "./Timeline";
import { Where } from "./Where";

export default function EventPage() {
  const { id = "" } = useParams<{ id: string }>();
  const scope = useScope();
  const found = useEvent(scope, id);
  if (found.isPending)
    return (
      <Page title="Event" crumbs={[["Inbox", "/inbox"]]}>
        <Loading rows={12} height={28} />
      </Page>
    );
  if (!found.data)
    return (
      <Page title="Event" crumbs={[["Inbox", "/inbox"]]}>
        <Failure what="event" error={found.error} retry={() => void found.refetch()} />
      </Page>
    );
  return <Loaded event={found.data} />;
}

function Loaded({ event: loaded }: { event: EventDetail }) {
  const id = loaded.report_group_id;
  const scope = useScope();
  const href = useHref();
  const back = useBackHref();
  const [, navigate] = useLocation();
  const queued = useQueuedById().get(id);
  const event = overlaid(loaded, queued);
  const series = useEventSeries(scope, id, { stores: 24 });
  const memberPages = useEventMembers(scope, id);
  const members = useMemo(() => itemsOf(memberPages.data?.pages), [memberPages.data]);
  const stores = useStores(scope);
  const history = useEventHistory(scope, id);
  const strongest = useReportHistory(scope, members[0]?.report_id ?? "", members.length > 0);
  const candidates = useMemo(() => {
    const evidence = new Map(candidatesOf(strongest.data?.items ?? []).map((one) => [one.cause, one.evidence]));
    if (event.proposed_cause) evidence.set(event.proposed_cause, event.evidence);
    return candidatesFor(event).map((one) => ({ ...one, evidence: evidence.get(one.cause) }));
  }, [strongest.data, event]);
  const { may, whyNot, decide, dialog } = useDecide();
  const act = (decision: Decision) => decide(decision, ofEvents([event], candidates.length ? candidates : undefined));
  useKeys({
    a: () => act("approve"),
    c: () => act("set_cause"),
    m: () => act("merge_into"),
    s: () => act("snooze"),
    o: () => act("assign"),
    r: () => act("reject"),
    n: () => act("comment"),
    Escape: () => navigate(back("/inbox")),
  });
  const pending = pendingWord(queued, event.pending);
  const mergedByHand = event.edits.findLast((edit) => edit.action === "merge_into" || edit.action === "unmerge")?.action === "merge_into";
  const author = event.edits.findLast((edit) => edit.cause || edit.value["cause"])?.author;

  return (
    <Page title={localDates(event.name)} crumbs={[["Inbox", "/inbox"]]} actions={<DecideButtons about="event" decided={isDecided(event.event_status)} may={may} whyNot={whyNot} decide={act} />}>
      {event.merged_into && (
        <Callout.Root highContrast color="gray" size="1" className="below">
          <Callout.Icon>
            <GitMerge size={15} />
          </Callout.Icon>
          <Callout.Text>
            This event was merged. <Link className="link" href={href(`/events/${event.merged_into}`)}>Go to the event that absorbed it</Link>
          </Callout.Text>
          {mergedByHand && (
            <Button size="1" variant="soft" color="gray" disabled={!may} title={whyNot} onClick={() => act("unmerge")}>
              Take the merge back
            </Button>
          )}
        </Callout.Root>
      )}
      <div className="lede">
        <div className="row wrap">
          <Severity value={event.severity} />
          <StatusBadge status={event.event_status} />
          {pending && <PendingBadge label={pending} />}
          <CauseBadge cause={event.cause} source={event.cause_source} confidence={event.cause_confidence} />
          {event.snoozed && <SnoozedBadge snoozed={event.snoozed} />}
          {event.assignee && <AssigneeBadge name={event.assignee} />}
          {event.is_degraded && <DegradedBadge inputs={event.degraded_inputs} />}
        </div>
        <p className="lede-text">
          {whatHappened(event)} {decidedBefore(event, author)}
          {localDates(event.sentence ?? "")}
        </p>
        <dl className="facts">
          <Fact label="Against expected">
            <span className={event.direction === "up" ? "delta-up" : "delta-down"}>
              <Money delta value={event.sales_delta} />
            </span>
          </Fact>
          <Fact label="Change">{event.expected_sales > 0 ? percentDelta(event.sales_delta / event.expected_sales) : "not known"}</Fact>
          <Fact label="Expected"><Money value={event.expected_sales} /></Fact>
          <Fact label="Stores">{plural(event.n_stores, "store")}</Fact>
          <Fact label="When">
            {dayRange(event.first_detected_at, event.last_detected_at)}
            <span className="soft"> · {plural(daysBetween(event.first_detected_at, event.last_detected_at), "day")}</span>
          </Fact>
          <Fact label="Severity">{percent(event.severity)}</Fact>
          {event.lasting_since && <NewLevel since={event.lasting_since} last={event.last_detected_at} />}
        </dl>
      </div>
      <div className="columns">
        <div className="column-main">
          {!event.merged_into && (
            <>
          <Card order={1} title={`Sum of ${plural(event.n_stores, "store")}`}>
            {series.data ? (
              <Timeline event={event} series={series.data} candidates={candidates} />
            ) : series.isError ? (
              <Failure error={series.error} retry={() => void series.refetch()} />
            ) : (
              <Loading rows={6} height={36} />
            )}
          </Card>
          <Card
            order={4}
            title="Store by store"
            side={series.data && series.data.n_stores > series.data.stores.length && (
              <span className="small soft">the {series.data.stores.length} that deviate most</span>
            )}
          >
            {!series.data && !series.isError && <Loading rows={4} height={60} />}
            {series.data && (
              <SmallMultiples stores={series.data.stores} from={event.first_detected_at} to={event.last_detected_at} direction={event.direction} />
            )}
          </Card>
          <Members event={event} members={memberPages.isPending ? null : members} may={may} whyNot={whyNot} />
            </>
          )}
          <Card order={8} title="History">
            {history.data ? <History items={history.data.items} /> : history.isError ? <Failure error={history.error} /> : <Loading rows={4} />}
          </Card>
        </div>
        <div className="column-side">
          {!event.merged_into && (
            <>
          <Card order={2} title="Candidate causes">
            {members.length > 1 && (
              <p className="small soft">
                Of the event as a whole. Evidence for other causes than {causeWord(event.proposed_cause)} is that of its strongest report, store {members[0]?.store_id}.
              </p>
            )}
            <Candidates candidates={candidates} inForce={event.cause} stores={event.n_stores} />
            <HowOftenRight sure={candidates[0]?.confidence} />
          </Card>
          <Learning event={id} />
          <Card order={3} title="Who is in and who is not">
            {stores.data && !memberPages.isPending ? <Where stores={stores.data.items} members={members} direction={event.direction} /> : <Loading rows={3} />}
          </Card>
            </>
          )}
          <Card order={6} title="Decisions and comments">
            <EditsList edits={event.edits} />
          </Card>
          <AlertsSent event={id} />
        </div>
      </div>
      {dialog}
    </Page>
  );
}
