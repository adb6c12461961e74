// A click on a row beside its link and box: with shift it selects up to here; else it opens, where rows do.
import type { MouseEvent } from "react";

export function onRow(click: MouseEvent, select: () => void, open: (() => void) | undefined): void {
  if ((click.target as HTMLElement).closest("a, button")) return;
  if (click.shiftKey) {
    getSelection()?.removeAllRanges();
    select();
  } else open?.();
}
