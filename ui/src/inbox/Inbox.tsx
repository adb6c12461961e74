// The inbox: events that need a decision, worst first; a preview of the one at hand; keys and bulk actions for all of it.
import { SegmentedControl } from "@radix-ui/themes";
import { CircleCheckBig, CircleDashed, SearchX } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { Page } from "@/app/Page";
import { type EventsBy, useEventGroups } from "@/api/overview";
import { everyEvent, itemsOf, useEvents } from "@/api/queries";
import type { QueuedEdit } from "@/api/edits";
import type { Event } from "@/api/types";
import { ofEvents } from "@/decide/subject";
import { type Decision, useDecide } from "@/decide/useDecide";
import { useKeys } from "@/lib/keys";
import { useGo, useHref, useQueryState, useScope, useSeenList } from "@/lib/location";
import { useQueuedById } from "@/lib/queued";
import { PEEKS, useMedia } from "@/lib/useMedia";
import { causeWord, statusWord } from "@/lib/words";
import { Empty, Failure, Loading } from "@/parts/States";
import { BulkBar, MOST_SELECTED } from "./BulkBar";
import { DownloadThese } from "./DownloadThese";
import { EventRow } from "./EventRow";
import { FilterBar, ListHead, TotalsLine } from "./FilterBar";
import { type GroupKind, groupOf, GroupMenu, GroupTable } from "./GroupTable";
import { eventFilters, filtersSet, VIEWS } from "./filters";
import { Hint } from "./Hint";
import { MovedLine } from "./MovedLine";
import { News } from "./News";
import { Peek } from "./Peek";
import { useRemembered } from "./useRemembered";
import { useSelection } from "./useSelection";
import { type ListHandle, VirtualList } from "./VirtualList";

const NONE: Event[] = [];
const COLUMNS = [
  "report_group_id", "name", "event_status", "first_detected_at", "last_detected_at", "direction", "n_stores", "n_reports", "regions", "retailers",
  "sales_delta", "expected_sales", "severity", "cause", "cause_source", "cause_confidence", "proposed_cause", "proposed_confidence", "sentence",
] as const;
const idOf = (event: Event): string => event.report_group_id;
const KINDS: readonly GroupKind<EventsBy>[] = [
  { by: "cause", label: "Cause", filter: "cause", word: causeWord },
  { by: "regions", label: "Region", filter: "region" },
  { by: "retailers", label: "Retailer", filter: "retailer" },
  { by: "event_status", label: "Status", filter: "status", word: statusWord },
];

