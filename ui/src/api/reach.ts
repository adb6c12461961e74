// Whether the API answered last time: the page says so plainly when it did not.
import { useSyncExternalStore } from "react";

let up = true;
const listeners = new Set<() => void>();

export function reachable(now: boolean): void {
  if (now === up) return;
  up = now;
  for (const tell of listeners) tell();
}

addEventListener("offline", () => reachable(false));

export function useReachable(): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => up,
  );
}
