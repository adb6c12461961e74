import { expect, test } from "vitest";
import type { LogRow } from "@/api/types";
import { candidatesOf } from "@/event/Candidates";

const row = (cause: string, rank: number, confidence: number, more: Record<string, unknown> = {}): LogRow =>
  ({
    dataset: "minority_reports_proposed_attribution_log",
    tick: "2026-05-01",
    written_at: "2026-05-01T06:00:00Z",
    row: { cause, rank, confidence, evidence: "{}", is_unseen: false, ...more },
  }) as unknown as LogRow;

test("what is named comes first, also where a cause that no feed shows is likelier", () => {
  const rows = [row("paid_campaign", 2, 0.5, { is_unseen: true }), row("weather", 3, 0.2), row("unknown", 1, 0.3)];
  const found = candidatesOf(rows);
  expect(found.map((one) => one.cause)).toEqual(["unknown", "paid_campaign", "weather"]);
  expect(found.map((one) => one.unseen)).toEqual([false, true, false]);
});

test("a rereview's proposals and older ones are no candidates", () => {
  const older = { ...row("viral", 1, 0.9), tick: "2026-04-30" };
  expect(candidatesOf([older, row("viral", 1, 0.9, { rereview_id: "r" }), row("unknown", 1, 0.3)])).toHaveLength(1);
});
