// Single-key commands. They rest while one types, while a dialog or menu is open, and when a modifier is held.
import { useEffect, useRef } from "react";

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type))
  );
}

const OVERLAY = ["dialog", "alertdialog", "menu", "listbox"].map((role) => `[role="${role}"][data-state="open"]`).join();

/** Enter and space belong to the focused button or link, not to the page. */
function pressing(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  return (event.key === "Enter" || event.key === " ") && !!target?.closest("button, a, [role=checkbox], summary");
}

export function useKeys(map: KeyMap, active = true): void {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    if (!active) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (typing(event.target) || pressing(event) || document.querySelector(OVERLAY)) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act(event);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [active]);
}

const CHORD_MS = 1000;

/** Two keys, the first of them `g`: heard before any single key. */
export function useChords(map: KeyMap): void {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    let since = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector(OVERLAY)) return;
      const within = Date.now() - since < CHORD_MS;
      since = 0;
      const act = within ? latest.current[event.key] : undefined;
      if (act) {
        event.preventDefault();
        event.stopImmediatePropagation();
        act(event);
      } else if (event.key === "g") {
        since = Date.now();
      }
    };
    document.addEventListener("keydown", onKey, { capture: true });
    return () => document.removeEventListener("keydown", onKey, { capture: true });
  }, []);
}
