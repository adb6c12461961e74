// Edits on their way. Each is kept in this browser until the API has accepted it or the person has dropped it: an
// outage, a closed tab or a refusal loses nothing. They are sent one after the other, in the order in which they were made.
import { useSyncExternalStore } from "react";
import { signedIn, whenSignedIn } from "@/app/session";
import type { Accepted, QueuedEdit, Target } from "./edits";
import { ApiError } from "./errors";
import { sendEdit } from "./send";
import type { AnyEdit, Conflict } from "./types";

const KEY = "mrs.queue";
/** As the API takes. */
const MOST_AT_ONCE = 500;
const listeners = new Set<() => void>();
const onAccepted = new Set<(edit: QueuedEdit, answer: Accepted) => void>();
let queue: QueuedEdit[] = load();
let busy = false;
let timer: number | undefined;

function load(): QueuedEdit[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as QueuedEdit[];
    return kept.map((item) => (item.state === "sending" ? { ...item, state: "waiting" } : item));
  } catch {
    return [];
  }
}

function set(next: QueuedEdit[]): void {
  queue = next;
  if (queue.length) localStorage.setItem(KEY, JSON.stringify(queue));
  else localStorage.removeItem(KEY);
  for (const tell of listeners) tell();
}

function patch(key: string, change: Partial<QueuedEdit>): void {
  set(queue.map((item) => (item.key === key ? { ...item, ...change } : item)));
}

export function useQueue(): QueuedEdit[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => mine(),
  );
}

let shown: { queue: QueuedEdit[]; user: string; own: QueuedEdit[] } = { queue: [], user: "", own: [] };

/** The signed-in person's part of the queue; the same array while nothing changes. */
function mine(): QueuedEdit[] {
  const user = signedIn() ?? "";
  if (shown.queue !== queue || shown.user !== user) shown = { queue, user, own: queue.filter((item) => item.user === user) };
  return shown.own;
}

export function whenAccepted(tell: (edit: QueuedEdit, answer: Accepted) => void): () => void {
  onAccepted.add(tell);
  return () => onAccepted.delete(tell);
}

/** Put an edit in the queue; it is sent at once if nothing is in its way. What is too much for one request goes in several. */
export function submit(about: "event" | "report", targets: Target[], edit: AnyEdit): void {
  if (!targets.length) return;
  const made_at = new Date().toISOString();
  const user = signedIn() ?? "";
  const made: QueuedEdit[] = [];
  for (let at = 0; at < targets.length; at += MOST_AT_ONCE) {
    const key = `${made_at}-${Math.random().toString(36).slice(2, 8)}`;
    made.push({ key, about, targets: targets.slice(at, at + MOST_AT_ONCE), edit, made_at, user, state: "sending", tries: 0 });
  }
  set([...queue, ...made]);
  void work();
}

export function drop(key: string): void {
  set(queue.filter((item) => item.key !== key));
  void work();
}

export function retryNow(): void {
  set(queue.map((item) => (item.state === "waiting" ? { ...item, state: "sending" } : item)));
  void work();
}

/** After a conflict: send again for `keep` (now based on what is there), and give up the others. */
export function resolve(key: string, keep: ReadonlySet<string>): void {
  const item = queue.find((one) => one.key === key);
  if (!item) return;
  const clashes = new Map((item.conflicts ?? []).map((clash) => [clash.object_id, clash]));
  const targets = item.targets.flatMap((target) => {
    const clash = clashes.get(target.id);
    if (!clash) return [target];
    return keep.has(target.id) && clash.current_version ? [{ ...target, based_on: clash.current_version }] : [];
  });
  if (!targets.length) {
    drop(key);
    return;
  }
  patch(key, { targets, state: "sending", conflicts: undefined });
  void work();
}

async function work(): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    for (let next = ready(); next; next = ready()) await attempt(next);
  } finally {
    busy = false;
  }
  const waiting = queue.filter((item) => item.state === "waiting");
  clearTimeout(timer);
  if (waiting.length) {
    const tries = Math.max(...waiting.map((item) => item.tries));
    timer = window.setTimeout(retryNow, Math.min(30_000, 1_000 * 2 ** Math.min(tries, 5)));
  }
}

const ready = (): QueuedEdit | undefined => mine().find((item) => item.state === "sending");

async function attempt(item: QueuedEdit): Promise<void> {
  try {
    const answer = await sendEdit(item);
    const versions = new Map(answer.objects.map((object) => [object.id, object.version]));
    // What was made on top of this edit is based on the state that it led to.
    set(
      queue
        .filter((one) => one.key !== item.key)
        .map((one) =>
          one.about === item.about && one.state !== "conflict"
            ? { ...one, targets: one.targets.map((t) => ({ ...t, based_on: versions.get(t.id) ?? t.based_on })) }
            : one,
        ),
    );
    for (const tell of onAccepted) tell(item, answer);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 409) {
      patch(item.key, { state: "conflict", conflicts: (error.body as Conflict | null)?.conflicts ?? [], error: error.message });
    } else if (error.passing || error.status === 401) {
      set(
        queue.map((one) =>
          one.state === "sending" ? { ...one, state: "waiting", tries: one.tries + 1, error: error.message } : one,
        ),
      );
    } else {
      patch(item.key, { state: "refused", error: error.message });
    }
  }
}

addEventListener("online", retryNow);
whenSignedIn(retryNow);
if (queue.some((item) => item.state === "waiting")) timer = window.setTimeout(retryNow, 500);
