// The runs: which is active, what each has processed; a new one, or two of them side by side.
import { Badge, Button, Callout, Checkbox, Dialog, Table, TextField } from "@radix-ui/themes";
import { GitCompareArrows, Plus } from "lucide-react";
import { useState } from "react";
import { Page } from "@/app/Page";
import { useReset, useRuns } from "@/api/runs";
import type { RunView } from "@/api/types";
import { useMay } from "@/decide/useDecide";
import { useDraft } from "@/lib/drafts";
import { count, dayRange, stamp } from "@/lib/format";
import { useGo, useQueryState } from "@/lib/location";
import { Card } from "@/parts/Card";
import { Empty, Failure, Loading, message } from "@/parts/States";

export default function Runs() {
  const runs = useRuns();
  const go = useGo();
  const [, change] = useQueryState();
  const { may, whyNot } = useMay("manager");
  const [picked, setPicked] = useState<readonly string[]>([]);
  const [resetting, setResetting] = useState<RunView | "new" | null>(null);
  const toggle = (id: string) =>
    setPicked(picked.includes(id) ? picked.filter((one) => one !== id) : [...picked.slice(-1), id]);
  const compare = () => go("/runs/compare", { left: picked[0] ?? "", right: picked[1] ?? "" });
  return (
    <Page
      title="Runs"
      actions={
        <>
          <Button variant="soft" color="gray" disabled={picked.length !== 2} onClick={compare}>
            <GitCompareArrows size={14} aria-hidden="true" /> Compare
          </Button>
          <Button disabled={!may} title={whyNot} onClick={() => setResetting("new")}>
            <Plus size={14} aria-hidden="true" /> Reset
          </Button>
        </>
      }
    >
      <p className="intro">
        A run is one history of the pipeline, with its logs and its edits. A reset starts a new, empty run and makes it the active one;
        nothing of the earlier ones is lost. Select two to compare them.
      </p>
      {runs.isPending ? (
        <Loading rows={4} height={32} />
      ) : runs.isError ? (
        <Failure error={runs.error} retry={() => void runs.refetch()} />
      ) : runs.data.items.length === 0 ? (
        <Empty icon={GitCompareArrows} title="No run yet">
          <p>Run the pipeline over some landing data, and its run appears here.</p>
        </Empty>
      ) : (
        <Card title="All runs" flush>
          <div className="table-scroll" tabIndex={0} role="region" aria-label="Runs">
            <Table.Root size="2">
              <Table.Header>
                <Table.Row>
                  <Table.ColumnHeaderCell>
                    <span className="sr-only">Compare</span>
                  </Table.ColumnHeaderCell>
                  <Table.ColumnHeaderCell>Run</Table.ColumnHeaderCell>
                  <Table.ColumnHeaderCell>Business dates</Table.ColumnHeaderCell>
                  <Table.ColumnHeaderCell className="num">Ticks</Table.ColumnHeaderCell>
                  <Table.ColumnHeaderCell>Made active</Table.ColumnHeaderCell>
                  <Table.ColumnHeaderCell>
                    <span className="sr-only">What to do with it</span>
                  </Table.ColumnHeaderCell>
                </Table.Row>
              </Table.Header>
              <Table.Body>
                {runs.data.items.map((run) => (
                  <Table.Row key={run.run_id} align="center">
                    <Table.Cell>
                      <Checkbox checked={picked.includes(run.run_id)} aria-label={`Compare ${run.label ?? run.run_id}`} onCheckedChange={() => toggle(run.run_id)} />
                    </Table.Cell>
                    <Table.RowHeaderCell>
                      <span className="row wrap">
                        {run.label ?? run.run_id} {run.is_active && <Badge color="green">active</Badge>}
                      </span>
                      {run.label && <span className="small soft mono">{run.run_id}</span>}
                    </Table.RowHeaderCell>
                    <Table.Cell className="nowrap">{run.first_tick && run.last_tick ? dayRange(run.first_tick, run.last_tick) : "nothing yet"}</Table.Cell>
                    <Table.Cell className="num">{count(run.n_ticks)}</Table.Cell>
                    <Table.Cell className="small">
                      {stamp(run.changed_at)} <span className="soft">by {run.changed_by}</span>
                    </Table.Cell>
                    <Table.Cell>
                      <span className="row end">
                        <Button size="1" variant="soft" color="gray" onClick={() => change({ run_id: run.is_active ? null : run.run_id, as_of: null }, false)}>
                          Look at it
                        </Button>
                        {!run.is_active && (
                          <Button size="1" variant="soft" color="gray" disabled={!may} title={whyNot} onClick={() => setResetting(run)}>
                            Make active
                          </Button>
                        )}
                      </span>
                    </Table.Cell>
                  </Table.Row>
                ))}
              </Table.Body>
            </Table.Root>
          </div>
        </Card>
      )}
      {resetting && <ResetDialog run={resetting === "new" ? null : resetting} onClose={() => setResetting(null)} />}
    </Page>
  );
}

function ResetDialog({ run, onClose }: { run: RunView | null; onClose: () => void }) {
  const [label, setLabel, clear] = useDraft("reset", "");
  const reset = useReset();
  const [, change] = useQueryState();
  const begin = async () => {
    try {
      await reset.mutateAsync(run ? { run_id: run.run_id } : { ...(label.trim() && { label: label.trim() }) });
      clear();
      change({ run_id: null, as_of: null });
      onClose();
    } catch {
      // Shown below; what was typed stays.
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Content style={{ maxWidth: 440 }}>
        <Dialog.Title size="4">{run ? "Make this run the active one" : "Start a new run"}</Dialog.Title>
        <Dialog.Description size="2" color="gray">
          {run
            ? `Everybody who opens the Workshop will see ${run.label ?? run.run_id}.`
            : "Everybody who opens the Workshop will see the new, empty run until it has been filled. Earlier runs stay as they are."}
        </Dialog.Description>
        <div className="stack">
          {!run && (
            <div className="field">
              <label htmlFor="run-label">What to call it (optional)</label>
              <TextField.Root id="run-label" maxLength={200} value={label} onChange={(e) => setLabel(e.target.value)} autoFocus />
            </div>
          )}
          {reset.isError && (
            <Callout.Root highContrast color="red" size="1" role="alert">
              <Callout.Text>{message(reset.error)}</Callout.Text>
            </Callout.Root>
          )}
          <div className="row end">
            <Button variant="soft" color="gray" onClick={onClose}>
              Cancel
            </Button>
            <Button loading={reset.isPending} onClick={() => void begin()}>
              {run ? "Make active" : "Start"}
            </Button>
          </div>
        </div>
      </Dialog.Content>
    </Dialog.Root>
  );
}
