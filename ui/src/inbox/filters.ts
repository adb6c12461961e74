// The filters of a list, as they stand in the address and as the API wants them. What the address says amiss is left out.
import type { EventFilters, ListFilters, ReportFilters } from "@/api/queries";
import { listed, type Query } from "@/lib/location";
import { signedIn } from "@/app/session";
import { isCause, isStatus, type Status } from "@/lib/words";

export const UNDECIDED: Status[] = ["open", "ongoing", "closed"];
const DECIDED: Status[] = ["approved", "rejected"];

export const VIEWS = [
  { id: "", label: "To decide" },
  { id: "mine", label: "Mine" },
  { id: "snoozed", label: "Snoozed" },
  { id: "decided", label: "Decided" },
  { id: "all", label: "All" },
] as const;

export const LISTED = ["cause", "region", "retailer", "status", "cluster"] as const;

export const SORTS = [
  { id: "worth", label: "What a decision is worth" },
  { id: "severity", label: "Severity, then money" },
  { id: "money", label: "Money" },
  { id: "last_detected_at", label: "Newest" },
  { id: "cause_confidence", label: "Least sure first" },
] as const;

type Sort = (typeof SORTS)[number];
/** The views of what is left to decide. */
const LEFT: readonly string[] = ["", "mine"];

/** What is left to decide comes in the order of what a decision is worth; what is decided, by severity. */
export const usualSort = (query: Query): Sort => (LEFT.includes(query["view"] ?? "") ? SORTS[0] : SORTS[1]);
export const sortOf = (query: Query): Sort => SORTS.find((one) => one.id === query["sort"]) ?? usualSort(query);

export function eventFilters(query: Query): EventFilters {
  const view = query["view"] ?? "";
  const chosen = statuses(query);
  return {
    ...commonFilters(query),
    status: chosen ?? (view === "decided" ? DECIDED : LEFT.includes(view) ? UNDECIDED : undefined),
    assignee: view === "mine" ? [signedIn() ?? ""] : undefined,
    snoozed: view === "snoozed" ? true : view === "" ? false : undefined,
  };
}

export function reportFilters(query: Query): ReportFilters {
  return { ...commonFilters(query), status: statuses(query), event: some(listed(query, "event").filter((id) => /^[0-9a-f]{64}$/.test(id))) };
}

const some = <T>(values: T[]): T[] | undefined => (values.length ? values : undefined);
const statuses = (query: Query): Status[] | undefined => some(words(query, "status").filter(isStatus));

/** Words of the contracts have no comma: older links list them so. */
const words = (query: Query, key: string): string[] => listed(query, key).flatMap((value) => value.split(","));

function share(text: string | undefined): number | undefined {
  const value = Number(text);
  return text && value >= 0 && value <= 1 ? value : undefined;
}

function amount(text: string | undefined): number | undefined {
  const value = Number(text);
  return text && value > 0 && Number.isFinite(value) ? value : undefined;
}

const date = (text: string | undefined): string | undefined =>
  text && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;

function commonFilters(query: Query): ListFilters {
  const sort = sortOf(query).id;
  const { direction } = query;
  return {
    cause: some(words(query, "cause").filter(isCause)),
    region: some(listed(query, "region")),
    retailer: some(listed(query, "retailer")),
    store: some(listed(query, "store")),
    cluster_id: some(listed(query, "cluster").filter((id) => /^[0-9a-f]{64}$/.test(id))),
    direction: direction === "up" || direction === "down" ? direction : undefined,
    min_severity: share(query["min_severity"]),
    min_confidence: share(query["min_confidence"]),
    max_confidence: share(query["max_confidence"]),
    min_money: amount(query["min_money"]),
    max_money: amount(query["max_money"]),
    from: date(query["from"]),
    to: date(query["to"]),
    degraded: query["degraded"] === "true" ? true : undefined,
    q: query["q"]?.slice(0, 200),
    sort,
    order: sort === "cause_confidence" ? "asc" : "desc",
  };
}

const COUNTED = ["cause", "region", "retailer", "status", "cluster", "direction", "min_severity", "min_confidence", "max_confidence", "min_money", "max_money", "event", "from", "to", "degraded", "q", "store"];

export function filtersSet(query: Query): string[] {
  return COUNTED.filter((key) => query[key]);
}
