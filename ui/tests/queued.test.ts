// Edits on their way show at once, as the API said that they would change the thing.
import { expect, test, vi } from "vitest";
import type { QueuedEdit } from "@/api/edits";
import type { AnyEdit, Report } from "@/api/types";

vi.mock("@/api/queue", () => ({ useQueue: () => [] }));
const { overlaid } = await import("@/lib/queued");

const set = { cause_source: "report_edit", cause_confidence: 1 } as const;
const report = {
  report_status: "ongoing",
  cause: "weather",
  cause_source: "model",
  cause_confidence: 0.6,
  after_edit: {
    set_cause: set,
    approve: { report_status: "approved", ...set },
    reject: { report_status: "rejected" },
    reopen: { report_status: "open", cause: "weather", cause_source: "model", cause_confidence: 0.6 },
  },
} as unknown as Report;

const after = (...edits: AnyEdit[]) => {
  const { report_status, cause, cause_source } = overlaid(report, edits.map((edit) => ({ edit }) as QueuedEdit));
  return [report_status, cause, cause_source];
};

test.each<[AnyEdit[], string[]]>([
  [[], ["ongoing", "weather", "model"]],
  [[{ action: "approve" }], ["approved", "weather", "report_edit"]],
  [[{ action: "approve", cause: "viral" }], ["approved", "viral", "report_edit"]],
  [[{ action: "approve" }, { action: "set_cause", cause: "viral" }], ["approved", "viral", "report_edit"]],
  [[{ action: "set_cause", cause: "viral" }, { action: "reject" }], ["rejected", "viral", "report_edit"]],
  [[{ action: "approve", cause: "viral" }, { action: "reopen" }], ["open", "weather", "model"]],
  [[{ action: "approve" }, { action: "reopen", cause: "promotion" }], ["open", "promotion", "report_edit"]],
  [[{ action: "comment", comment: "hm" }], ["ongoing", "weather", "model"]],
])("after %j", (edits, shown) => expect(after(...edits)).toEqual(shown));
