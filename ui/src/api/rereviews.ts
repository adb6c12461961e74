// Rereviews: listed, started, followed, compared, decided.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Scope } from "@/lib/location";
import { refreshState } from "./cache";
import { api, body } from "./client";
import type { components } from "./schema";

export type RereviewRequest = components["schemas"]["RereviewRequest"];
type Decision = components["schemas"]["RereviewDecision"];

const FOLLOW_MS = 1500;

export function useRereviews(scope: Scope) {
  return useQuery({
    queryKey: ["rereviews", scope, "list"],
    queryFn: async ({ signal }) => body(await api.GET("/api/rereviews", { params: { query: scope }, signal })),
    refetchInterval: (query) => (query.state.data?.items.some((one) => one.status === "running") ? FOLLOW_MS : false),
  });
}

export function useRereview(scope: Scope, id: string) {
  return useQuery({
    queryKey: ["rereviews", scope, "one", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/rereviews/{rereview_id}", { params: { path: { rereview_id: id }, query: scope }, signal })),
    refetchInterval: (query) => (query.state.data?.status === "running" ? FOLLOW_MS : false),
  });
}

export function useDifference(scope: Scope, id: string, ready: boolean) {
  return useQuery({
    enabled: ready,
    queryKey: ["rereviews", scope, "difference", id],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/rereviews/{rereview_id}/difference", {
          params: { path: { rereview_id: id }, query: scope },
          signal,
        }),
      ),
  });
}

export function useStartRereview() {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: async (request: RereviewRequest) => body(await api.POST("/api/rereviews", { body: request })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["rereviews"] }),
  });
}

export function useDecideRereview(id: string) {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: async (decision: Decision) =>
      body(
        await api.POST("/api/rereviews/{rereview_id}/decisions", {
          params: { path: { rereview_id: id } },
          body: decision,
        }),
      ),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ["rereviews"] }), refreshState(client)]),
  });
}
