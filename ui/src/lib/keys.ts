// Single-key commands, and some with Ctrl (or ⌘). They rest while one types, and while a dialog or menu is open or closing.
import { useEffect, useRef } from "react";

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type))
  );
}

/** Open, or still closing: while it goes it gives the focus back, and what is typed must reach neither it nor the page. */
const OVERLAY = ["dialog", "alertdialog", "menu", "listbox"].map((role) => `[role="${role}"][data-state]`).join();
const OPEN = ["dialog", "alertdialog", "menu", "listbox"].map((role) => `[role="${role}"][data-state="open"]`).join();
const CLOSED_AFTER_MS = 60;
/** So long after Escape what lies over the page is about to go, though a slow browser still shows it. */
const ESCAPED_MS = 1000;
let escaped = -ESCAPED_MS;
function noteEscape(event: KeyboardEvent): void {
  if (event.key === "Escape") escaped = performance.now();
}
document.addEventListener("keydown", noteEscape, true);
const staysOpen = (): boolean => document.querySelector(OPEN) !== null && performance.now() - escaped > ESCAPED_MS;
let waiting: (() => void) | null = null;

/** Do it once the overlay that closes has gone and has given the focus back; the last wish counts, commands rest. */
function afterOverlay(act: () => void): void {
  const begun = waiting !== null;
  waiting = act;
  if (begun) return;
  const look = (): void => {
    if (staysOpen()) waiting = null;
    else if (document.querySelector(OVERLAY)) requestAnimationFrame(look);
    else
      setTimeout(() => {
        const wish = waiting;
        waiting = null;
        wish?.();
      }, CLOSED_AFTER_MS);
  };
  requestAnimationFrame(look);
}

/** Commands rest while something lies over the page, or a search is about to begin. */
const resting = (): boolean => waiting !== null || document.querySelector(OVERLAY) !== null;

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
      if (event.altKey || event.defaultPrevented) return;
      if (typing(event.target) || pressing(event)) return;
      const act = latest.current[(event.ctrlKey || event.metaKey ? "Ctrl+" : "") + event.key];
      if (!act) return;
      if (resting()) {
        if (event.key !== "/" || staysOpen()) return;
        event.preventDefault();
        afterOverlay(() => act(event));
        return;
      }
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
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || resting()) return;
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
