// The inbox: events that need a decision, worst first; a preview of the one at hand; keys and bulk actions for all of it.
import { SegmentedControl } from "@radix-ui/themes";
import { CircleCheckBig, SearchX } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Page } from "@/app/Page";
import { itemsOf, useEvents } from "@/api/queries";
import type { QueuedEdit } from "@/api/edits";
import type { Event } from "@/api/types";
import { ofEvents } from "@/decide/subject";
import { type Decision, useDecide } from "@/decide/useDecide";
import { moneyDelta, plural } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { useGo, useHref, useQueryState, useScope } from "@/lib/location";
import { useQueuedById } from "@/lib/queued";
import { Empty, Failure, Loading } from "@/parts/States";
import { BulkBar } from "./BulkBar";
import { EventRow } from "./EventRow";
import { FilterBar, ListHead } from "./FilterBar";
import { eventFilters, filtersSet, VIEWS } from "./filters";
import { Peek } from "./Peek";
import { useSelection } from "./useSelection";
import { type ListHandle, VirtualList } from "./VirtualList";

const NONE: Event[] = [];

export function Inbox() {
  const scope = useScope();
  const [query, change] = useQueryState();
  const go = useGo();
  const href = useHref();
  const list = useRef<ListHandle>(null);
  const filters = useMemo(() => eventFilters(query), [query]);
  const found = useEvents(scope, filters);
  const queued = useQueuedById();
  const todo = !query["view"];
  const events = useMemo(
    () => (found.data ? itemsOf(found.data.pages).filter((event) => !(todo && isSnoozed(event, queued.get(event.report_group_id)))) : NONE),
    [found.data, queued, todo],
  );
  const totals = found.data?.pages[0]?.totals;
  const ids = useMemo(() => events.map((event) => event.report_group_id), [events]);
  const selection = useSelection(ids);
  const [activeId, setActiveId] = useState<string | null>(null);
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
    const chosen = selection.size ? events.filter((event) => selection.has(event.report_group_id)) : active ? [active] : [];
    return ofEvents(chosen);
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
    Escape: () => selection.clear(),
    a: act("approve"),
    c: act("set_cause"),
    m: act("merge_into"),
    s: act("snooze"),
    r: act("reject"),
  });
  useEffect(() => {
    if (activeId && ids.length && !ids.includes(activeId)) setActiveId(ids[0] ?? null);
  }, [ids, activeId]);

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const choose = selection.toggle;

  const body = found.isPending ? (
    <Loading rows={10} height={44} />
  ) : found.isError && !found.data ? (
    <Failure error={found.error} retry={() => void found.refetch()} />
  ) : events.length === 0 ? (
    <Nothing filtered={filtersSet(query).length > 0} view={query["view"] ?? ""} />
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
          <ListHead>{totals && `${plural(totals.rows, "event")} · ${moneyDelta(totals.sales_delta)} against expected`}</ListHead>
          {body}
          <BulkBar
            size={selection.size}
            total={ids.length}
            money={events.filter((event) => selection.has(event.report_group_id)).reduce((sum, event) => sum + event.sales_delta, 0)}
            may={may}
            whyNot={whyNot}
            act={(decision) => act(decision)()}
            all={selection.all}
            clear={selection.clear}
          />
        </section>
        {active && (
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
  decided: ["Nothing has been decided yet", "Events that you approve or reject appear here."],
  snoozed: ["Nothing is snoozed", "Events that you snooze wait here, and come back to the inbox when their time is over."],
};

function Nothing({ filtered, view }: { filtered: boolean; view: string }) {
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
