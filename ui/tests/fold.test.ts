// A long list of context signals is folded, and no signal that is drawn is folded away.
import { expect, test } from "vitest";
import { unfolded } from "@/event/fold";

const signals = (count: number) => Array.from({ length: count }, (_, at) => ({ key: String(at) }));
const keys = (count: number, ...on: string[]) => unfolded(signals(count), (key) => on.includes(key)).map((one) => one.key);

test("a short list is whole", () => expect(keys(9)).toHaveLength(9));
test("a long one shows its first eight", () => expect(keys(12)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]));
test("those that are on stay in their places", () => expect(keys(12, "11", "9")).toEqual(["0", "1", "2", "3", "4", "5", "9", "11"]));
test("however many are on", () => expect(keys(12, ..."0123456789")).toHaveLength(10));
