// Rules by which sure and small proposals are accepted: what they fit, and what they have accepted.
import { useQuery } from "@tanstack/react-query";
import type { Scope } from "@/lib/location";
import { useChange } from "./change";
import { api, body } from "./client";
import type { components } from "./schema";

type S = components["schemas"];
export type Rule = S["Rule"];
export type Fitting = S["Fitting"];
export type RuleApplication = S["Application"];
export type Conditions = Pick<S["RuleRequest"], "min_confidence" | "most_money" | "causes">;

export function useRules() {
  return useQuery({
    queryKey: ["rules", {}],
    queryFn: async ({ signal }) => body(await api.GET("/api/acceptance/rules", { signal })),
  });
}

export function useFitting(conditions: Conditions | null) {
  return useQuery({
    enabled: conditions !== null,
    queryKey: ["rules", {}, "fitting", conditions],
    queryFn: async ({ signal }) => body(await api.POST("/api/acceptance/preview", { body: conditions as Conditions, signal })),
    placeholderData: (before) => before,
  });
}

export function useApplications(scope: Scope) {
  return useQuery({
    queryKey: ["rules", scope, "applications"],
    queryFn: async ({ signal }) => body(await api.GET("/api/acceptance/applications", { params: { query: scope }, signal })),
  });
}

export const useSetRule = () =>
  useChange(async (rule: S["RuleRequest"]) => body(await api.POST("/api/acceptance/rules", { body: rule })), "rules");

export const useEndRule = () =>
  useChange(async (id: string) => body(await api.DELETE("/api/acceptance/rules/{rule_id}", { params: { path: { rule_id: id } } })), "rules");

export const useApplyRule = () =>
  useChange(
    async ({ id, fitting }: { id: string; fitting: Fitting }) =>
      body(
        await api.POST("/api/acceptance/rules/{rule_id}/applications", {
          params: { path: { rule_id: id } },
          body: { run_id: fitting.state.run_id, events: fitting.items.map((one) => ({ report_group_id: one.report_group_id, based_on: one.version })) },
        }),
      ),
    "rules",
    "events",
  );

export const useUndoApplication = () =>
  useChange(
    async (id: string) =>
      body(await api.POST("/api/acceptance/applications/{application_id}/undo", { params: { path: { application_id: id } }, body: {} })),
    "rules",
    "events",
  );
