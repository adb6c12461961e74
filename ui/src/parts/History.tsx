// The lineage: what the logs say about an object, tick by tick, and the edits of people among it.
import { Button, Code } from "@radix-ui/themes";
import { Cpu, UserRound } from "lucide-react";
import { useState } from "react";
import type { LogRow } from "@/api/types";
import { describeLogged } from "@/lib/describe";
import { day, decimal, moneyDelta, percent, stamp } from "@/lib/format";
import { causeWord, sentenceCase } from "@/lib/words";

const AT_FIRST = 40;

export function History({ items }: { items: readonly LogRow[] }) {
  const [all, setAll] = useState(false);
  const newest = [...items].reverse();
  const shown = all ? newest : newest.slice(0, AT_FIRST);
  return (
    <div>
      <ol className="history">
        {shown.map((row, index) => (
          <Row key={index} row={row} />
        ))}
      </ol>
      {!all && newest.length > AT_FIRST && (
        <Button size="1" variant="soft" color="gray" onClick={() => setAll(true)}>
          Show all {newest.length} rows
        </Button>
      )}
    </div>
  );
}

function Row({ row }: { row: LogRow }) {
  const [open, setOpen] = useState(false);
  const person = typeof row.row["author"] === "string" ? row.row["author"] : null;
  return (
    <li className={person ? "by-person" : ""}>
      <span className="history-icon" aria-hidden="true">
        {person ? <UserRound size={13} /> : <Cpu size={13} />}
      </span>
      <div className="grow">
        <button type="button" className="history-line" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span className="history-log mono">{row.short ?? row.dataset}</span>
          <span className="grow">{summary(row)}</span>
          <span className="soft small nowrap" title={stamp(row.written_at)}>
            {person ? stamp(row.written_at) : day(row.tick)}
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

function summary({ dataset, row }: LogRow): string {
  const text = (key: string) => String(row[key] ?? "");
  const number = (key: string) => Number(row[key] ?? 0);
  switch (dataset) {
    case "minority_reports_detected_log":
      return `Detected, ${text("report_status")}: ${moneyDelta(number("sales_delta"))}, score ${decimal(number("anomaly_score"))}`;
    case "minority_reports_clustered_log":
      return row["is_noise"] ? "Stands alone" : `In a cluster, similarity ${decimal(number("similarity"))}`;
    case "minority_reports_proposed_attribution_log":
      return `Proposed ${causeWord(text("cause"))}, ${percent(number("confidence"))} (rank ${text("rank")})`;
    case "minority_reports_cohorted_log":
      return row["merged_into"] ? "Its event was merged into another" : `Member of its event, score ${decimal(number("membership_score"))}`;
    case "minority_event_log":
      return "The event was registered";
    case "minority_reports_finalised_log":
      return `Finalised: ${causeWord(text("cause"))} by ${sentenceCase(text("cause_source")).toLowerCase()}, ${text("final_status")}`;
    case "user_edits_log":
    case "user_minority_events_edits_log":
      return `${text("author")} ${describeLogged({ action: text("action"), cause: (row["cause"] as string | null) ?? null, value: opened(row["value"]) })}${note(row)}`;
    case "ui_notifications_log":
      return `Alert by ${text("channel")} to ${text("delivered_to")}: ${text("delivery_status")} (${text("trigger_condition")})`;
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
