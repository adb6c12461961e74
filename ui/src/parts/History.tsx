// The lineage: what the logs say about an object, tick by tick, and the edits of people among it.
import { Button, Code, SegmentedControl } from "@radix-ui/themes";
import { Cpu, UserRound } from "lucide-react";
import { useMemo, useState } from "react";
import type { LogRow } from "@/api/types";
import { describeLogged } from "@/lib/describe";
import { count, day, moneyDelta, percent, stamp } from "@/lib/format";
import { recipientWord, triggerWord } from "@/lib/alertWords";
import { causeWord, sentenceCase, sourceWord, statusWord } from "@/lib/words";

/** What each log tells of, in a word; its own name is in its title. */
const LOGS: Record<string, string> = {
  minority_reports_detected_log: "Detection",
  minority_reports_clustered_log: "Clustering",
  minority_reports_proposed_attribution_log: "Cause",
  minority_reports_cohorted_log: "Event",
  minority_event_log: "Event",
  minority_reports_finalised_log: "Result",
  user_edits_log: "Decision",
  user_minority_events_edits_log: "Decision",
  ui_notifications_log: "Alert",
};
const AT_FIRST = 30;

interface Line {
  row: LogRow;
  times: number;
}

/** What makes a row tell something new about its object; numbers that drift from day to day do not. */
const TELLING: Record<string, readonly string[]> = {
  minority_reports_detected_log: ["report_status", "direction"],
  minority_reports_clustered_log: ["is_noise", "rereview_id"],
  minority_reports_proposed_attribution_log: ["cause", "rereview_id"],
  minority_reports_cohorted_log: ["report_group_id", "merged_into"],
  minority_reports_finalised_log: ["cause", "cause_source", "final_status"],
};

function changesOnly(items: readonly LogRow[]): LogRow[] {
  const last = new Map<string, string>();
  return items.filter(({ dataset, row }) => {
    const telling = TELLING[dataset];
    if (!telling) return true;
    if (dataset === "minority_reports_proposed_attribution_log" && row["rank"] !== 1) return false;
    const key = `${dataset} ${String(row["report_id"] ?? "")}`;
    const says = telling.map((column) => String(row[column])).join(" ");
    if (last.get(key) === says) return false;
    last.set(key, says);
    return true;
  });
}

/** Rows of one log, tick and meaning as one line, the newest first. */
function lines(items: readonly LogRow[]): Line[] {
  const found = new Map<string, Line>();
  for (const row of items) {
    const told = TELLING[row.dataset]?.map((column) => row.row[column]) ?? [row.row];
    const key = JSON.stringify([row.dataset, row.tick, row.written_at, told, row.row["rank"]]);
    const line = found.get(key);
    if (line) line.times += 1;
    else found.set(key, { row, times: 1 });
  }
  return [...found.values()].reverse();
}

export function History({ items }: { items: readonly LogRow[] }) {
  const [all, setAll] = useState(false);
  const [every, setEvery] = useState(false);
  const told = useMemo(() => lines(every ? items : changesOnly(items)), [items, every]);
  const shown = all ? told : told.slice(0, AT_FIRST);
  return (
    <div className="stack">
      <SegmentedControl.Root size="1" value={every ? "every" : "changes"} onValueChange={(next) => setEvery(next === "every")} aria-label="Which rows" className="marks-switch">
        <SegmentedControl.Item value="changes">What changed</SegmentedControl.Item>
        <SegmentedControl.Item value="every">All {count(items.length)} rows</SegmentedControl.Item>
      </SegmentedControl.Root>
      <ol className="history">
        {shown.map(({ row, times }) => (
          <Row key={[row.dataset, row.tick, row.written_at, summary(row)].join()} row={row} times={times} />
        ))}
      </ol>
      {!all && told.length > AT_FIRST && (
        <div>
          <Button size="1" variant="soft" color="gray" onClick={() => setAll(true)}>
            Show {count(told.length - AT_FIRST)} more
          </Button>
        </div>
      )}
    </div>
  );
}

function Row({ row, times }: Line) {
  const [open, setOpen] = useState(false);
  const person = typeof row.row["author"] === "string" ? row.row["author"] : null;
  return (
    <li className={person ? "by-person" : ""}>
      <span className="history-icon" aria-hidden="true">
        {person ? <UserRound size={13} /> : <Cpu size={13} />}
      </span>
      <div className="grow">
        <button type="button" className="history-line" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span className="history-log" title={row.short ? `${row.short}: ${row.dataset}` : row.dataset}>
            {LOGS[row.dataset] ?? sentenceCase(row.dataset)}
          </span>
          <span className="grow">
            {summary(row, times > 1)}
            {times > 1 && <span className="soft"> · {count(times)} reports</span>}
          </span>
          <span className="soft small nowrap history-when" title="Business date">
            {day(row.tick)}
          </span>
          <span className="soft small nowrap history-when" title="When it was written">
            {stamp(row.written_at)}
          </span>
        </button>
        {open && (
          <dl className="history-row mono">
            {Object.entries(row.row).map(([column, value]) => (
              <div key={column}>
                <dt>{column}</dt>
                <dd>{value === null ? "null" : typeof value === "object" ? <Code size="1">{JSON.stringify(value)}</Code> : String(value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  );
}

/** The row in words; without the numbers of one report where it stands for several. */
function summary({ dataset, row }: LogRow, several = false): string {
  const text = (key: string) => String(row[key] ?? "");
  const number = (key: string) => Number(row[key] ?? 0);
  switch (dataset) {
    case "minority_reports_detected_log":
      return several ? `Detected, ${statusWord(text("report_status")).toLowerCase()}` : `Detected, ${statusWord(text("report_status")).toLowerCase()}: ${moneyDelta(number("sales_delta"))}, score ${percent(number("anomaly_score"))}`;
    case "minority_reports_clustered_log":
      return row["is_noise"] ? "Stands alone" : several ? "In a cluster" : `In a cluster, similarity ${percent(number("similarity"))}`;
    case "minority_reports_proposed_attribution_log":
      return `Proposed ${causeWord(text("cause"))}${several ? "" : `, ${percent(number("confidence"))}`} (rank ${text("rank")})`;
    case "minority_reports_cohorted_log":
      return row["merged_into"] ? "Its event was merged into another" : several ? "Members of the event" : `Member of its event${row["membership_score"] ? `, how surely: ${percent(number("membership_score"))}` : ""}`;
    case "minority_event_log":
      return "The event was registered";
    case "minority_reports_finalised_log":
      return `Finalised: ${causeWord(text("cause"))} ${sourceWord(text("cause_source"))}, ${statusWord(text("final_status")).toLowerCase()}`;
    case "user_edits_log":
    case "user_minority_events_edits_log":
      return `${text("author")} ${describeLogged({ action: text("action"), cause: (row["cause"] as string | null) ?? null, value: opened(row["value"]) })}${note(row)}`;
    case "ui_notifications_log":
      return `${recipientWord({ channel: text("channel"), delivered_to: text("delivered_to") })}: ${text("delivery_status")}. ${triggerWord(text("trigger_condition"))}`;
    default:
      return sentenceCase(dataset);
  }
}

function opened(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value) return value as Record<string, unknown>;
  try {
    return JSON.parse(String(value ?? "{}")) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function note(row: Record<string, unknown>): string {
  const value = opened(row["value"]);
  const text = row["comment"] ?? value["comment"] ?? value["evidence"];
  return text ? `: “${String(text)}”` : "";
}
