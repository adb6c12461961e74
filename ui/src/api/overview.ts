// What sums up a state: money moved this week, lists grouped, how good the proposals are.
import { useQuery } from "@tanstack/react-query";
import type { Scope } from "@/lib/location";
import { api, body } from "./client";
import type { EventFilters, ReportFilters } from "./queries";
import type { components, operations } from "./schema";

type Asked<K extends keyof operations> = NonNullable<operations[K]["parameters"]["query"]>;
export type Groups = components["schemas"]["Groups"];
export type Quality = components["schemas"]["Quality"];
export type EventsBy = NonNullable<Asked<"groupEvents">["by"]>;
export type ReportsBy = NonNullable<Asked<"groupReports">["by"]>;

export function useMoved(scope: Scope) {
  return useQuery({
    queryKey: ["events", scope, "moved"],
    queryFn: async ({ signal }) => body(await api.GET("/api/moved", { params: { query: { ...scope, days: 7 } }, signal })),
  });
}

export function useEventGroups(scope: Scope, filters: EventFilters, by: EventsBy | undefined) {
  return useQuery({
    enabled: by !== undefined,
    queryKey: ["events", scope, "groups", by, filters],
    queryFn: async ({ signal }) => body(await api.GET("/api/events/groups", { params: { query: { ...scope, ...filters, by } }, signal })),
  });
}

export function useReportGroups(scope: Scope, filters: ReportFilters, by: ReportsBy | undefined) {
  return useQuery({
    enabled: by !== undefined,
    queryKey: ["reports", scope, "groups", by, filters],
    queryFn: async ({ signal }) => body(await api.GET("/api/reports/groups", { params: { query: { ...scope, ...filters, by } }, signal })),
  });
}

export function useQuality(scope: Scope) {
  return useQuery({
    queryKey: ["quality", scope],
    queryFn: async ({ signal }) => body(await api.GET("/api/quality", { params: { query: scope }, signal })),
  });
}
