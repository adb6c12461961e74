import { useSyncExternalStore } from "react";

/** Wide enough for a preview beside the list. */
export const PEEKS = "(min-width: 1180px)";

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (tell) => {
      const media = matchMedia(query);
      media.addEventListener("change", tell);
      return () => media.removeEventListener("change", tell);
    },
    () => matchMedia(query).matches,
  );
}
