// Which row is at hand, kept while one looks at something else: Back leads to it again.
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { useSearch } from "wouter";
import type { ListHandle } from "./VirtualList";

const kept = new Map<string, string>();

export function useRemembered(list: string, ids: readonly string[], handle: RefObject<ListHandle | null>): [string | null, (id: string | null) => void] {
  const place = `${list}?${useSearch()}`;
  const [id, setId] = useState(() => kept.get(place) ?? null);
  const returning = useRef(id);
  const remember = useCallback(
    (next: string | null) => {
      returning.current = null;
      if (next) kept.set(place, next);
      setId(next);
    },
    [place],
  );
  useEffect(() => {
    const at = returning.current ? ids.indexOf(returning.current) : -1;
    if (at < 0) return;
    const back = returning.current;
    returning.current = null;
    handle.current?.show(at);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-row="${back}"]`)?.focus({ preventScroll: true }));
  }, [ids, handle]);
  return [id, remember];
}
