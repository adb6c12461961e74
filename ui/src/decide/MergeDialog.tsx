// Let another event absorb one or several: the most alike are offered first, any can be found by name.
import { useDeferredValue, useMemo, useState } from "react";
import { itemsOf, useEvents } from "@/api/queries";
import { describeTargets } from "@/lib/describe";
import { businessDate, dayRange, isoDate, localDates } from "@/lib/format";
import { useScope } from "@/lib/location";
import { Delta } from "@/parts/Badges";
import { DecideDialog } from "./DecideDialog";
import { mostAlike } from "./likeness";
import { Palette } from "./Palette";
import type { Subject } from "./subject";
import { type DialogProps, useDecision } from "./useDecision";

const MOST = 50;
const AROUND_DAYS = 28;

/** Some weeks around what is to be merged: what is alike lies there. */
function around({ events = [] }: Subject): { from?: string; to?: string } {
  if (!events.length) return {};
  const shifted = (at: number, days: number) => isoDate(new Date(at + days * 86_400_000));
  return {
    from: shifted(Math.min(...events.map((one) => +businessDate(one.first_detected_at))), -AROUND_DAYS),
    to: shifted(Math.max(...events.map((one) => +businessDate(one.last_detected_at))), AROUND_DAYS),
  };
}

export function MergeDialog(props: DialogProps) {
  const { subject, onClose } = props;
  const [search, setSearch] = useState("");
  const q = useDeferredValue(search.trim());
  const found = useEvents(useScope(), { ...(q ? { q } : around(subject)), sort: "money" });
  const options = useMemo(() => {
    const own = new Set(subject.targets.map((target) => target.id));
    const others = itemsOf(found.data?.pages).filter((event) => !own.has(event.report_group_id) && event.event_status !== "merged");
    return mostAlike(subject.events ?? [], others).slice(0, MOST);
  }, [found.data, subject]);
  const [picked, setPicked] = useState<string | null>(null);
  const chosen = options.find((event) => event.report_group_id === picked) ?? options[0];
  const { note, setNote, comment, apply } = useDecision(props, "merge_into");
  const merge = (into: string) => apply({ action: "merge_into", into, ...comment });
  return (
    <DecideDialog
      title="Merge into another event"
      about={`${describeTargets("event", subject.targets)} will be absorbed; old links still lead there.`}
      button={chosen ? `Merge into ${localDates(chosen.name)}` : "Merge"}
      ready={!!chosen}
      note={note}
      onNote={setNote}
      onApply={() => chosen && merge(chosen.report_group_id)}
      onClose={onClose}
    >
      <Palette
        label="Event that absorbs"
        placeholder="The most alike first; type to find another"
        options={options.map((event) => ({
          id: event.report_group_id,
          text: localDates(event.name),
          detail: (
            <span className="row small soft nowrap">
              {dayRange(event.first_detected_at, event.last_detected_at)}
              <Delta value={event.sales_delta} direction={event.direction} />
            </span>
          ),
        }))}
        onSearch={setSearch}
        picked={chosen?.report_group_id ?? null}
        onPick={setPicked}
        onDone={merge}
        empty={found.isPending ? "Looking…" : "No event fits."}
      />
    </DecideDialog>
  );
}
