// The queue of edits: nothing is lost, nothing is sent twice or as somebody else, and the order stays.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Accepted, QueuedEdit, Target } from "@/api/edits";

const sendEdit = vi.fn<(edit: QueuedEdit) => Promise<Accepted>>();
const who = { user: "analyst" as string | null, listeners: [] as (() => void)[] };
vi.mock("@/api/send", () => ({ sendEdit }));
vi.mock("@/app/session", () => ({
  signedIn: () => who.user,
  whenSignedIn: (tell: () => void) => who.listeners.push(tell),
}));

const kept = new Map<string, string>();
const target = (id: string, based_on = "v1"): Target => ({ id, run_id: "main", based_on, label: id, back_to: null });
const accepted = (...objects: [id: string, version: string][]): Accepted => ({
  objects: objects.map(([id, version]) => ({ id, version })),
  events: [],
  reports: [],
  edits: [],
  visible_from: "2024-01-01T00:00:00Z",
});
const stored = () => JSON.parse(kept.get("mrs.queue") ?? "[]") as QueuedEdit[];
const sent = () => sendEdit.mock.calls.map(([edit]) => edit.targets.map((one) => `${one.id}@${one.based_on}`).join());

/** The modules as a newly opened tab has them. */
async function opened() {
  vi.resetModules();
  const { ApiError } = await import("@/api/errors");
  return { ApiError, ...(await import("@/api/queue")) };
}

beforeEach(() => {
  vi.useFakeTimers();
  kept.clear();
  sendEdit.mockReset();
  Object.assign(who, { user: "analyst", listeners: [] });
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("window", { setTimeout: (act: () => void, ms: number) => setTimeout(act, ms) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("an edit is kept in the browser until it is accepted", async () => {
  const { submit } = await opened();
  let answer: (value: Accepted) => void = () => {};
  sendEdit.mockReturnValueOnce(
    new Promise((done) => {
      answer = done;
    }),
  );
  submit("event", [target("a")], { action: "approve" });
  expect(stored().map((one) => one.state)).toEqual(["sending"]);
  answer(accepted(["a", "v2"]));
  await vi.runAllTimersAsync();
  expect(stored()).toEqual([]);
});

test("edits are sent one after the other, later ones based on what earlier ones led to", async () => {
  const { submit } = await opened();
  sendEdit.mockResolvedValueOnce(accepted(["a", "v2"])).mockResolvedValueOnce(accepted(["a", "v3"]));
  submit("event", [target("a")], { action: "approve" });
  submit("event", [target("a")], { action: "comment", comment: "Indeed." });
  await vi.runAllTimersAsync();
  expect(sent()).toEqual(["a@v1", "a@v2"]);
});

test("an outage makes edits wait, and they are sent when it is over", async () => {
  const { ApiError, submit } = await opened();
  sendEdit.mockRejectedValueOnce(new ApiError(0, "The API cannot be reached."));
  submit("event", [target("a")], { action: "approve" });
  await vi.advanceTimersByTimeAsync(0);
  expect(stored().map((one) => [one.state, one.tries])).toEqual([["waiting", 1]]);
  sendEdit.mockResolvedValueOnce(accepted(["a", "v2"]));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sendEdit).toHaveBeenCalledTimes(2);
  expect(stored()).toEqual([]);
});

test("a tab that was closed while it sent sends again when it is opened", async () => {
  const first = await opened();
  sendEdit.mockReturnValueOnce(new Promise(() => {}));
  first.submit("event", [target("a")], { action: "approve" });
  sendEdit.mockResolvedValueOnce(accepted(["a", "v2"]));
  await opened();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sendEdit).toHaveBeenCalledTimes(2);
});

test("what another person left waiting is not sent as this one's", async () => {
  const first = await opened();
  sendEdit.mockRejectedValue(new first.ApiError(0, "The API cannot be reached."));
  first.submit("event", [target("a")], { action: "approve" });
  await vi.advanceTimersByTimeAsync(0);
  who.user = "manager";
  sendEdit.mockClear();
  const second = await opened();
  second.retryNow();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sendEdit).not.toHaveBeenCalled();
  expect(stored()).toHaveLength(1);
});

test("a refused edit stays until it is dropped, and holds nothing up", async () => {
  const { ApiError, drop, submit } = await opened();
  sendEdit.mockRejectedValueOnce(new ApiError(422, "no such cause")).mockResolvedValueOnce(accepted(["b", "v2"]));
  submit("event", [target("a")], { action: "approve" });
  submit("event", [target("b")], { action: "approve" });
  await vi.runAllTimersAsync();
  expect(stored().map((one) => [one.state, one.error])).toEqual([["refused", "no such cause"]]);
  drop(stored()[0]?.key ?? "");
  expect(stored()).toEqual([]);
});

test("after a conflict only what is kept is sent, based on what is there now", async () => {
  const { ApiError, resolve, submit } = await opened();
  const conflicts = ["a", "b"].map((object_id) => ({ object_id, current_version: "v9" }));
  sendEdit.mockRejectedValueOnce(new ApiError(409, "changed", { conflicts }));
  submit("event", [target("a"), target("b"), target("c")], { action: "approve" });
  await vi.advanceTimersByTimeAsync(0);
  expect(stored().map((one) => one.state)).toEqual(["conflict"]);
  sendEdit.mockResolvedValueOnce(accepted(["a", "v10"], ["c", "v2"]));
  resolve(stored()[0]?.key ?? "", new Set(["a"]));
  await vi.runAllTimersAsync();
  expect(sent().at(-1)).toBe("a@v9,c@v1");
  expect(stored()).toEqual([]);
});
