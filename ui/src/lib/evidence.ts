// The `evidence` column: JSON written by the attribute stage. Read with care: it may come from an older model.
export interface EvidenceSignal {
  signal: string;
  feed: string;
  label: string;
  value: number | null;
  usual_low: number | null;
  usual_high: number | null;
  days_from_onset: number | null;
  stores: number;
  of_stores: number;
  effect_in_other_exposed_stores: number | null;
  weight: number;
  weight_share: number;
}

export interface Evidence {
  sentence: string;
  signals: EvidenceSignal[];
  deviation: { share: number | null; first_day: string; last_day: string; stores: number } | null;
}

const NOTHING: Evidence = { sentence: "", signals: [], deviation: null };
const parsed = new Map<string, Evidence>();

export function readEvidence(source: unknown): Evidence {
  if (!source) return NOTHING;
  if (typeof source !== "string") return shaped(source);
  let found = parsed.get(source);
  if (!found) {
    try {
      found = shaped(JSON.parse(source));
    } catch {
      found = NOTHING;
    }
    if (parsed.size > 5000) parsed.clear();
    parsed.set(source, found);
  }
  return found;
}

function shaped(value: unknown): Evidence {
  if (Array.isArray(value)) return { ...NOTHING, signals: value as EvidenceSignal[] };
  const object = value as Partial<Evidence>;
  return {
    sentence: typeof object.sentence === "string" ? object.sentence : "",
    signals: Array.isArray(object.signals) ? object.signals : [],
    deviation: object.deviation ?? null,
  };
}

export interface Candidate {
  cause: string;
  confidence: number;
  /** Whether its feed is absent, so that nothing can show it. */
  unseen?: boolean;
}
