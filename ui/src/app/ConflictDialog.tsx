// Somebody changed the object in between: what you saw, what it is now, and what you wanted. You choose, object by object.
import { Button, Dialog, RadioGroup, Table } from "@radix-ui/themes";
import { useState } from "react";
import type { QueuedEdit } from "@/api/edits";
import { drop, resolve } from "@/api/queue";
import type { Clash, Event, Report } from "@/api/types";
import { describeEdit, describeLogged } from "@/lib/describe";
import { dayRange, localDates, moneyDeltaExact, stamp } from "@/lib/format";
import { causeWord, statusWord } from "@/lib/words";

export function ConflictDialog({ item }: { item: QueuedEdit }) {
  const clashes = item.conflicts ?? [];
  const [mine, setMine] = useState<ReadonlySet<string>>(new Set());
  const choose = (id: string, take: boolean) => {
    const next = new Set(mine);
    if (take) next.add(id);
    else next.delete(id);
    setMine(next);
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && drop(item.key)}>
      <Dialog.Content style={{ maxWidth: 680 }} onPointerDownOutside={(e) => e.preventDefault()}>
        <Dialog.Title size="4">Changed meanwhile</Dialog.Title>
        <Dialog.Description size="2" color="gray">
          Your edit: {describeEdit(item.edit)}. Nothing has been written yet; choose for each what should count. Esc keeps what is there.
        </Dialog.Description>
        <div className="stack conflict-list">
          {clashes.map((clash) => (
            <ClashCard key={clash.object_id} clash={clash} item={item} mine={mine.has(clash.object_id)} choose={choose} />
          ))}
        </div>
        <div className="row end">
          <Button variant="soft" color="gray" onClick={() => drop(item.key)}>
            Keep what is there
          </Button>
          <Button disabled={mine.size === 0} onClick={() => resolve(item.key, mine)}>
            {mine.size < clashes.length && clashes.length > 1 ? "Apply my choices" : "Apply mine on top"}
          </Button>
        </div>
      </Dialog.Content>
    </Dialog.Root>
  );
}

interface CardProps {
  clash: Clash;
  item: QueuedEdit;
  mine: boolean;
  choose: (id: string, take: boolean) => void;
}

function ClashCard({ clash, item, mine, choose }: CardProps) {
  const label = item.targets.find((target) => target.id === clash.object_id)?.label ?? clash.object_id;
  const rows = compare(clash.seen, clash.current);
  return (
    <section className="card" aria-label={label}>
      <div className="card-head">
        <h2>{localDates(label)}</h2>
      </div>
      <div className="card-body stack">
        <ul className="small stack tight">
          {clash.edits_since.length === 0 && <li>A newer business date has been processed, and it has changed.</li>}
          {clash.edits_since.map((edit) => (
            <li key={edit.edit_id}>
              <strong>{edit.author}</strong> {describeLogged(edit)}
              {edit.comment ? `: “${edit.comment}”` : ""} <span className="soft">{stamp(edit.edited_at)}</span>
            </li>
          ))}
        </ul>
        {rows.length > 0 && (
          <Table.Root size="1">
            <Table.Header>
              <Table.Row>
                <Table.ColumnHeaderCell>Fact</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell>You saw</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell>Now</Table.ColumnHeaderCell>
              </Table.Row>
            </Table.Header>
            <Table.Body>
              {rows.map(([name, seen, now]) => (
                <Table.Row key={name}>
                  <Table.RowHeaderCell>{name}</Table.RowHeaderCell>
                  <Table.Cell>{seen}</Table.Cell>
                  <Table.Cell>{seen === now ? now : <strong>{now}</strong>}</Table.Cell>
                </Table.Row>
              ))}
            </Table.Body>
          </Table.Root>
        )}
        <RadioGroup.Root
          value={mine ? "mine" : "theirs"}
          onValueChange={(value) => choose(clash.object_id, value === "mine")}
          aria-label="Which version counts"
        >
          <RadioGroup.Item value="theirs">What is there now</RadioGroup.Item>
          <RadioGroup.Item value="mine" disabled={!clash.current_version}>
            Apply mine on top: {describeEdit(item.edit)}
          </RadioGroup.Item>
        </RadioGroup.Root>
      </div>
    </section>
  );
}

type Thing = Event | Report;

function compare(seen: Thing | null, now: Thing | null): [string, string, string][] {
  const facts = (thing: Thing | null): Record<string, string> =>
    thing
      ? {
          Name: "name" in thing ? localDates(thing.name) : thing.store_id,
          Status: statusWord("event_status" in thing ? thing.event_status : thing.report_status),
          Cause: causeWord(thing.cause),
          Days: dayRange(thing.first_detected_at, thing.last_detected_at),
          "Against expected": moneyDeltaExact(thing.sales_delta),
        }
      : {};
  const before = facts(seen);
  const after = facts(now);
  return Object.keys(after).map((name) => [name, before[name] ?? "not known", after[name] ?? ""]);
}
