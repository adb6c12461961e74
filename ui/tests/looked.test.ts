import { expect, test } from "vitest";
import { caughtUp, look } from "@/lib/looked";

function memory(): Storage & { held: Map<string, string> } {
  const held = new Map<string, string>();
  return { held, getItem: (key: string) => held.get(key) ?? null, setItem: (key: string, value: string) => held.set(key, value) } as never;
}

const NOON = new Date("2026-03-01T12:00:00Z");

test("the first visit has nothing to compare with, and is kept for the next", () => {
  const storage = memory();
  expect(look("ann", "first", "2026-03-01T06:00:00Z", NOON, storage)).toBeNull();
  expect([...storage.held.values()].map((text) => JSON.parse(text))).toEqual([{ state: "2026-03-01T06:00:00Z", at: NOON.toISOString() }]);
});

test("while the page is open, what one had seen before stays the base", () => {
  const storage = memory();
  storage.setItem("mrs.looked.ann.open", JSON.stringify({ state: "a", at: "b" }));
  expect(look("ann", "open", "c", NOON, storage)).toEqual({ state: "a", at: "b" });
  expect(look("ann", "open", "d", NOON, storage)).toEqual({ state: "a", at: "b" });
  expect(look("bob", "open", "d", NOON, storage)).toBeNull();
});

test("having seen all of it makes the present the base", () => {
  const storage = memory();
  storage.setItem("mrs.looked.ann.seen", JSON.stringify({ state: "a", at: "b" }));
  look("ann", "seen", "c", NOON, storage);
  caughtUp("ann", "seen", "c", NOON);
  expect(look("ann", "seen", "c", NOON, storage)).toEqual({ state: "c", at: NOON.toISOString() });
});

test("what is no look is none", () => {
  const storage = memory();
  storage.setItem("mrs.looked.ann.bad", "{broken");
  expect(look("ann", "bad", "c", NOON, storage)).toBeNull();
});
