// One rereview: how far it is, what it would change, and the decision about that.
import { Button, Callout, Checkbox, Progress, SegmentedControl, Table } from "@radix-ui/themes";
import { ArrowRight } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "wouter";
import { Page } from "@/app/Page";
import { useDecideRereview, useDifference, useRereview } from "@/api/rereviews";
import type { Difference } from "@/api/types";
import { useMay } from "@/decide/useDecide";
import { confidence, count, localDates, percent, plural, stamp } from "@/lib/format";
import { useHref, useScope } from "@/lib/location";
import { causeWord, sentenceCase } from "@/lib/words";
import { Delta, Money } from "@/parts/Badges";
import { Card, Fact } from "@/parts/Card";
import { DataTable } from "@/parts/DataTable";
import { Failure, Loading, message } from "@/parts/States";
import { RereviewStatus } from "./Rereviews";
import { selectionWords } from "./selection";

const CRUMBS: [string, string][] = [["Rereview", "/rereviews"]];

export default function RereviewPage() {
  const { id = "" } = useParams<{ id: string }>();
  const scope = useScope();
  const found = useRereview(scope, id);
  const ready = found.data?.status === "succeeded";
  const difference = useDifference(scope, id, ready);
  if (!found.data)
    return (
      <Page title="Rereview" crumbs={CRUMBS}>
        {found.isPending ? <Loading /> : <Failure what="rereview" error={found.error} retry={() => void found.refetch()} />}
      </Page>
    );
  const rereview = found.data;
  const models = Object.entries(rereview.models).filter(([, value]) => value != null);
  return (
    <Page title={selectionWords(rereview.selection)} crumbs={CRUMBS}>
      <div className="lede">
        <div className="row wrap">
          <RereviewStatus rereview={rereview} />
          <span className="small soft">
            {rereview.requested_by}, {stamp(rereview.requested_at)}
          </span>
        </div>
        {rereview.reason && <p className="lede-text">“{rereview.reason}”</p>}
        <p className="small soft">
          {plural(rereview.n_reports, "report")}
          {models.length > 0 && ` · ${models.map(([key, value]) => `${sentenceCase(key)}: ${String(value)}`).join(" · ")}`}
        </p>
      </div>
      {rereview.status === "running" && (
        <Card title={rereview.stage ? `Running: ${sentenceCase(rereview.stage)}` : "Running"}>
          <Progress value={rereview.progress * 100} size="3" aria-label="Progress" />
          <p className="small soft tnum progress-text">{percent(rereview.progress)}</p>
        </Card>
      )}
      {rereview.status === "failed" && (
        <Callout.Root highContrast color="red" role="alert">
          <Callout.Text>{rereview.error ?? "It failed, and nothing was changed."}</Callout.Text>
        </Callout.Root>
      )}
      {ready &&
        (difference.data ? (
          <Before difference={difference.data} id={id} decided={!!rereview.decision} />
        ) : difference.isError ? (
          <Failure error={difference.error} retry={() => void difference.refetch()} />
        ) : (
          <Loading />
        ))}
    </Page>
  );
}

const AT_FIRST = 100;

