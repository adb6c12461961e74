// What a decision is about: one or several events or reports, each with the version that was seen.
import type { Target } from "@/api/edits";
import type { Event, Report } from "@/api/types";
import type { Candidate } from "@/lib/evidence";
import { byPerson, isCause } from "@/lib/words";

export interface Subject {
  about: "event" | "report";
  targets: Target[];
  candidates?: Candidate[];
  /** The events themselves, to find those that are alike. */
  events?: readonly Event[];
}

export function ofEvents(events: readonly Event[], candidates?: Candidate[]): Subject {
  return {
    about: "event",
    targets: events.map((event) => ({
      id: event.report_group_id,
      run_id: event.run_id,
      based_on: event.version,
      label: event.name,
      back_to: setByPerson(event),
    })),
    candidates,
    events,
  };
}

const setByPerson = ({ cause, cause_source }: Event | Report) => (byPerson(cause_source) && isCause(cause) ? cause : null);

export function ofReports(reports: readonly Report[], candidates?: Candidate[]): Subject {
  return {
    about: "report",
    targets: reports.map((report) => ({
      id: report.report_id,
      run_id: report.run_id,
      based_on: report.version,
      label: `Store ${report.store_id}`,
      back_to: setByPerson(report),
    })),
    candidates,
  };
}
