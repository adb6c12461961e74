// The reports of an event; those that do not belong to it are split off.
import { Button, Checkbox, Table } from "@radix-ui/themes";
import { Split } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { Event, Report } from "@/api/types";
import { DecideDialog } from "@/decide/DecideDialog";
import { ofEvents, ofReports } from "@/decide/subject";
import { useDecide } from "@/decide/useDecide";
import { useDecision } from "@/decide/useDecision";
import { dayRange, localDates, percent, plural } from "@/lib/format";
import { useHref } from "@/lib/location";
import { overlaid, pendingWord, useQueuedById } from "@/lib/queued";
import { CauseBadge, Delta, PendingBadge, StatusBadge } from "@/parts/Badges";
import { Card } from "@/parts/Card";
import { Loading } from "@/parts/States";

interface Props {
  event: Event;
  /** Null while they load. */
  members: readonly Report[] | null;
  may: boolean;
  whyNot: string;
}

const AT_FIRST = 12;

const NONE: readonly Report[] = [];

export function Members({ event, members: loaded, may, whyNot }: Props) {
  const members = loaded ?? NONE;
  const href = useHref();
  const queued = useQueuedById();
  const [all, setAll] = useState(false);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [splitting, setSplitting] = useState(false);
  const { decide, dialog } = useDecide();
  const chosen = members.filter((one) => picked.has(one.report_id));
  const toggle = (id: string) => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    setPicked(next);
  };
  const shown = all ? members : members.slice(0, AT_FIRST);
  return (
    <Card
      order={5}
      title={`Members (${event.n_reports})`}
      flush
      side={
        <div className="row">
          <Button size="1" variant="soft" color="gray" disabled={!may || !chosen.length} title={whyNot} onClick={() => setSplitting(true)}>
            <Split size={12} aria-hidden="true" /> Split off
          </Button>
          <Button size="1" variant="soft" color="gray" disabled={!may || !chosen.length} title={whyNot} onClick={() => decide("set_cause", ofReports(chosen), () => setPicked(new Set()))}>
            Cause
          </Button>
          <Button size="1" variant="soft" color="gray" disabled={!may || !chosen.length} title={whyNot} onClick={() => decide("approve", ofReports(chosen), () => setPicked(new Set()))}>
            Approve
          </Button>
        </div>
      }
    >
      {!loaded && <Loading rows={6} />}
      <div className="table-scroll" hidden={!loaded} tabIndex={0} role="region" aria-label="Members">
        <Table.Root size="1">
          <Table.Header>
            <Table.Row>
              <Table.ColumnHeaderCell>
                <Checkbox
                  size="1"
                  aria-label="Select all members"
                  checked={members.length > 0 && picked.size === members.length}
                  onCheckedChange={(on) => setPicked(on ? new Set(members.map((one) => one.report_id)) : new Set())}
                />
              </Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell>Store</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell>Region</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell>When</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell className="num">Against expected</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell className="num">Score</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell>Cause</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell>Status</Table.ColumnHeaderCell>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {shown.map((found) => {
              const mine = queued.get(found.report_id);
              const report = overlaid(found, mine);
              const pending = pendingWord(mine, report.pending);
              return (
                <Table.Row key={report.report_id} align="center">
                  <Table.Cell>
                    <Checkbox size="1" aria-label={`Select store ${report.store_id}`} checked={picked.has(report.report_id)} onCheckedChange={() => toggle(report.report_id)} />
                  </Table.Cell>
                  <Table.RowHeaderCell>
                    <Link className="link" href={href(`/reports/${report.report_id}`)}>
                      {report.store_id}
                    </Link>
                  </Table.RowHeaderCell>
                  <Table.Cell>{report.region ?? "–"}</Table.Cell>
                  <Table.Cell className="nowrap">{dayRange(report.first_detected_at, report.last_detected_at)}</Table.Cell>
                  <Table.Cell className="num">
                    <Delta value={report.sales_delta} direction={report.direction} />
                  </Table.Cell>
                  <Table.Cell className="num">{percent(report.anomaly_score)}</Table.Cell>
                  <Table.Cell>
                    <CauseBadge cause={report.cause} source={report.cause_source} confidence={report.cause_confidence} />
                  </Table.Cell>
                  <Table.Cell>
                    <span className="row">
                      <StatusBadge status={report.report_status} />
                      {pending && <PendingBadge label={pending} />}
                    </span>
                  </Table.Cell>
                </Table.Row>
              );
            })}
          </Table.Body>
        </Table.Root>
      </div>
      {!all && members.length > AT_FIRST && (
        <div className="card-body">
          <Button size="1" variant="soft" color="gray" onClick={() => setAll(true)}>
            Show all {members.length}
          </Button>
        </div>
      )}
      {splitting && <SplitDialog event={event} reports={chosen} onClose={() => setSplitting(false)} onDone={() => setPicked(new Set())} />}
      {dialog}
    </Card>
  );
}

function SplitDialog({ event, reports, onClose, onDone }: { event: Event; reports: readonly Report[]; onClose: () => void; onDone: () => void }) {
  const { note, setNote, comment, apply } = useDecision({ subject: ofEvents([event]), onClose, onDone }, "split");
  const split = () => apply(...reports.map((report) => ({ action: "remove_report" as const, report_id: report.report_id, ...comment })));
  return (
    <DecideDialog
      title="Split off"
      about={`${plural(reports.length, "report")} will leave ${localDates(event.name)}, and stay out of it on every later day.`}
      button={`Split off ${reports.length}`}
      ready={reports.length > 0}
      note={note}
      onNote={setNote}
      noteLabel="Why (optional)"
      onApply={split}
      onClose={onClose}
    />
  );
}
