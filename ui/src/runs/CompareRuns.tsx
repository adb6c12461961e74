// Two runs side by side: what each found, what both found, and where they differ.
import { Select, Table, Tabs } from "@radix-ui/themes";
import { ArrowRight, GitCompareArrows } from "lucide-react";
import { Link } from "wouter";
import { Page } from "@/app/Page";
import { useComparison, useRuns } from "@/api/runs";
import type { Comparison, Event, EventMatch } from "@/api/types";
import { isMissing } from "@/api/errors";
import { count, dayRange, localDates, moneyDelta, percent } from "@/lib/format";
import { useQueryState } from "@/lib/location";
import { CAUSES, causeWord } from "@/lib/words";
import { Delta } from "@/parts/Badges";
import { Card } from "@/parts/Card";
import { DataTable } from "@/parts/DataTable";
import { Empty, Failure, Loading } from "@/parts/States";

const CRUMBS: [string, string][] = [["Runs", "/runs"]];

export default function CompareRuns() {
  const [query, change] = useQueryState();
  const runs = useRuns();
  const left = query["left"] ?? "";
  const right = query["right"] ?? "";
  const found = useComparison(left, right);
  const name = (id: string) => runs.data?.items.find((run) => run.run_id === id)?.label ?? id;
  return (
    <Page title="Compare" crumbs={CRUMBS}>
      <div className="compare-pick">
        {(["left", "right"] as const).map((side) => (
          <Select.Root key={side} value={query[side] ?? ""} onValueChange={(value) => change({ [side]: value })}>
            <Select.Trigger placeholder="Choose a run" aria-label={side === "left" ? "Left run" : "Right run"} />
            <Select.Content>
              {runs.data?.items.map((run) => (
                <Select.Item key={run.run_id} value={run.run_id}>
                  {run.label ?? run.run_id}
                  {run.is_active ? " (active)" : ""}
                </Select.Item>
              ))}
            </Select.Content>
          </Select.Root>
        ))}
      </div>
      {!left || !right || left === right ? (
        <Empty icon={GitCompareArrows} title="Choose two runs">
          <p>Their events are matched by the reports that they share.</p>
        </Empty>
      ) : found.isPending ? (
        <Loading />
      ) : found.isError ? (
        isMissing(found.error) ? (
          <Empty icon={GitCompareArrows} title="One of them is empty">
            <p>A run can be compared as soon as a business date has been processed in it.</p>
          </Empty>
        ) : (
          <Failure error={found.error} retry={() => void found.refetch()} />
        )
      ) : (
        <Sides comparison={found.data} left={name(left)} right={name(right)} leftId={left} rightId={right} />
      )}
    </Page>
  );
}

interface SidesProps {
  comparison: Comparison;
  left: string;
  right: string;
  leftId: string;
  rightId: string;
}