export function Inbox() {
  const scope = useScope();
  useSeenList("/inbox");
  const [query, change] = useQueryState();
  const go = useGo();
  const href = useHref();
  const list = useRef<ListHandle>(null);
  const filters = useMemo(() => eventFilters(query), [query]);
  const found = useEvents(scope, filters);
  const queued = useQueuedById();
  const grouped = groupOf(KINDS, query["by"]);
  const groups = useEventGroups(scope, filters, grouped?.by);
  const todo = !query["view"];
  const events = useMemo(
    () => (found.data ? itemsOf(found.data.pages).filter((event) => !(todo && isSnoozed(event, queued.get(event.report_group_id)))) : NONE),
    [found.data, queued, todo],
  );
  const totals = found.data?.pages[0]?.totals;
  const state = found.data?.pages[0]?.state;
  const ids = useMemo(() => events.map((event) => event.report_group_id), [events]);
  const selection = useSelection(events, idOf);
  const [activeId, setActiveId] = useRemembered("inbox", ids, list);
  const at = Math.max(0, ids.indexOf(activeId ?? ""));
  const active = events[at];
  const { may, whyNot, decide, dialog } = useDecide();

  const focusRow = useCallback((id: string) => {
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus({ preventScroll: true }));
  }, []);
  const move = (step: number) => {
    const next = Math.max(0, Math.min(ids.length - 1, activeId ? at + step : 0));
    const id = ids[next];
    if (!id) return;
    setActiveId(id);
    list.current?.show(next);
    focusRow(id);
  };

  const subject = () => {
    return ofEvents(selection.size ? selection.items : active ? [active] : []);
  };
  const act = (decision: Decision) => () => {
    const many = selection.size > 0;
    decide(decision, subject(), () => {
      if (many) selection.clear();
      else if (decision !== "comment") move(1);
    });
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => active && go(`/events/${active.report_group_id}`),
    x: () => active && selection.toggle(active.report_group_id, false),
    Escape: selection.clear,
    "Ctrl+a": selection.all,
    a: act("approve"),
    c: act("set_cause"),
    m: act("merge_into"),
    s: act("snooze"),
    o: act("assign"),
    r: act("reject"),
    n: act("comment"),
  });
  useEffect(() => {
    if (activeId && ids.length && !ids.includes(activeId)) setActiveId(ids[0] ?? null);
  }, [ids, activeId, setActiveId]);
  const everything = async () => {
    const all = await everyEvent(scope, filters, MOST_SELECTED);
    return todo ? all.filter((event) => !isSnoozed(event, queued.get(event.report_group_id))) : all;
  };
  const peeks = useMedia(PEEKS);
  const open = useCallback((id: string) => go(`/events/${id}`), [go]);

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const choose = selection.toggle;

  const body = grouped ? (
    groups.data ? (
      <GroupTable kind={grouped} groups={groups.data} what="Events" />
    ) : groups.isError ? (
      <Failure error={groups.error} retry={() => void groups.refetch()} />
    ) : (
      <Loading rows={8} height={28} />
    )
  ) : found.isPending ? (
    <Loading rows={10} height={44} />
  ) : found.isError && !found.data ? (
    <Failure error={found.error} retry={() => void found.refetch()} />
  ) : events.length === 0 ? (
    <Nothing filtered={filtersSet(query).length > 0} view={query["view"] ?? ""} fresh={!found.data?.pages[0]?.state.tick} />
  ) : (
    <VirtualList
      ref={list}
      items={events}
      label="Events"
      estimate={104}
      keyOf={(event) => event.report_group_id}
      total={totals?.rows ?? events.length}
      onEnd={more}
      row={(event) => (
        <EventRow
          event={event}
          queued={queued.get(event.report_group_id)}
          active={event.report_group_id === active?.report_group_id}
          selected={selection.has(event.report_group_id)}
          href={href(`/events/${event.report_group_id}`)}
          onSelect={choose}
          onActive={setActiveId}
          onOpen={peeks ? undefined : open}
        />
      )}
    />
  );

  return (
    <Page
      title="Inbox"
      bare
      actions={
        <SegmentedControl.Root
          size="1"
          value={query["view"] || "todo"}
          onValueChange={(view) => change({ view: view === "todo" ? null : view })}
          aria-label="Which events"
        >
          {VIEWS.map((view) => (
            <SegmentedControl.Item key={view.id} value={view.id || "todo"}>
              {view.label}
            </SegmentedControl.Item>
          ))}
        </SegmentedControl.Root>
      }
    >
      <div className="split">
        <section className="list-pane" aria-label="List of events">
          <FilterBar kind="events" />
          <Hint />
          {state && !scope.as_of && <News key={state.run_id} state={state} />}
          <MovedLine />
          <ListHead groups={<GroupMenu kinds={KINDS} />} tools={<DownloadThese name="events" columns={COLUMNS} rows={everything} />}>{totals && <TotalsLine totals={totals} what="event" />}</ListHead>
          {body}
          <BulkBar
            selection={selection}
            shown={events.length}
            fitting={totals?.rows ?? 0}
            may={may}
            whyNot={whyNot}
            act={(decision) => act(decision)()}
            everything={everything}
          />
        </section>
        {active && !grouped && (
          <Peek
            event={active}
            queued={queued.get(active.report_group_id)}
            may={may}
            whyNot={whyNot}
            decide={(decision) => decide(decision, ofEvents([active]), () => decision !== "comment" && move(1))}
          />
        )}
      </div>
      {dialog}
    </Page>
  );
}

/** A snooze clears the event from what is to be decided, as soon as it is made. */
function isSnoozed(event: Event, queued: readonly QueuedEdit[] | undefined): boolean {
  return !!event.snoozed || !!queued?.some((item) => item.edit.action === "snooze" && item.state !== "conflict");
}

const NOTHING: Record<string, [title: string, text: string]> = {
  mine: ["Nothing is assigned to you", "Events that you or others assign to you wait here until they are decided."],
  decided: ["Nothing has been decided yet", "Events that you approve or reject appear here."],
  snoozed: ["Nothing is snoozed", "Events that you snooze wait here, and come back to the inbox when their time is over."],
};

function Nothing({ filtered, view, fresh }: { filtered: boolean; view: string; fresh: boolean }) {
  if (fresh)
    return (
      <Empty icon={CircleDashed} title="This run is empty">
        <p>No business date has been processed in it yet. Events appear when the pipeline has run for the first one.</p>
      </Empty>
    );
  if (filtered)
    return (
      <Empty icon={SearchX} title="Nothing fits these filters">
        <p>Take a filter away, or look among all events.</p>
      </Empty>
    );
  return (
    <Empty icon={CircleCheckBig} title={NOTHING[view]?.[0] ?? "Nothing to decide"}>
      <p>{NOTHING[view]?.[1] ?? "Every event has been looked at. New ones appear when the next business date has been processed."}</p>
    </Empty>
  );
}
