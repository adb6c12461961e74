// One minority report: the store's sales and what went on around it, the score and its parts, the lineage, the decision.
import { useMemo, useState } from "react";
import { SegmentedControl } from "@radix-ui/themes";
import { Link, useParams } from "wouter";
import { Page } from "@/app/Page";
import { useReport, useReportHistory, useReportSeries } from "@/api/queries";
import type { ReportDetail } from "@/api/types";
import { DecideButtons } from "@/decide/DecideButtons";
import { ofReports } from "@/decide/subject";
import { type Decision, useDecide } from "@/decide/useDecide";
import { candidatesOf, Candidates } from "@/event/Candidates";
import { EditsList } from "@/event/EditsList";
import { HowOftenRight } from "@/event/HowOftenRight";
import { day, dayRange, daysBetween, localDates, percent, percentDelta, plural } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { useHref, useScope } from "@/lib/location";
import { overlaid, pendingWord, useQueuedById } from "@/lib/queued";
import { decidedBefore } from "@/lib/sentence";
import { CauseBadge, DegradedBadge, isDecided, Money, PendingBadge, StatusBadge } from "@/parts/Badges";
import { Card, Fact, NewLevel } from "@/parts/Card";
import { History } from "@/parts/History";
import { Severity } from "@/parts/Severity";
import { Failure, Loading } from "@/parts/States";
import { ReportChart } from "./ReportChart";
import { Score } from "./Score";

const CRUMBS: [string, string][] = [["Reports", "/reports"]];
const DAYS_BACK = 900;

export default function ReportPage() {
  const { id = "" } = useParams<{ id: string }>();
  const found = useReport(useScope(), id);
  if (!found.data)
    return (
      <Page title="Report" crumbs={CRUMBS}>
        {found.isPending ? <Loading rows={12} height={28} /> : <Failure what="report" error={found.error} retry={() => void found.refetch()} />}
      </Page>
    );
  return <Loaded report={found.data} />;
}

function back(from: string, days: number): string {
  return new Date(Date.parse(`${from.slice(0, 10)}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

function Loaded({ report: loaded }: { report: ReportDetail }) {
  const scope = useScope();
  const href = useHref();
  const queued = useQueuedById().get(loaded.report_id);
  const report = overlaid(loaded, queued);
  const [span, setSpan] = useState<"near" | "all">("near");
  const series = useReportSeries(scope, report.report_id, span === "all" ? { from: back(report.last_detected_at, DAYS_BACK) } : {});
  const history = useReportHistory(scope, report.report_id);
  const candidates = useMemo(() => candidatesOf(history.data?.items ?? []), [history.data]);
  const { may, whyNot, decide, dialog } = useDecide();
  const act = (decision: Decision) => decide(decision, ofReports([report], candidates));
  useKeys({ a: () => act("approve"), c: () => act("set_cause"), r: () => act("reject"), n: () => act("comment") });
  const pending = pendingWord(queued, report.pending);
  const change = report.expected_sales > 0 ? report.sales_delta / report.expected_sales : null;

  return (
    <Page
      title={`Store ${report.store_id}`}
      crumbs={CRUMBS}
      actions={<DecideButtons about="report" decided={isDecided(report.report_status)} may={may} whyNot={whyNot} decide={act} />}
    >
      <div className="lede">
        <div className="row wrap">
          <Severity value={report.severity} />
          <StatusBadge status={report.report_status} />
          {pending && <PendingBadge label={pending} />}
          <CauseBadge cause={report.cause} source={report.cause_source} confidence={report.cause_confidence} />
          {report.is_degraded && <DegradedBadge inputs={report.degraded_inputs} />}
          {report.report_group_id && (
            <Link className="link small" href={href(`/events/${report.report_group_id}`)}>
              Its event
            </Link>
          )}
        </div>
        <p className="lede-text">
          Store {report.store_id}
          {report.region && ` in ${report.region}`}
          {change != null && ` sold ${percent(Math.abs(change))} ${report.direction === "up" ? "more" : "less"} than expected`},{" "}
          {dayRange(report.first_detected_at, report.last_detected_at)}. {decidedBefore(report)}
          {localDates(report.sentence ?? "")}
        </p>
        <dl className="facts">
          <Fact label="Against expected">
            <span className={report.direction === "up" ? "delta-up" : "delta-down"}><Money delta value={report.sales_delta} /></span>
          </Fact>
          <Fact label="Change">{change == null ? "not known" : percentDelta(change)}</Fact>
          <Fact label="Observed"><Money value={report.observed_sales} /></Fact>
          <Fact label="Expected"><Money value={report.expected_sales} /></Fact>
          <Fact label="When">
            {dayRange(report.first_detected_at, report.last_detected_at)}
            <span className="soft"> · {plural(daysBetween(report.first_detected_at, report.last_detected_at), "day")}</span>
          </Fact>
          {report.began_at && report.began_at < report.first_detected_at && <Fact label="Sales are adjusted from">{day(report.began_at)}</Fact>}
          <Fact label="Retailer">{report.retailer ?? "not known"}</Fact>
          <Fact label="Anomaly score">{percent(report.anomaly_score)}</Fact>
          {report.lasting_since && <NewLevel since={report.lasting_since} last={report.last_detected_at} />}
        </dl>
      </div>
      <div className="columns">
        <div className="column-main">
          <Card
            order={1}
            title="Sales"
            side={
              <SegmentedControl.Root size="1" value={span} onValueChange={(next) => setSpan(next as typeof span)} aria-label="Days shown">
                <SegmentedControl.Item value="near">Around it</SegmentedControl.Item>
                <SegmentedControl.Item value="all">{plural(DAYS_BACK, "day")}</SegmentedControl.Item>
              </SegmentedControl.Root>
            }
          >
            {series.data ? (
              <ReportChart report={report} series={series.data} candidates={candidates} />
            ) : series.isError ? (
              <Failure error={series.error} retry={() => void series.refetch()} />
            ) : (
              <Loading rows={6} height={36} />
            )}
          </Card>
          <Card order={8} title="Lineage, from log to log">
            {history.data ? <History items={history.data.items} /> : history.isError ? <Failure error={history.error} /> : <Loading rows={5} />}
          </Card>
        </div>
        <div className="column-side">
          <Card order={2} title="Candidate causes">
            {history.isPending ? <Loading rows={4} /> : <Candidates candidates={candidates} inForce={report.cause} />}
            <HowOftenRight sure={candidates[0]?.confidence} />
          </Card>
          <Card order={3} title="Score and its parts">
            <Score report={report} history={history.data?.items ?? []} line={series.data?.line} />
          </Card>
          <Card order={6} title="Decisions and comments">
            <EditsList edits={report.edits} />
          </Card>
        </div>
      </div>
      {dialog}
    </Page>
  );
}