function Before({ difference, id, decided }: { difference: Difference; id: string; decided: boolean }) {
  const href = useHref();
  const { may, whyNot } = useMay();
  const decide = useDecideRereview(id);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const [every, setEvery] = useState(false);
  const changed = difference.reports.filter((one) => one.changed && !one.decided);
  const chosen = changed.filter((one) => !left.has(one.report_id));
  const toggle = (report: string) => {
    const next = new Set(left);
    if (!next.delete(report)) next.add(report);
    setLeft(next);
  };
  const accept = () =>
    decide.mutate({ decision: "accept", report_ids: left.size ? chosen.map((one) => one.report_id) : null });
  // Where the model now says otherwise: what changes, and what would, had a person not decided.
  const telling = difference.reports.filter((one) => one.changed || (one.decided && one.cause_before !== one.cause_after));
  const reports = every ? difference.reports : telling;
  const events = difference.events.filter((one) => every || one.n_changed > 0);
  const shown = all ? reports : reports.slice(0, AT_FIRST);
  return (
    <div className="stack wide">
      <dl className="facts card card-body">
        <Fact label="Causes that change">{count(difference.n_changed)}</Fact>
        <Fact label="Money concerned">
          <Money value={difference.sales_delta_changed} />
        </Fact>
        <Fact label="Against a person's decision">{count(difference.n_decided)}</Fact>
      </dl>
      {difference.n_decided > 0 && (
        <Callout.Root highContrast color="amber" size="1">
          <Callout.Text>
            For {plural(difference.n_decided, "report")} the new model disagrees with a person's decision. The decision stays.
          </Callout.Text>
        </Callout.Root>
      )}
      {decide.isError && (
        <Callout.Root highContrast color="red" size="1" role="alert">
          <Callout.Text>{message(decide.error)}</Callout.Text>
        </Callout.Root>
      )}
      {!decided && (
        <div className="row">
          <Button disabled={!may || !chosen.length} title={whyNot} loading={decide.isPending} onClick={accept}>
            Accept {plural(chosen.length, "change")}
          </Button>
          <Button variant="soft" color="gray" disabled={!may} title={whyNot} loading={decide.isPending} onClick={() => decide.mutate({ decision: "dismiss" })}>
            Dismiss
          </Button>
        </div>
      )}
      {events.length > 0 && (
        <Card title="By event" flush>
          <DataTable
            label="Difference by event"
            rows={events}
            keyOf={(event) => event.report_group_id}
            columns={[
              {
              head: "Event",
              cell: (event) => (
                <Link className="link" href={href(`/events/${event.report_group_id}`)}>
                  {localDates(event.name)}
                </Link>
              ),
            },
              { head: "Cause before and after", cell: (event) => <Change before={event.cause_before} after={event.cause_after} /> },
              { head: "Reports that change", kind: "num", cell: (event) => `${count(event.n_changed)} of ${count(event.n_reports)}` },
              { head: "Against expected", kind: "num", cell: (event) => <Delta value={event.sales_delta} /> },
            ]}
          />
        </Card>
      )}
      <Card
        title="By report"
        flush
        side={
          <SegmentedControl.Root size="1" value={every ? "every" : "changes"} onValueChange={(next) => setEvery(next === "every")} aria-label="Which reports">
            <SegmentedControl.Item value="changes">Says otherwise {count(telling.length)}</SegmentedControl.Item>
            <SegmentedControl.Item value="every">All {count(difference.reports.length)}</SegmentedControl.Item>
          </SegmentedControl.Root>
        }
      >
        {reports.length === 0 && <p className="card-body small soft">The new model says the same of every report.</p>}
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Difference by report">
          <Table.Root size="1">
            <Table.Header>
              <Table.Row>
                {!decided && <Table.ColumnHeaderCell>Accept</Table.ColumnHeaderCell>}
                <Table.ColumnHeaderCell>Store</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell>Cause before and after</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Confidence</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Against expected</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell>Note</Table.ColumnHeaderCell>
              </Table.Row>
            </Table.Header>
            <Table.Body>
              {shown.map((report) => (
                <Table.Row key={report.report_id}>
                  {!decided && (
                    <Table.Cell>
                      <Checkbox
                        size="1"
                        aria-label={`Accept for store ${report.store_id}`}
                        disabled={!report.changed || report.decided}
                        checked={report.changed && !report.decided && !left.has(report.report_id)}
                        onCheckedChange={() => toggle(report.report_id)}
                      />
                    </Table.Cell>
                  )}
                  <Table.RowHeaderCell>
                    <Link className="link" href={href(`/reports/${report.report_id}`)}>
                      {report.store_id}
                    </Link>
                  </Table.RowHeaderCell>
                  <Table.Cell>
                    <Change before={report.cause_before} after={report.cause_after} />
                  </Table.Cell>
                  <Table.Cell className="num nowrap">
                    {report.confidence_before == null ? "–" : confidence(report.confidence_before)} → {report.confidence_after == null ? "–" : confidence(report.confidence_after)}
                  </Table.Cell>
                  <Table.Cell className="num">
                    <Delta value={report.sales_delta} />
                  </Table.Cell>
                  <Table.Cell className="small soft">{report.decided ? "decided by a person: stays" : report.changed ? "" : "unchanged"}</Table.Cell>
                </Table.Row>
              ))}
            </Table.Body>
          </Table.Root>
        </div>
        {!all && reports.length > AT_FIRST && (
          <div className="card-body">
            <Button size="1" variant="soft" color="gray" onClick={() => setAll(true)}>
              Show all {count(reports.length)}
            </Button>
          </div>
        )}
      </Card>
    </div>
  );
}

function Change({ before, after }: { before: string | null; after: string | null }) {
  if (before === after) return <span className="soft">{causeWord(after)}</span>;
  return (
    <span className="row">
      <span className="soft">{causeWord(before)}</span>
      <ArrowRight size={12} aria-label="becomes" />
      <strong>{causeWord(after)}</strong>
    </span>
  );
}
