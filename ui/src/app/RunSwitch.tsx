// Which run one looks at. The active run needs no mark; another one is in the address.
import { Button, DropdownMenu } from "@radix-ui/themes";
import { Check, ChevronsUpDown } from "lucide-react";
import { useRuns } from "@/api/runs";
import { day } from "@/lib/format";
import { useQueryState, useScope } from "@/lib/location";

export function RunSwitch() {
  const runs = useRuns();
  const scope = useScope();
  const [, change] = useQueryState();
  const current = scope.run_id ?? runs.data?.active_run_id;
  const run = runs.data?.items.find((one) => one.run_id === current);
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger>
        <Button variant="surface" color="gray" className="run-switch only-wide" aria-label={`Run: ${run?.label || current || "No run"}${run && !run.is_active ? " not active" : ""}`}>
          <span className="truncate grow">{run?.label || current || "No run"}</span>
          {run && !run.is_active && <span className="run-other">not active</span>}
          <ChevronsUpDown size={13} aria-hidden="true" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content style={{ minWidth: 240 }}>
        <DropdownMenu.Label>Runs</DropdownMenu.Label>
        {runs.data?.items.map((one) => (
          <DropdownMenu.Item
            key={one.run_id}
            onSelect={() => change({ run_id: one.is_active ? null : one.run_id, as_of: null }, false)}
          >
            <span className="run-check">{one.run_id === current && <Check size={13} />}</span>
            <span className="truncate grow">{one.label || one.run_id}</span>
            <span className="small soft">{one.is_active ? "active" : one.last_tick ? day(one.last_tick) : "empty"}</span>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
