// What is typed is kept as it is typed, until it has been accepted by the API or thrown away by the person.
import { useCallback, useState } from "react";

const PREFIX = "mrs.draft.";

export function clearDraft(key: string): void {
  localStorage.removeItem(PREFIX + key);
}

export function useDraft(key: string, initial = ""): [string, (value: string) => void, () => void] {
  const read = (of: string): string => localStorage.getItem(PREFIX + of) ?? initial;
  const [held, setHeld] = useState({ key, value: read(key) });
  const value = held.key === key ? held.value : read(key);
  const set = useCallback(
    (next: string) => {
      if (next === initial) clearDraft(key);
      else localStorage.setItem(PREFIX + key, next);
      setHeld({ key, value: next });
    },
    [key, initial],
  );
  const clear = useCallback(() => {
    clearDraft(key);
    setHeld({ key, value: initial });
  }, [key, initial]);
  return [value, set, clear];
}
