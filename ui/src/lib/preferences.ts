// What a viewer sets once: kept in this browser only.
import { useSyncExternalStore } from "react";

export interface Preferences {
  theme: "system" | "light" | "dark";
}

const KEY = "mrs.preferences";
const DEFAULTS: Preferences = { theme: "system" };
const listeners = new Set<() => void>();

function load(): Preferences {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>) };
  } catch {
    return DEFAULTS;
  }
}

let current = load();

export function preference<K extends keyof Preferences>(key: K): Preferences[K] {
  return current[key];
}

export function setPreference<K extends keyof Preferences>(key: K, value: Preferences[K]): void {
  current = { ...current, [key]: value };
  localStorage.setItem(KEY, JSON.stringify(current));
  for (const tell of listeners) tell();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => current,
  );
}

const dark = matchMedia("(prefers-color-scheme: dark)");

export function useAppearance(): "light" | "dark" {
  const { theme } = usePreferences();
  const system = useSyncExternalStore(
    (tell) => {
      dark.addEventListener("change", tell);
      return () => dark.removeEventListener("change", tell);
    },
    () => (dark.matches ? "dark" : "light"),
  );
  return theme === "system" ? system : theme;
}
