// What pages ask for. Keys begin with the kind of thing, then the scope (run and moment), then what is asked.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Scope } from "@/lib/location";
import { api, body } from "./client";
import type { Event, Report } from "./types";

const PAGE = 200;
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

export interface ListQuery {
  [key: string]: string | string[] | number | boolean | undefined;
}

export function useEvents(scope: Scope, filters: ListQuery) {
  return useInfiniteQuery({
    queryKey: ["events", scope, "list", filters],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) =>
      body(
        await api.GET("/api/events", {
          params: { query: { ...scope, ...filters, limit: PAGE, cursor: pageParam } as never },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: sameScope(scope),
  });
}

export function useReports(scope: Scope, filters: ListQuery) {
  return useInfiniteQuery({
    queryKey: ["reports", scope, "list", filters],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) =>
      body(
        await api.GET("/api/reports", {
          params: { query: { ...scope, ...filters, limit: PAGE, cursor: pageParam } as never },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: sameScope(scope),
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
