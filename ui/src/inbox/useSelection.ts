// Which rows are selected; shift extends from the last one. Rows beyond those loaded can be selected as a whole.
import { useCallback, useMemo, useRef, useState } from "react";

export interface Selection<T> {
  size: number;
  items: readonly T[];
  has: (id: string) => boolean;
  toggle: (id: string, range: boolean) => void;
  /** All rows that are loaded. */
  all: () => void;
  /** These, loaded or not: they stay selected until the selection is cleared. */
  take: (items: readonly T[]) => void;
  clear: () => void;
}

export function useSelection<T>(loaded: readonly T[], idOf: (item: T) => string): Selection<T> {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [taken, setTaken] = useState<readonly T[] | null>(null);
  const ids = useMemo(() => loaded.map(idOf), [loaded, idOf]);
  const latest = useRef(ids);
  latest.current = ids;
  const anchor = useRef<string | null>(null);

  const clear = useCallback(() => {
    setPicked(new Set());
    setTaken(null);
  }, []);
  const toggle = useCallback((id: string, range: boolean) => {
    const order = latest.current;
    setTaken(null);
    setPicked((now) => {
      const next = new Set(now);
      const from = anchor.current ? order.indexOf(anchor.current) : -1;
      const to = order.indexOf(id);
      if (range && from >= 0) {
        for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one);
      } else if (!next.delete(id)) {
        next.add(id);
      }
      return next;
    });
    anchor.current = id;
  }, []);
  const all = useCallback(() => {
    setTaken(null);
    setPicked(new Set(latest.current));
  }, []);
  const take = useCallback(
    (items: readonly T[]) => {
      setTaken(items);
      setPicked(new Set(items.map(idOf)));
    },
    [idOf],
  );

  // What has left the list is no longer selected.
  const items = useMemo(() => taken ?? loaded.filter((item) => picked.has(idOf(item))), [taken, loaded, picked, idOf]);
  const there = useMemo(() => new Set(items.map(idOf)), [items, idOf]);
  const has = useCallback((id: string) => there.has(id), [there]);
  return { size: items.length, items, has, toggle, all, take, clear };
}
