// What a newcomer needs to know of the inbox, in a line; whoever has read it sends it away for good.
import { IconButton } from "@radix-ui/themes";
import { X } from "lucide-react";
import { useState } from "react";

const KEY = "mrs.hint.inbox";

export function Hint() {
  const [gone, setGone] = useState(() => localStorage.getItem(KEY) !== null);
  if (gone) return null;
  const dismiss = () => {
    localStorage.setItem(KEY, "read");
    setGone(true);
  };
  return (
    <p className="hint small" role="note">
      <span className="grow">
        An event: stores that sold other than expected at the same time. <strong>Approve</strong> confirms its cause (%: how sure the model is) and keeps its days
        out of campaigns' credit; <strong>Reject</strong> says that it is none. Bars: severity.
      </span>
      <IconButton size="1" variant="ghost" color="gray" aria-label="Do not show this again" onClick={dismiss}>
        <X size={13} />
      </IconButton>
    </p>
  );
}
