// What pages ask for. Keys begin with the kind of thing, then the scope (run and moment), then what is asked.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Candidate } from "@/lib/evidence";
import type { Scope } from "@/lib/location";
import type { Look } from "@/lib/looked";
import { api, body } from "./client";
import type { operations } from "./schema";
import type { Event, Report, State, Totals } from "./types";

const PAGE = 200;
const LARGEST_PAGE = 500;
const HISTORY_PAGE = 2000;
const MOST_PAGES = 20;

/** While other filters load, what was there stays; of another run or moment nothing may ever be shown. */
const sameScope =
  (scope: Scope) =>
  <T>(previous: T | undefined, query: { queryKey: readonly unknown[] } | undefined): T | undefined =>
    query?.queryKey.some((part) => JSON.stringify(part) === JSON.stringify(scope)) ? previous : undefined;

/** A lineage is in the order of writing, and its newest rows are what one looks for: all pages, within reason. */
async function everyPage<T extends { items: unknown[]; next_cursor: string | null }>(
  page: (cursor: string | undefined) => Promise<T>,
): Promise<T> {
  const first = await page(undefined);
  let next = first.next_cursor;
  for (let pages = 1; next && pages < MOST_PAGES; pages += 1) {
    const more = await page(next);
    first.items.push(...more.items);
    next = more.next_cursor;
  }
  return { ...first, next_cursor: next };
}

type Asked<K extends keyof operations> = NonNullable<operations[K]["parameters"]["query"]>;
export type EventFilters = Omit<Asked<"listEvents">, keyof Scope | "limit" | "cursor">;
export type ReportFilters = Omit<Asked<"listReports">, keyof Scope | "limit" | "cursor">;
/** What reports and events are both filtered by. */
export type ListFilters = Omit<EventFilters, "sort" | "snoozed"> & Omit<ReportFilters, "sort" | "event"> & { sort?: EventFilters["sort"] & ReportFilters["sort"] };

interface Paging extends Scope {
  limit: number;
  cursor: string | undefined;
}
interface PageOf<T> {
  items: T[];
  next_cursor: string | null;
  totals: Totals;
  state: State;
}

function useList<T, F extends object>(kind: "events" | "reports", scope: Scope, filters: F, page: (query: F & Paging, signal: AbortSignal) => Promise<PageOf<T>>) {
  return useInfiniteQuery({
    queryKey: [kind, scope, "list", filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => page({ ...scope, ...filters, limit: PAGE, cursor: pageParam }, signal),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: sameScope(scope),
  });
}

const eventsPage = async (query: EventFilters & Paging, signal?: AbortSignal) => body(await api.GET("/api/events", { params: { query }, signal }));
const reportsPage = async (query: ReportFilters & Paging, signal?: AbortSignal) => body(await api.GET("/api/reports", { params: { query }, signal }));

export const useEvents = (scope: Scope, filters: EventFilters) => useList<Event, EventFilters>("events", scope, filters, eventsPage);
export const useReports = (scope: Scope, filters: ReportFilters) => useList<Report, ReportFilters>("reports", scope, filters, reportsPage);

/** Everything that fits, up to `most`, in the order of the list. */
async function everything<T, F extends object>(scope: Scope, filters: F, most: number, page: (query: F & Paging) => Promise<PageOf<T>>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const next = await page({ ...scope, ...filters, limit: Math.min(LARGEST_PAGE, most - found.length), cursor });
    found.push(...next.items);
    cursor = next.next_cursor ?? undefined;
  } while (cursor && found.length < most);
  return found;
}

export const everyEvent = (scope: Scope, filters: EventFilters, most: number) => everything<Event, EventFilters>(scope, filters, most, eventsPage);
export const everyReport = (scope: Scope, filters: ReportFilters, most: number) => everything<Report, ReportFilters>(scope, filters, most, reportsPage);

/** What has changed in a run's events since a look; nothing is asked where there was none. */
export function useNews(run: string, since: Look | null) {
  return useQuery({
    enabled: since !== null,
    queryKey: ["events", { run_id: run }, "news", since],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/news", { params: { query: { run_id: run, since: since?.state ?? "", looked_at: since?.at ?? "" } }, signal })),
  });
}

export function useEvent(scope: Scope, id: string) {
  return useQuery({
    queryKey: ["events", scope, "one", id],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/events/{report_group_id}", {
          params: { path: { report_group_id: id }, query: scope },
          signal,
        }),
      ),
  });
}

