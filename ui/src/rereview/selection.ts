// A rereview's selection in words.
import { dayRange, day, percent, plural } from "@/lib/format";
import { causeWord, sentenceCase } from "@/lib/words";

export function selectionWords(selection: Record<string, unknown>): string {
  const list = (key: string) => (Array.isArray(selection[key]) ? (selection[key] as string[]) : []);
  const text = (key: string) => (typeof selection[key] === "string" ? (selection[key] as string) : "");
  const [from, to] = [text("from") || text("first"), text("to") || text("last")];
  const below = selection["confidence_below"];
  const parts = [
    list("causes").map(causeWord).join(", "),
    list("statuses").map(sentenceCase).join(", "),
    list("regions").join(", "),
    from && to ? dayRange(from, to) : from ? `from ${day(from)}` : to ? `until ${day(to)}` : "",
    typeof below === "number" ? `confidence below ${percent(below)}` : "",
    selection["degraded"] === true ? "degraded" : "",
    text("model_older_than") && `model older than ${text("model_older_than")}`,
    list("report_ids").length ? plural(list("report_ids").length, "chosen report") : "",
    list("event_ids").length ? plural(list("event_ids").length, "chosen event") : "",
  ].filter(Boolean);
  const words = parts.length ? parts.join(" · ") : "All reports";
  return words.charAt(0).toUpperCase() + words.slice(1);
}
