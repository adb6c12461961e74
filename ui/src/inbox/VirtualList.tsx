// Thousands of rows, of which only those in sight exist. Rows are measured, so text may wrap.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { flushSync } from "react-dom";

export interface ListHandle {
  show: (index: number) => void;
}

interface Props<T> {
  items: readonly T[];
  label: string;
  estimate: number;
  keyOf: (item: T) => string;
  row: (item: T, index: number) => ReactNode;
  total: number;
  onEnd?: () => void;
  ref?: Ref<ListHandle>;
}

const NEAR_END = 30;

export function VirtualList<T>({ items, label, estimate, keyOf, row, total, onEnd, ref }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const printing = usePrinting();
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimate,
    overscan: printing ? items.length : 8,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
  });
  useImperativeHandle(ref, () => ({ show: (index) => virtual.scrollToIndex(index, { align: "auto" }) }), [virtual]);

  const shown = virtual.getVirtualItems();
  const last = shown[shown.length - 1]?.index ?? 0;
  useEffect(() => {
    if (onEnd && items.length > 0 && last >= items.length - NEAR_END) onEnd();
  }, [last, items.length, onEnd]);

  return (
    <div className="scroller" ref={scroller} data-testid="list">
      <ul aria-label={label} style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {shown.map((place) => {
          const item = items[place.index];
          return (
            item !== undefined && (
              <li
                key={place.key}
                ref={virtual.measureElement}
                data-index={place.index}
                aria-setsize={total}
                aria-posinset={place.index + 1}
                style={{ position: "absolute", top: 0, left: 0, right: 0, transform: `translateY(${place.start}px)` }}
              >
                {row(item, place.index)}
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}

/** While the page is printed every loaded row is drawn. */
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    return () => {
      removeEventListener("beforeprint", begin);
      removeEventListener("afterprint", end);
    };
  }, []);
  return printing;
}
