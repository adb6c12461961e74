// Which rows are selected; shift extends from the last one.
import { useCallback, useMemo, useRef, useState } from "react";

const MOST_AT_ONCE = 500;

export interface Selection {
  size: number;
  has: (id: string) => boolean;
  toggle: (id: string, range: boolean) => void;
  all: () => void;
  clear: () => void;
}

export function useSelection(ids: readonly string[]): Selection {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const latest = useRef(ids);
  latest.current = ids;
  const anchor = useRef<string | null>(null);

  const toggle = useCallback((id: string, range: boolean) => {
    const order = latest.current;
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
  const clear = useCallback(() => setPicked(new Set()), []);
  const all = useCallback(() => setPicked(new Set(latest.current.slice(0, MOST_AT_ONCE))), []);

  // What has left the list is no longer selected.
  const there = useMemo(() => {
    const known = new Set(ids);
    return new Set([...picked].filter((id) => known.has(id)));
  }, [picked, ids]);
  return { size: there.size, has: (id) => there.has(id), toggle, all, clear };
}