function Sides({ comparison, left, right, leftId, rightId }: SidesProps) {
  const { left_totals: one, right_totals: two } = comparison;
  const causes = CAUSES.filter((cause) => one.by_cause[cause] || two.by_cause[cause]);
  const most = Math.max(...causes.map((cause) => Math.max(Math.abs(one.by_cause[cause] ?? 0), Math.abs(two.by_cause[cause] ?? 0))), 1);
  const differ = comparison.in_both.filter(
    (match) => match.cause_changed || match.status_changed || Math.abs(match.sales_delta_change) >= 1,
  ).length;
  return (
    <div className="stack wide">
      <Card title="In numbers" flush>
        <Table.Root size="1">
          <Table.Header>
            <Table.Row>
              <Table.ColumnHeaderCell>What</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell className="num">{left}</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell className="num">{right}</Table.ColumnHeaderCell>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            <NumberRow label="Events" a={count(one.events)} b={count(two.events)} />
            <NumberRow label="Reports" a={count(one.reports)} b={count(two.reports)} />
            <NumberRow label="Against expected" a={moneyDelta(one.sales_delta)} b={moneyDelta(two.sales_delta)} />
            {causes.map((cause) => (
              <Table.Row key={cause}>
                <Table.RowHeaderCell>{causeWord(cause)}</Table.RowHeaderCell>
                <Table.Cell className="num">
                  <Bar value={one.by_cause[cause] ?? 0} most={most} />
                </Table.Cell>
                <Table.Cell className="num">
                  <Bar value={two.by_cause[cause] ?? 0} most={most} />
                </Table.Cell>
              </Table.Row>
            ))}
          </Table.Body>
        </Table.Root>
      </Card>
      <Tabs.Root defaultValue="both">
        <Tabs.List>
          <Tabs.Trigger value="both">In both ({count(comparison.n_in_both)})</Tabs.Trigger>
          <Tabs.Trigger value="left">Only in {left} ({count(comparison.n_only_left)})</Tabs.Trigger>
          <Tabs.Trigger value="right">Only in {right} ({count(comparison.n_only_right)})</Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="both">
          <p className="small soft tab-note">
            {differ === 0 ? "They agree on every event." : `They differ on ${count(differ)}.`}
            {comparison.n_cause_changed > 0 && ` The cause differs on ${count(comparison.n_cause_changed)}.`}
            {comparison.n_in_both > comparison.in_both.length && ` Shown: the ${count(comparison.in_both.length)} that changed most in money.`}
          </p>
          <Matches matches={comparison.in_both} left={left} right={right} runId={rightId} />
        </Tabs.Content>
        <Tabs.Content value="left">
          <Only events={comparison.only_left} runId={leftId} />
        </Tabs.Content>
        <Tabs.Content value="right">
          <Only events={comparison.only_right} runId={rightId} />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}

function NumberRow({ label, a, b }: { label: string; a: string; b: string }) {
  return (
    <Table.Row>
      <Table.RowHeaderCell>{label}</Table.RowHeaderCell>
      <Table.Cell className="num">{a}</Table.Cell>
      <Table.Cell className="num">{b}</Table.Cell>
    </Table.Row>
  );
}

function Bar({ value, most }: { value: number; most: number }) {
  return (
    <span className="cause-bar">
      <span className={value >= 0 ? "fill-up" : "fill-down"} style={{ width: `${(Math.abs(value) / most) * 100}%` }} aria-hidden="true" />
      <span>{value ? moneyDelta(value) : "–"}</span>
    </span>
  );
}

const MOST_ROWS = 200;

function Seen({ event, runId }: { event: Pick<Event, "report_group_id" | "name">; runId: string }) {
  return (
    <Link className="link" href={`/events/${event.report_group_id}?run_id=${encodeURIComponent(runId)}`}>
      {localDates(event.name)}
    </Link>
  );
}

function Matches({ matches, left, right, runId }: { matches: readonly EventMatch[]; left: string; right: string; runId: string }) {
  return (
    <DataTable
      label="Events in both runs"
      rows={matches.slice(0, MOST_ROWS)}
      keyOf={(match) => match.right.report_group_id + match.left.report_group_id}
      columns={[
        { head: "Event", cell: (match) => <Seen event={match.right} runId={runId} /> },
        {
          head: "Cause",
          cell: (match) =>
            match.cause_changed ? (
              <span className="row">
                <span className="soft">{causeWord(match.left.cause)}</span>
                <ArrowRight size={12} aria-label="becomes" />
                <strong>{causeWord(match.right.cause)}</strong>
              </span>
            ) : (
              causeWord(match.right.cause)
            ),
        },
        { head: left, kind: "num", cell: (match) => <Delta value={match.left.sales_delta} /> },
        { head: right, kind: "num", cell: (match) => <Delta value={match.right.sales_delta} /> },
        { head: "Change", kind: "num", cell: (match) => moneyDelta(match.sales_delta_change) },
        { head: "Shared reports", kind: "num", cell: (match) => percent(match.shared_reports) },
      ]}
    />
  );
}

function Only({ events, runId }: { events: readonly Event[]; runId: string }) {
  if (!events.length) return <p className="small soft tab-note">None.</p>;
  return (
    <DataTable
      label="Events in one run"
      rows={events.slice(0, MOST_ROWS)}
      keyOf={(event) => event.report_group_id}
      columns={[
        { head: "Event", cell: (event) => <Seen event={event} runId={runId} /> },
        { head: "When", kind: "nowrap", cell: (event) => dayRange(event.first_detected_at, event.last_detected_at) },
        { head: "Cause", cell: (event) => causeWord(event.cause) },
        { head: "Against expected", kind: "num", cell: (event) => <Delta value={event.sales_delta} direction={event.direction} /> },
      ]}
    />
  );
}
