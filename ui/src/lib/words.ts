// The words of the contracts as people read them.
export const CAUSES = [
  "viral",
  "competitor_stockout",
  "own_stockout",
  "weather",
  "local_event",
  "promotion",
  "price_change",
  "paid_campaign",
  "store_disruption",
  "data_quality",
  "unknown",
] as const;
export type Cause = (typeof CAUSES)[number];

const CAUSE_WORDS: Record<Cause, string> = {
  viral: "Viral attention",
  competitor_stockout: "Competitor stockout",
  own_stockout: "Own stockout",
  weather: "Weather",
  local_event: "Local event",
  promotion: "Promotion",
  price_change: "Price change",
  paid_campaign: "Paid campaign",
  store_disruption: "Store disruption",
  data_quality: "Data quality",
  unknown: "Unknown",
};

export const STATUSES = ["open", "ongoing", "closed", "approved", "rejected", "merged"] as const;
export type Status = (typeof STATUSES)[number];

export function causeWord(cause: string | null | undefined): string {
  return (cause && CAUSE_WORDS[cause as Cause]) || (cause ? sentenceCase(cause) : "No cause");
}

export function sentenceCase(word: string): string {
  const text = word.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const SIGNAL_WORDS: Record<string, string> = {
  mentions: "Social mentions",
  sentiment: "Sentiment",
  competitor_availability: "Competitor shelf availability",
  own_availability: "Own shelf availability",
  temperature_c: "Temperature, °C",
  precipitation_mm: "Rain, mm",
  wind_kph: "Wind, km/h",
  spend: "Campaign spend",
  impressions: "Campaign impressions",
  price: "Price",
  promotion: "Promotion",
  local_event: "Local event",
};

export function signalWord(signal: string): string {
  return SIGNAL_WORDS[signal] ?? sentenceCase(signal);
}

export const SEVERITY_STEPS = [
  { at: 0.9, word: "Critical" },
  { at: 0.7, word: "High" },
  { at: 0.4, word: "Medium" },
  { at: 0, word: "Low" },
] as const;

/** 3 (critical) to 0 (low). */
export function severityStep(severity: number): number {
  return 3 - SEVERITY_STEPS.findIndex((step) => severity >= step.at);
}

export function severityWord(severity: number): string {
  return SEVERITY_STEPS[3 - severityStep(severity)]?.word ?? "Low";
}
