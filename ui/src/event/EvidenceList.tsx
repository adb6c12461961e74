// The signals behind a cause: each value as a mark against its usual range, and how much it weighs.
import { decimal, percent, plural } from "@/lib/format";
import { type EvidenceSignal, readEvidence } from "@/lib/evidence";
import { sentenceCase } from "@/lib/words";

export function EvidenceList({ evidence, most = 20 }: { evidence: unknown; most?: number }) {
  const { signals } = readEvidence(evidence);
  if (!signals.length) return null;
  return (
    <ul className="evidence" aria-label="Evidence">
      {signals.slice(0, most).map((signal) => (
        <li key={signal.signal + signal.label}>
          <div className="spread">
            <span className="evidence-name">{sentenceCase(signal.label || signal.signal)}</span>
            <span className="small soft tnum nowrap">{signal.weight_share != null && `weighs ${percent(signal.weight_share)}`}</span>
          </div>
          <RangeBar signal={signal} />
          <div className="small soft tnum">
            {signal.value == null ? "Value not known" : <strong>{decimal(signal.value)}</strong>}
            {signal.usual_low != null && signal.usual_high != null && ` · usually ${decimal(signal.usual_low)} – ${decimal(signal.usual_high)}`}
            {signal.of_stores > 0 && ` · ${signal.stores} of ${plural(signal.of_stores, "store")}`}
            {signal.days_from_onset != null && ` · ${lag(signal.days_from_onset)}`}
          </div>
        </li>
      ))}
    </ul>
  );
}

function lag(days: number): string {
  if (days === 0) return "on the first day";
  return `${plural(Math.abs(days), "day")} ${days < 0 ? "before" : "after"}`;
}

/** The usual range as a band, the value as a mark; both on one scale that holds them with room. */
function RangeBar({ signal }: { signal: EvidenceSignal }) {
  const { value, usual_low: low, usual_high: high } = signal;
  if (value == null || low == null || high == null) return null;
  const min = Math.min(value, low);
  const max = Math.max(value, high);
  const room = (max - min || Math.abs(max) || 1) * 0.12;
  const x = (v: number) => ((v - min + room) / (max - min + 2 * room)) * 100;
  const outside = value < low || value > high;
  return (
    <svg className="range-bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={outside ? "outside its usual range" : "within its usual range"}>
      <rect x="0" y="4.25" width="100" height="1.5" className="range-track" />
      <rect x={x(low)} y="2" width={Math.max(x(high) - x(low), 0.8)} height="6" rx="1" className="range-usual" />
      <rect x={x(value) - 0.6} y="0" width="1.2" height="10" className={outside ? "range-out" : "range-in"} />
    </svg>
  );
}
