// Alerts: one's own inbox, all that was due, subscriptions, silences, and what a setting would have sent.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Scope } from "@/lib/location";
import { api, body } from "./client";
import type { components } from "./schema";

type S = components["schemas"];
export type InboxAlert = S["InboxAlert"];
export type Alert = S["Alert"];
export type SubscriptionView = S["SubscriptionView"];
export type SubscriptionRequest = S["SubscriptionRequest"];
export type SilenceView = S["SilenceView"];
export type SilenceRequest = S["SilenceRequest"];
export type AlertPreview = S["AlertPreview"];
export type AlertStatus = "sent" | "suppressed" | "failed";

const LOOK_AGAIN_MS = 60_000;

export function useInboxAlerts(scope: Scope) {
  return useQuery({
    queryKey: ["alerts", scope, "inbox"],
    refetchInterval: LOOK_AGAIN_MS,
    queryFn: async ({ signal }) => body(await api.GET("/api/notifications", { params: { query: { ...scope, limit: 200 } }, signal })),
  });
}

export function useUnread(scope: Scope): number {
  return useInboxAlerts(scope).data?.unread ?? 0;
}

export function useAlerts(scope: Scope, filters: { event?: string; status?: AlertStatus; limit?: number }) {
  return useQuery({
    queryKey: ["alerts", scope, "all", filters],
    queryFn: async ({ signal }) => body(await api.GET("/api/alerts", { params: { query: { ...scope, ...filters } }, signal })),
  });
}

export function useSubscriptions() {
  return useQuery({
    queryKey: ["alerts", {}, "subscriptions"],
    queryFn: async ({ signal }) => body(await api.GET("/api/subscriptions", { signal })),
  });
}

export function useSilences(scope: Scope) {
  return useQuery({
    queryKey: ["alerts", scope, "silences"],
    queryFn: async ({ signal }) => body(await api.GET("/api/silences", { params: { query: scope }, signal })),
  });
}

function useChange<T, R>(change: (input: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
}

export const useMark = () =>
  useChange(async (mark: { notification_ids: string[]; is_read: boolean }) =>
    body(await api.POST("/api/notifications/read", { body: mark })),
  );

export const useSubscribe = () =>
  useChange(async ({ id, request }: { id: string | null; request: SubscriptionRequest }) =>
    id
      ? body(await api.PUT("/api/subscriptions/{subscription_id}", { params: { path: { subscription_id: id } }, body: request }))
      : body(await api.POST("/api/subscriptions", { body: request })),
  );

export const useEndSubscription = () =>
  useChange(async (id: string) =>
    body(await api.DELETE("/api/subscriptions/{subscription_id}", { params: { path: { subscription_id: id } } })),
  );

export const useSilence = () =>
  useChange(async (request: SilenceRequest) => body(await api.POST("/api/silences", { body: request })));

export const useLift = () =>
  useChange(async (id: string) => body(await api.DELETE("/api/silences/{silence_id}", { params: { path: { silence_id: id } } })));

export const usePreview = () =>
  useChange(async (setting: S["AlertPreviewRequest"]) => body(await api.POST("/api/alerts/preview", { body: setting })));
