// In the dialog of a decision about one event: what the MAB and the MMM have been told so far.
import { useEventLearning } from "@/api/queries";
import { useScope } from "@/lib/location";
import { takenOut } from "@/lib/sentence";
import type { Subject } from "./subject";

export function Learned({ subject }: { subject: Subject }) {
  const only = subject.about === "event" && subject.targets.length === 1 ? (subject.targets[0]?.id ?? "") : "";
  const found = useEventLearning(useScope(), only, only !== "");
  return only && found.data ? <p className="small soft">{takenOut(found.data)}</p> : null;
}