export function useEventSeries(scope: Scope, id: string, window: { from?: string; to?: string; stores?: number } = {}) {
  return useQuery({
    queryKey: ["series", scope, "event", id, window],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/events/{report_group_id}/series", {
          params: { path: { report_group_id: id }, query: { ...scope, ...window } },
          signal,
        }),
      ),
    placeholderData: sameScope(scope),
  });
}

export function useEventLearning(scope: Scope, id: string, enabled = true) {
  return useQuery({
    queryKey: ["learning", scope, id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/events/{report_group_id}/learning", { params: { path: { report_group_id: id }, query: scope }, signal })),
    enabled: enabled && id !== "",
    placeholderData: sameScope(scope),
  });
}

export function useEventHistory(scope: Scope, id: string, enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["events", scope, "history", id],
    queryFn: ({ signal }) =>
      everyPage(async (cursor) =>
        body(
          await api.GET("/api/events/{report_group_id}/history", {
            params: { path: { report_group_id: id }, query: { ...scope, limit: HISTORY_PAGE, cursor } },
            signal,
          }),
        ),
      ),
  });
}

export function useEventMembers(scope: Scope, id: string) {
  return useInfiniteQuery({
    queryKey: ["reports", scope, "members", id],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) =>
      body(
        await api.GET("/api/events/{report_group_id}/members", {
          params: { path: { report_group_id: id }, query: { ...scope, limit: 500, sort: "money", cursor: pageParam } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
}

/** The causes that the model proposes for a report or an event. */
export function useCandidates(scope: Scope, about: "event" | "report", id: string | undefined, enabled: boolean) {
  return useQuery({
    enabled: enabled && !!id,
    queryKey: ["candidates", scope, about, id],
    queryFn: async ({ signal }): Promise<Candidate[]> => {
      const query = scope;
      return candidatesFor(
        about === "report"
          ? body(await api.GET("/api/reports/{report_id}", { params: { path: { report_id: id ?? "" }, query }, signal }))
          : body(await api.GET("/api/events/{report_group_id}", { params: { path: { report_group_id: id ?? "" }, query }, signal })),
      );
    },
  });
}

/** What the model names for a report or an event as a whole, then what else it may be, the likeliest first. */
export function candidatesFor({ proposed_cause, proposed_confidence, alternatives }: Proposed): Candidate[] {
  const first = proposed_cause ? [{ cause: proposed_cause, confidence: proposed_confidence ?? 0 }] : [];
  return [...first, ...(alternatives ?? [])];
}
type Proposed = Pick<Event, "proposed_cause" | "proposed_confidence" | "alternatives">;

export function useReport(scope: Scope, id: string) {
  return useQuery({
    queryKey: ["reports", scope, "one", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/reports/{report_id}", { params: { path: { report_id: id }, query: scope }, signal })),
  });
}

export function useReportSeries(scope: Scope, id: string, window: { from?: string; to?: string } = {}) {
  return useQuery({
    queryKey: ["series", scope, "report", id, window],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/reports/{report_id}/series", {
          params: { path: { report_id: id }, query: { ...scope, ...window } },
          signal,
        }),
      ),
    placeholderData: sameScope(scope),
  });
}

export function useReportHistory(scope: Scope, id: string, enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["reports", scope, "history", id],
    queryFn: ({ signal }) =>
      everyPage(async (cursor) =>
        body(
          await api.GET("/api/reports/{report_id}/history", {
            params: { path: { report_id: id }, query: { ...scope, limit: HISTORY_PAGE, cursor } },
            signal,
          }),
        ),
      ),
  });
}

export function useStores(scope: Scope) {
  return useQuery({
    queryKey: ["stores", scope],
    staleTime: 10 * 60_000,
    queryFn: async ({ signal }) => body(await api.GET("/api/stores", { params: { query: scope }, signal })),
  });
}

export function useChoices(scope: Scope) {
  return useQuery({
    queryKey: ["choices", scope],
    staleTime: 60_000,
    queryFn: async ({ signal }) => body(await api.GET("/api/filters", { params: { query: scope }, signal })),
    placeholderData: sameScope(scope),
  });
}

export function useMe() {
  return useQuery({
    queryKey: ["me"],
    staleTime: Infinity,
    queryFn: async ({ signal }) => body(await api.GET("/api/me", { signal })),
  });
}

export function useHealth(scope: Scope) {
  return useQuery({
    queryKey: ["health", scope],
    queryFn: async ({ signal }) => body(await api.GET("/api/health", { params: { query: scope }, signal })),
  });
}

export const itemsOf = <T extends Event | Report>(pages: { items: T[] }[] | undefined): T[] =>
  pages?.flatMap((page) => page.items) ?? [];
