// The words of the contracts as people read them. The compiler refuses a cause or a status without a word.
import type { components } from "@/api/schema";
import { decimal } from "./format";

type S = components["schemas"];
export type Cause = S["Cause"];
export type Status = S["Status"];

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

export const CAUSES = Object.keys(CAUSE_WORDS) as Cause[];

const STATUS_WORDS: Record<Status, string> = {
  open: "Open",
  ongoing: "Ongoing",
  closed: "Closed",
  approved: "Approved",
  rejected: "Rejected",
  merged: "Merged",
};

export const isCause = (word: string): word is Cause => word in CAUSE_WORDS;
export const isStatus = (word: string): word is Status => word in STATUS_WORDS;

export function statusWord(status: string): string {
  return isStatus(status) ? STATUS_WORDS[status] : sentenceCase(status);
}

export function causeWord(cause: string | null | undefined): string {
  if (!cause) return "No cause";
  return isCause(cause) ? CAUSE_WORDS[cause] : sentenceCase(cause);
}

const SOURCES: Record<string, string> = { model: "by the model", report_edit: "by a person, for the report", event_edit: "by a person, for the event", policy: "by a rule" };

const PEOPLE: readonly string[] = ["report_edit", "event_edit"];

/** Whether a person decided the cause, and neither the model nor a rule. */
export const byPerson = (source: string | undefined): boolean => PEOPLE.includes(source ?? "");

export const sourceWord = (source: string): string => SOURCES[source] ?? sentenceCase(source);

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

const BRANDS: Record<string, string> = { tiktok: "TikTok", facebook: "Facebook", youtube: "YouTube", meta: "Meta", google: "Google", instagram: "Instagram" };

/** A signal's label as the models write it, with the names in it as their owners write them. */
export function labelWord(label: string): string {
  return sentenceCase(label.replaceAll(/[a-z]+/g, (word) => BRANDS[word] ?? word));
}

const UNITS: Record<string, string> = { temperature_c: " °C", precipitation_mm: " mm", wind_kph: " km/h" };

/** A signal's value with its unit; the pipeline has rounded it, so that the sentence beside it says the same. */
export function signalValue(signal: string, value: number): string {
  return decimal(value, 4) + (UNITS[signal.split("/")[0] ?? ""] ?? "");
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

export type Trigger = S["SubscriptionRequest"]["triggers"][number];
export type Channel = S["SubscriptionRequest"]["channels"][number];

export const TRIGGER_WORDS: Record<Trigger, string> = {
  severity: "It is severe enough",
  cause: "Its cause is of high impact",
  escalated: "It gets worse",
  closed: "It closes",
};

export const CHANNEL_WORDS: Record<Channel, string> = { in_app: "In the Workshop", email: "E-mail", sns: "Alert topic", webhook: "Webhook" };

/** At least so severe: the word of the step, where the number is one. */
export function severityFrom(least: number): string {
  const step = SEVERITY_STEPS.find((one) => one.at === least);
  if (!step) return `severity ${least} or more`;
  if (step.at === 0) return "any severity";
  return step === SEVERITY_STEPS[0] ? `${step.word.toLowerCase()} severity` : `${step.word.toLowerCase()} severity or worse`;
}
