// The address is the state: filters, the run and the moment looked at live in the query, so a link is a view.
import { useCallback, useEffect, useMemo } from "react";
import { useLocation, useSearch } from "wouter";

/** What every page keeps while one moves around. */
const CARRIED = ["as_of", "run_id"] as const;

/** The address's query. Several values of one key are one text, a line each: values may hold any other character. */
export type Query = Record<string, string>;

export const listed = (query: Query, key: string): string[] => query[key]?.split("\n").filter(Boolean) ?? [];

function queryOf(search: string): Query {
  const given = new URLSearchParams(search);
  return Object.fromEntries([...given.keys()].map((key) => [key, given.getAll(key).join("\n")]));
}

export function useQueryState(): [Query, (change: Record<string, string | null>, replace?: boolean) => void] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const query = useMemo(() => queryOf(search), [search]);
  const change = useCallback(
    (changes: Record<string, string | null>, replace = true) => {
      const next = new URLSearchParams(location.search);
      for (const [key, value] of Object.entries(changes)) {
        next.delete(key);
        for (const one of value?.split("\n").filter(Boolean) ?? []) next.append(key, one);
      }
      navigate(path + (next.size ? `?${next}` : ""), { replace });
    },
    [navigate, path],
  );
  return [query, change];
}

/** The run and the moment that every request is about. */
export interface Scope {
  as_of?: string;
  run_id?: string;
}

export function useScope(): Scope {
  const search = useSearch();
  return useMemo(() => {
    const query = new URLSearchParams(search);
    const scope: Scope = {};
    for (const key of CARRIED) {
      const value = query.get(key);
      if (value) scope[key] = value;
    }
    return scope;
  }, [search]);
}

/** `path` with the run and moment of this view. */
export function useHref(): (path: string, extra?: Record<string, string>) => string {
  const scope = useScope();
  return useCallback(
    (path, extra = {}) => {
      const query = new URLSearchParams({ ...scope, ...extra });
      return path + (query.size ? `?${query}` : "");
    },
    [scope],
  );
}

// The query under which each list was last seen, by its path.
const seen = new Map<string, string>();

/** Said by a list, so that what is opened from it can lead back to it as it was. */
export function useSeenList(path: string): void {
  const search = useSearch();
  useEffect(() => void seen.set(path, search), [path, search]);
}

/** `path` as it was last seen, with the run and moment of this view. */
export function useBackHref(): (path: string) => string {
  const scope = useScope();
  return useCallback(
    (path) => {
      const query = new URLSearchParams(seen.get(path));
      for (const key of CARRIED) {
        if (!scope[key]) query.delete(key);
        else if (query.get(key) !== scope[key]) query.set(key, scope[key]);
      }
      return path + (query.size ? `?${query}` : "");
    },
    [scope],
  );
}

export function useGo(): (path: string, extra?: Record<string, string>) => void {
  const href = useHref();
  const [, navigate] = useLocation();
  return useCallback((path, extra) => navigate(href(path, extra)), [href, navigate]);
}
