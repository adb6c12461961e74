// Who can sign in, and the views that people have given a name.
import { useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { api, body } from "./client";
import type { components } from "./schema";

type S = components["schemas"];
export type SavedView = S["SavedView"];

export function usePeople(enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["people"],
    staleTime: 10 * 60_000,
    queryFn: async ({ signal }) => body(await api.GET("/api/people", { signal })).names,
  });
}

export function useViews() {
  return useQuery({
    queryKey: ["views"],
    staleTime: 60_000,
    queryFn: async ({ signal }) => body(await api.GET("/api/views", { signal })).items,
  });
}

export const useSaveView = () => useChange(async (view: S["ViewRequest"]) => body(await api.POST("/api/views", { body: view })), "views");

export const useRemoveView = () =>
  useChange(async (id: string) => body(await api.DELETE("/api/views/{view_id}", { params: { path: { view_id: id } } })), "views");
