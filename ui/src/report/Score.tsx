// How anomalous: the episode's score, day by day, and how it resembles the others of its cluster.
import type { Line, LogRow, Report } from "@/api/types";
import { day, decimal, percent } from "@/lib/format";

interface Props {
  report: Report;
  history: readonly LogRow[];
  line: Line | undefined;
}

const SIMILARITIES: [column: string, label: string][] = [
  ["similarity", "To its cluster"],
  ["temporal_similarity", "In time"],
  ["spatial_similarity", "In place"],
  ["shape_similarity", "In shape"],
  ["magnitude_similarity", "In size"],
];

export function Score({ report, history, line }: Props) {
  const clustered = history.findLast((one) => one.dataset === "minority_reports_clustered_log" && !one.row["rereview_id"]);
  const detected = history.findLast((one) => one.dataset === "minority_reports_detected_log");
  const days = line ? episode(report, line) : [];
  const peak = detected?.row["peak_z"];
  return (
    <div className="stack">
      <Meter label="Anomaly score of the episode" value={report.anomaly_score} />
      <Meter label="Severity" value={report.severity} />
      {typeof peak === "number" && (
        <p className="small tnum">
          Largest daily deviation: <strong>{decimal(peak, 1)}</strong> times its usual spread
        </p>
      )}
      {days.length > 0 && (
        <div>
          <h3 className="part-title">Day by day</h3>
          <ul className="score-days" aria-label="Score of each day">
            {days.map(({ date, score, anomalous }) => (
              <li key={date} title={`${day(date)}: ${score == null ? "no score" : decimal(score)}`}>
                <span className={anomalous ? "score-bar on" : "score-bar"} style={{ height: `${Math.max(4, (score ?? 0) * 100)}%` }} />
                <span className="sr-only">
                  {day(date)}: {score == null ? "no score" : decimal(score)}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {clustered && (
        <div className="stack tight">
          <h3 className="part-title">Likeness to others</h3>
          {SIMILARITIES.map(([column, label]) => {
            const value = clustered.row[column];
            return <Meter key={column} label={label} value={typeof value === "number" ? value : null} />;
          })}
        </div>
      )}
    </div>
  );
}

function Meter({ label, value }: { label: string; value: number | null }) {
  return (
    <div className="meter">
      <span className="small">{label}</span>
      <span className="small tnum">{value == null ? "not known" : percent(value)}</span>
      <span className="meter-track" aria-hidden="true">
        <span style={{ width: percentWidth(value ?? 0) }} />
      </span>
    </div>
  );
}

const percentWidth = (share: number): string => `${Math.min(100, share * 100)}%`;

function episode(report: Report, line: Line): { date: string; score: number | null; anomalous: boolean }[] {
  return line.dates
    .map((date, index) => ({ date, score: line.score[index] ?? null, anomalous: line.is_anomalous[index] ?? false }))
    .filter(({ date }) => date >= report.first_detected_at.slice(0, 10) && date <= report.last_detected_at.slice(0, 10))
    .slice(-60);
}
