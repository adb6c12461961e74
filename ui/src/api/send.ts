// One queued edit as one request: a single object by its own route, several whole or not at all by the bulk route.
import { api, body } from "./client";
import type { Accepted, QueuedEdit } from "./edits";
import type { EventEdit, ReportEdit } from "./types";

type BulkEventEdit = Extract<
  EventEdit,
  { action: "set_cause" | "approve" | "reject" | "reopen" | "comment" | "snooze" | "merge_into" | "unmerge" | "assign" }
>;

export async function sendEdit({ about, targets, edit }: QueuedEdit): Promise<Accepted> {
  const [first] = targets;
  if (!first) throw new Error("an edit needs an object");
  const { run_id } = first;
  if (about === "event") {
    const answer =
      targets.length === 1
        ? body(
            await api.POST("/api/events/{report_group_id}/edits", {
              params: { path: { report_group_id: first.id } },
              body: { edit: edit as EventEdit, based_on: first.based_on, run_id },
            }),
          )
        : body(
            await api.POST("/api/events/edits", {
              body: {
                edit: edit as BulkEventEdit,
                run_id,
                events: targets.map((t) => ({ report_group_id: t.id, based_on: t.based_on })),
              },
            }),
          );
    const objects = answer.events.map((event) => ({ id: event.report_group_id, version: event.version }));
    return { ...answer, objects, reports: [] };
  }
  const answer =
    targets.length === 1
      ? body(
          await api.POST("/api/reports/{report_id}/edits", {
            params: { path: { report_id: first.id } },
            body: { edit: edit as ReportEdit, based_on: first.based_on, run_id },
          }),
        )
      : body(
          await api.POST("/api/reports/edits", {
            body: { edit: edit as ReportEdit, run_id, reports: targets.map((t) => ({ report_id: t.id, based_on: t.based_on })) },
          }),
        );
  const objects = answer.reports.map((report) => ({ id: report.report_id, version: report.version }));
  return { ...answer, objects, events: [] };
}
