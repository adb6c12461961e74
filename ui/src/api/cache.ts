// After an edit: what the API answered goes into every cached list and object, then the hydrated state is awaited.
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Accepted } from "./edits";
import type { Event, Report } from "./types";

type Pages<T> = InfiniteData<{ items: T[] }>;

function into<T extends Event | Report>(client: QueryClient, kind: "events" | "reports", id: (item: T) => string, found: T[]): void {
  if (!found.length) return;
  const byId = new Map(found.map((item) => [id(item), item]));
  client.setQueriesData({ queryKey: [kind], predicate: isNow }, (old: unknown) => {
    if (!old || typeof old !== "object") return old;
    if ("pages" in old) {
      const data = old as Pages<T>;
      if (!data.pages.some((page) => page.items?.some((item) => byId.has(id(item))))) return old;
      return {
        ...data,
        pages: data.pages.map((page) => ({
          ...page,
          items: page.items.map((item) => kept(item, byId.get(id(item)))),
        })),
      };
    }
    if ("version" in old) return kept(old as T, byId.get(id(old as T)));
    return old;
  });
}

/** Lists leave evidence out: what is already known stays. */
function kept<T extends Event | Report>(old: T, next: T | undefined): T {
  return next ? { ...old, ...next, evidence: next.evidence ?? old.evidence } : old;
}

const isNow = (query: { queryKey: readonly unknown[] }): boolean => !(query.queryKey[1] as { as_of?: string } | undefined)?.as_of;

/** Lists and objects show the answer at once; an object's own page asks again, for its list of decisions. */
export function applyAnswer(client: QueryClient, answer: Accepted): void {
  into<Event>(client, "events", (event) => event.report_group_id, answer.events);
  into<Report>(client, "reports", (report) => report.report_id, answer.reports);
  void client.invalidateQueries({ predicate: (query) => query.queryKey[2] === "one" && isNow(query) });
}

/** Ask again for everything that edits can change. */
export function refreshState(client: QueryClient): Promise<unknown> {
  return Promise.all(
    ["events", "reports", "choices", "alerts"].map((kind) => client.invalidateQueries({ queryKey: [kind], predicate: isNow })),
  );
}
