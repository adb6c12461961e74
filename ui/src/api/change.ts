// A change that is sent at once, not queued: settings that people look at while they make them.
import { useMutation, useQueryClient } from "@tanstack/react-query";

/** Send a change, then ask again for everything under these keys. */
export function useChange<T, R>(change: (input: T) => Promise<R>, ...kinds: string[]) {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: change,
    onSuccess: () => Promise.all(kinds.map((kind) => client.invalidateQueries({ queryKey: [kind] }))),
  });
}
