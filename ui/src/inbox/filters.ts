// The filters of a list, as they stand in the address and as the API wants them.
import type { ListQuery } from "@/api/queries";
import type { Query } from "@/lib/location";

export const UNDECIDED = ["open", "ongoing", "closed"];
const DECIDED = ["approved", "rejected"];

export const VIEWS = [
  { id: "", label: "To decide" },
  { id: "snoozed", label: "Snoozed" },
  { id: "decided", label: "Decided" },
  { id: "all", label: "All" },
] as const;

export const LISTED = ["cause", "region", "retailer", "status"] as const;

export const SORTS = [
  { id: "", label: "Severity, then money" },
  { id: "money", label: "Money" },
  { id: "last_detected_at", label: "Newest" },
  { id: "cause_confidence", label: "Least sure first" },
] as const;

export const listed = (query: Query, key: string): string[] => query[key]?.split(",").filter(Boolean) ?? [];

export function eventFilters(query: Query): ListQuery {
  const view = query["view"] ?? "";
  const chosen = listed(query, "status");
  const status = chosen.length ? chosen : view === "decided" ? DECIDED : view === "" ? UNDECIDED : undefined;
  return {
    status,
    snoozed: view === "snoozed" ? true : view === "" ? false : undefined,
    ...commonFilters(query),
  };
}

export function commonFilters(query: Query): ListQuery {
  const many = (key: string) => {
    const values = listed(query, key);
    return values.length ? values : undefined;
  };
  const sort = query["sort"] || "severity";
  return {
    cause: many("cause"),
    region: many("region"),
    retailer: many("retailer"),
    store: many("store"),
    direction: query["direction"],
    min_severity: query["min_severity"],
    max_confidence: query["max_confidence"],
    from: query["from"],
    to: query["to"],
    degraded: query["degraded"],
    q: query["q"],
    sort,
    order: sort === "cause_confidence" ? "asc" : "desc",
  };
}

const COUNTED = ["cause", "region", "retailer", "status", "direction", "min_severity", "max_confidence", "from", "to", "degraded", "q", "store"];

export function filtersSet(query: Query): string[] {
  return COUNTED.filter((key) => query[key]);
}
