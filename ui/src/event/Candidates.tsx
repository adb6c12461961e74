// The candidate causes with how sure the model is, and the evidence of the one looked at.
import { useMemo, useState } from "react";
import type { LogRow } from "@/api/types";
import { type Candidate, readEvidence } from "@/lib/evidence";
import { confidence, localDates } from "@/lib/format";
import { causeWord } from "@/lib/words";
import { EvidenceList } from "./EvidenceList";

export interface CandidateCause extends Candidate {
  evidence: unknown;
}

const MRPAL = "minority_reports_proposed_attribution_log";

/** The candidates of the newest proposal among a report's log rows, what is named first; those of a rereview do not count. */
export function candidatesOf(history: readonly LogRow[]): CandidateCause[] {
  const rows = history.filter((one) => one.dataset === MRPAL && !one.row["rereview_id"]);
  const at = (one: LogRow) => one.tick + one.written_at;
  const newest = rows.map(at).sort().at(-1);
  return rows
    .filter((one) => at(one) === newest)
    .sort((a, b) => Number(a.row["rank"]) - Number(b.row["rank"]))
    .map((one) => ({
      cause: String(one.row["cause"]),
      confidence: Number(one.row["confidence"]),
      unseen: one.row["is_unseen"] === true,
      evidence: one.row["evidence"],
    }));
}

interface Props {
  candidates: readonly CandidateCause[];
  inForce: string;
  /** How many stores the event has. */
  stores?: number;
  onLook?: (cause: string) => void;
}

export function Candidates({ candidates, inForce, stores, onLook }: Props) {
  const [looked, setLooked] = useState<string | null>(null);
  const at = looked ?? candidates[0]?.cause;
  const shown = candidates.find((one) => one.cause === at);
  const sentence = useMemo(() => localDates(readEvidence(shown?.evidence).sentence), [shown]);
  if (!candidates.length) return <p className="small soft">The model has proposed no cause yet.</p>;
  return (
    <div className="stack">
      <ul className="candidates">
        {candidates.map((one) => (
          <li key={one.cause}>
            <button
              type="button"
              aria-pressed={one.cause === at}
              onClick={() => {
                setLooked(one.cause);
                onLook?.(one.cause);
              }}
            >
              <span className="candidate-bar" style={{ width: percentWidth(one.confidence) }} aria-hidden="true" />
              <span className="grow truncate">
                {causeWord(one.cause)}
                {one.cause === inForce && <span className="small soft"> · in force</span>}
                {one.unseen && <span className="small soft"> · no feed shows it</span>}
              </span>
              <span className="tnum">{confidence(one.confidence)}</span>
            </button>
          </li>
        ))}
      </ul>
      {sentence && <p className="small evidence-sentence">{sentence}</p>}
      <EvidenceList evidence={shown?.evidence} stores={stores} />
    </div>
  );
}

const percentWidth = (share: number): string => `${Math.max(1, share * 100)}%`;
