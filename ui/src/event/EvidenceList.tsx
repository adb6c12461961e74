// The signals behind a cause: each value as a mark against its usual range, and how much it weighs.
import { TriangleAlert } from "lucide-react";
import { decimal, percent, plural } from "@/lib/format";
import { type EvidenceSignal, readEvidence } from "@/lib/evidence";
import { labelWord, signalValue } from "@/lib/words";

interface Props {
  evidence: unknown;
  most?: number;
  /** How many stores the event has: evidence may be about fewer. */
  stores?: number;
}

export function EvidenceList({ evidence, most = 20, stores }: Props) {
  const { signals } = readEvidence(evidence);
  if (!signals.length) return null;
  return (
    <ul className="evidence" aria-label="Evidence">
      {signals.slice(0, most).map((signal) => (
        <li key={signal.signal + signal.label}>
          <div className="spread">
            <span className="evidence-name">{labelWord(signal.label || signal.signal)}</span>
            <span className="small soft tnum nowrap">{signal.weight_share != null && `weighs ${percent(signal.weight_share)}`}</span>
          </div>
          {isFlag(signal) ? <Flagged signal={signal} /> : <Measured signal={signal} />}
          <Timing signal={signal} />
          {stores !== undefined && signal.of_stores > 0 && signal.of_stores < stores && (
            <div className="small soft">
              Looked for in {plural(signal.of_stores, "store")} of the event's {stores}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

/** In the calendar or not: such a signal has no range. */
const isFlag = ({ signal, feed }: EvidenceSignal): boolean => signal === "promotion" || signal === "local_event" || feed === "promotions" || feed === "calendar";

function Flagged({ signal }: { signal: EvidenceSignal }) {
  const { stores, of_stores } = signal;
  if (of_stores <= 0) return <div className="small soft">In the calendar</div>;
  const without = of_stores - stores;
  return (
    <div className="small soft tnum">
      In the calendar for <strong>{stores}</strong> of {plural(of_stores, "store")}
      {stores > 0 && without > 0 && `; ${plural(without, "store")} moved without it`}
    </div>
  );
}

function Measured({ signal }: { signal: EvidenceSignal }) {
  const { value, usual_low: low, usual_high: high, stores, of_stores } = signal;
  return (
    <>
      <RangeBar signal={signal} />
      <div className="small soft tnum">
        {value == null ? "Value not known" : <strong>{signalValue(signal.signal, value)}</strong>}
        {low != null && high != null && ` · usually ${decimal(low, 4)} – ${signalValue(signal.signal, high)}`}
        {of_stores > 0 && ` · ${stores} of ${plural(of_stores, "store")}`}
        {stores > 0 && stores < of_stores && `, ${of_stores - stores} without it`}
      </div>
    </>
  );
}

/** When it began, beside when sales moved; a cause does not come after its effect. */
function Timing({ signal }: { signal: EvidenceSignal }) {
  const days = signal.days_from_onset;
  if (days == null) return null;
  if (days > 0)
    return (
      <div className="small evidence-late">
        <TriangleAlert size={12} aria-hidden="true" /> Began {plural(days, "day")} after sales moved: it cannot have set them off
      </div>
    );
  return <div className="small soft">{days === 0 ? "From the day on which sales moved" : `From ${plural(-days, "day")} before sales moved`}</div>;
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
