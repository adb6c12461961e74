// All reports as a dense table: filter, sort, select, decide.
import { Checkbox } from "@radix-ui/themes";
import { SearchX } from "lucide-react";
import { useCallback, useMemo, useRef } from "react";
import { Link } from "wouter";
import { Page } from "@/app/Page";
import { type ReportsBy, useReportGroups } from "@/api/overview";
import { everyReport, itemsOf, useReports } from "@/api/queries";
import type { Report } from "@/api/types";
import { ofReports } from "@/decide/subject";
import { type Decision, useDecide } from "@/decide/useDecide";
import { BulkBar, MOST_SELECTED } from "@/inbox/BulkBar";
import { DownloadThese } from "@/inbox/DownloadThese";
import { FilterBar, ListHead, TotalsLine } from "@/inbox/FilterBar";
import { reportFilters } from "@/inbox/filters";
import { type GroupKind, groupOf, GroupMenu, GroupTable } from "@/inbox/GroupTable";
import { onRow } from "@/inbox/onRow";
import { useRemembered } from "@/inbox/useRemembered";
import { useSelection } from "@/inbox/useSelection";
import { type ListHandle, VirtualList } from "@/inbox/VirtualList";
import { dayRange } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { useGo, useHref, useQueryState, useScope, useSeenList } from "@/lib/location";
import { useMedia } from "@/lib/useMedia";
import { overlaid, pendingWord, useQueuedById } from "@/lib/queued";
import { causeWord, statusWord } from "@/lib/words";
import { CauseBadge, Delta, PendingBadge, StatusBadge } from "@/parts/Badges";
import { Severity } from "@/parts/Severity";
import { ExportMenu } from "@/parts/ExportMenu";
import { Empty, Failure, Loading } from "@/parts/States";

const NONE: Report[] = [];
const COLUMNS = [
  "report_id", "store_id", "region", "retailer", "report_status", "first_detected_at", "last_detected_at", "direction", "sales_delta", "observed_sales",
  "expected_sales", "anomaly_score", "severity", "cause", "cause_source", "cause_confidence", "report_group_id", "sentence",
] as const;
const idOf = (report: Report): string => report.report_id;
const KINDS: readonly GroupKind<ReportsBy>[] = [
  { by: "report_group_id", label: "Event", filter: "event" },
  { by: "region", label: "Region", filter: "region" },
  { by: "cause", label: "Cause", filter: "cause", word: causeWord },
  { by: "retailer", label: "Retailer", filter: "retailer" },
  { by: "report_status", label: "Status", filter: "status", word: statusWord },
];
const ACTIONS: readonly Decision[] = ["approve", "set_cause", "reject"];

export default function Reports() {
  const scope = useScope();
  useSeenList("/reports");
  const [query] = useQueryState();
  const go = useGo();
  const href = useHref();
  const list = useRef<ListHandle>(null);
  const filters = useMemo(() => reportFilters(query), [query]);
  const found = useReports(scope, filters);
  const reports = useMemo(() => (found.data ? itemsOf(found.data.pages) : NONE), [found.data]);
  const totals = found.data?.pages[0]?.totals;
  const queued = useQueuedById();
  const grouped = groupOf(KINDS, query["by"]);
  const groups = useReportGroups(scope, filters, grouped?.by);
  const ids = useMemo(() => reports.map((report) => report.report_id), [reports]);
  const selection = useSelection(reports, idOf);
  const [activeId, setActiveId] = useRemembered("reports", ids, list);
  const everything = () => everyReport(scope, filters, MOST_SELECTED);
  const opens = useMedia("(max-width: 1179px), (hover: none)");
  const at = Math.max(0, ids.indexOf(activeId ?? ""));
  const { may, whyNot, decide, dialog } = useDecide();

  const move = (step: number) => {
    const next = Math.max(0, Math.min(ids.length - 1, activeId ? at + step : 0));
    const id = ids[next];
    if (!id) return;
    setActiveId(id);
    list.current?.show(next);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus({ preventScroll: true }));
  };
  const act = (decision: Decision) => {
    const active = reports[at];
    const chosen = selection.size ? selection.items : active && activeId ? [active] : [];
    decide(decision, ofReports(chosen), selection.clear);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => activeId && go(`/reports/${activeId}`),
    x: () => activeId && selection.toggle(activeId, false),
    Escape: selection.clear,
    "Ctrl+a": selection.all,
    a: () => act("approve"),
    c: () => act("set_cause"),
    r: () => act("reject"),
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <Page title="Reports" bare actions={<ExportMenu />}>
      <section className="list-pane" aria-label="List of reports">
        <FilterBar kind="reports" />
        <ListHead groups={<GroupMenu kinds={KINDS} />} tools={<DownloadThese name="reports" columns={COLUMNS} rows={everything} />}>{totals && <TotalsLine totals={totals} what="report" />}</ListHead>
        {grouped ? (
          groups.data ? (
            <GroupTable kind={grouped} groups={groups.data} what="Reports" />
          ) : groups.isError ? (
            <Failure error={groups.error} retry={() => void groups.refetch()} />
          ) : (
            <Loading rows={8} height={28} />
          )
        ) : found.isPending ? (
          <Loading rows={14} height={24} />
        ) : found.isError && !found.data ? (
          <Failure error={found.error} retry={() => void found.refetch()} />
        ) : reports.length === 0 ? (
          <Empty icon={SearchX} title="No reports">
            <p>Nothing fits these filters, or the run has not processed a business date yet.</p>
          </Empty>
        ) : (
          <VirtualList
            ref={list}
            items={reports}
            label="Reports"
            estimate={45}
            keyOf={(report) => report.report_id}
            total={totals?.rows ?? reports.length}
            onEnd={more}
            row={(one) => {
              const mine = queued.get(one.report_id);
              const report = overlaid(one, mine);
              const pending = pendingWord(mine, report.pending);
              const id = report.report_id;
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is for the keyboard.
                // biome-ignore lint/a11y/noStaticElementInteractions: likewise.
                <div
                  className={`report-row${id === activeId ? " active" : ""}${selection.has(id) ? " selected" : ""}`}
                  onPointerDown={() => setActiveId(id)}
                  onClick={(click) => onRow(click, () => selection.toggle(id, true), opens ? () => go(`/reports/${id}`) : undefined)}
                >
                  <Checkbox size="1" checked={selection.has(id)} aria-label={`Select store ${report.store_id}`} onClick={(e) => selection.toggle(id, e.shiftKey)} />
                  <Severity value={report.severity} />
                  <Link href={href(`/reports/${id}`)} className="row-link report-store" data-row={id} onFocus={() => setActiveId(id)}>
                    Store {report.store_id}
                  </Link>
                  <span className="soft small truncate report-region">{report.region ?? "–"}</span>
                  <span className="small nowrap report-when tnum">{dayRange(report.first_detected_at, report.last_detected_at)}</span>
                  <span className="report-cause">
                    <CauseBadge cause={report.cause} source={report.cause_source} confidence={report.cause_confidence} />
                  </span>
                  <span className="report-status row">
                    <StatusBadge status={report.report_status} />
                    {pending && <PendingBadge label={pending} />}
                  </span>
                  <span className="report-money">
                    <Delta value={report.sales_delta} direction={report.direction} />
                  </span>
                </div>
              );
            }}
          />
        )}
        <BulkBar
          selection={selection}
          shown={reports.length}
          fitting={totals?.rows ?? 0}
          may={may}
          whyNot={whyNot}
          act={act}
          everything={everything}
          actions={ACTIONS}
        />
      </section>
      {dialog}
    </Page>
  );
}
