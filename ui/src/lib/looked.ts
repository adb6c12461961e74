// When this person last looked at a run, and which state they saw: kept in this browser, by user and run.
export interface Look {
  /** `written_at` of the state that was seen. */
  state: string;
  /** When it was seen, by this machine's clock. */
  at: string;
}

const keyOf = (user: string, run: string): string => `mrs.looked.${user}.${run}`;
/** The look before this visit: it stays the same while the page is open, whatever is seen meanwhile. */
const before = new Map<string, Look | null>();

/** Remember that a state is being looked at; return the look before this visit, or null if there was none. */
export function look(user: string, run: string, state: string, now: Date, storage: Pick<Storage, "getItem" | "setItem"> = localStorage): Look | null {
  const key = keyOf(user, run);
  if (!before.has(key)) before.set(key, kept(storage.getItem(key)));
  storage.setItem(key, JSON.stringify({ state, at: now.toISOString() } satisfies Look));
  return before.get(key) ?? null;
}

/** From here on, only what comes later is new. */
export function caughtUp(user: string, run: string, state: string, now: Date): Look {
  const here: Look = { state, at: now.toISOString() };
  before.set(keyOf(user, run), here);
  return here;
}

function kept(text: string | null): Look | null {
  try {
    const found = JSON.parse(text ?? "null") as Partial<Look> | null;
    return found?.state && found.at ? { state: found.state, at: found.at } : null;
  } catch {
    return null;
  }
}
