// A list by cause, region, event …: how many, how much, and what deciding is worth. A group opens as a filter.
import { Button, DropdownMenu } from "@radix-ui/themes";
import { Layers } from "lucide-react";
import type { Groups } from "@/api/overview";
import { count, localDates } from "@/lib/format";
import { useQueryState } from "@/lib/location";
import { Money } from "@/parts/Badges";
import { DataTable } from "@/parts/DataTable";

export interface GroupKind<B extends string> {
  by: B;
  label: string;
  /** The filter that a group opens as; none where there is none for it. */
  filter?: string;
  word?: (value: string) => string;
}

export const groupOf = <B extends string>(kinds: readonly GroupKind<B>[], by: string | undefined): GroupKind<B> | undefined => kinds.find((one) => one.by === by);

export function GroupMenu<B extends string>({ kinds }: { kinds: readonly GroupKind<B>[] }) {
  const [query, change] = useQueryState();
  const picked = groupOf(kinds, query["by"]);
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger>
        <Button size="1" variant={picked ? "soft" : "ghost"} color={picked ? "indigo" : "gray"} aria-label={picked ? `Grouped by ${picked.label.toLowerCase()}` : "Group"}>
          <Layers size={13} aria-hidden="true" />
          <span className="only-wide">{picked ? `By ${picked.label.toLowerCase()}` : "Group"}</span>
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content>
        <DropdownMenu.RadioGroup value={picked?.by ?? ""} onValueChange={(next) => change({ by: next || null })}>
          <DropdownMenu.RadioItem value="">One by one</DropdownMenu.RadioItem>
          {kinds.map((one) => (
            <DropdownMenu.RadioItem key={one.by} value={one.by}>
              By {one.label.toLowerCase()}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

interface Props<B extends string> {
  kind: GroupKind<B>;
  groups: Groups;
  what: string;
}

export function GroupTable<B extends string>({ kind, groups, what }: Props<B>) {
  const [, change] = useQueryState();
  const named = ({ value, label }: Groups["items"][number]) => (value === null ? "None" : label ? localDates(label) : (kind.word?.(value) ?? value));
  return (
    <div className="groups">
      <DataTable
        label={`${what} by ${kind.label.toLowerCase()}`}
        rows={groups.items}
        keyOf={(row) => row.value ?? ""}
        columns={[
          {
            head: kind.label,
            cell: (row) => {
              const { filter } = kind;
              if (!filter || row.value === null) return named(row);
              return (
                <button type="button" className="link" onClick={() => change({ by: null, [filter]: row.value })}>
                  {named(row)}
                </button>
              );
            },
          },
          { head: what, cell: (row) => count(row.rows), kind: "num" },
          { head: "Above expected", cell: (row) => <Money delta value={row.sales_above} />, kind: "num" },
          { head: "Below", cell: (row) => <Money delta value={row.sales_delta - row.sales_above} />, kind: "num" },
          { head: "Worth deciding", cell: (row) => <Money value={Math.round(row.worth)} />, kind: "num" },
        ]}
      />
    </div>
  );
}
