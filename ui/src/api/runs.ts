// Runs and their business dates.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useScope } from "@/lib/location";
import { api, body } from "./client";

export function useRuns() {
  return useQuery({
    queryKey: ["runs"],
    staleTime: 60_000,
    queryFn: async ({ signal }) => body(await api.GET("/api/runs", { signal })),
  });
}

/** The run that this view is about: the one in the address, or the active one. */
export function useRunId(): string | undefined {
  const scope = useScope();
  const runs = useRuns();
  return scope.run_id ?? runs.data?.active_run_id ?? undefined;
}

export function useTicks(runId: string | undefined) {
  return useQuery({
    enabled: !!runId,
    queryKey: ["ticks", runId],
    staleTime: 60_000,
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/runs/{run_id}/ticks", { params: { path: { run_id: runId ?? "" } }, signal })),
  });
}

export function useComparison(left: string, right: string) {
  return useQuery({
    enabled: !!left && !!right && left !== right,
    queryKey: ["compare", left, right],
    queryFn: async ({ signal }) => body(await api.GET("/api/runs/compare", { params: { query: { left, right } }, signal })),
  });
}

export function useReset() {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: async (reset: { label?: string; run_id?: string }) => body(await api.POST("/api/runs", { body: reset })),
    // Everything that was read without a run id now means another run.
    onSuccess: () => client.invalidateQueries(),
  });
}
