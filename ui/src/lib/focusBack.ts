// Where the focus goes when a dialog that no trigger has opened closes: back to where it was.
import { useCallback, useState } from "react";

/** For `onCloseAutoFocus` of a dialog's content. What was focused meanwhile, such as the next row, keeps the focus. */
export function useFocusBack(): (event: Event) => void {
  const [before] = useState(() => document.activeElement);
  return useCallback(
    (event) => {
      event.preventDefault();
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus({ preventScroll: true });
    },
    [before],
  );
}
