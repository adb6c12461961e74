// What an edit is while it is on its way, and what the API answers to it.
import type { AnyEdit, Cause, Clash, Edit, Event, Report } from "./types";

export interface Target {
  id: string;
  /** The run that the object was seen in: reports and events have the same ids in every run. */
  run_id: string;
  based_on: string;
  label: string;
  /** The cause that a person had set, to go back to; null: the model's. */
  back_to: Cause | null;
}

export type QueueState = "sending" | "waiting" | "conflict" | "refused";

export interface QueuedEdit {
  key: string;
  about: "event" | "report";
  targets: Target[];
  edit: AnyEdit;
  made_at: string;
  /** Whose edit it is: it is never sent as somebody else's. */
  user: string;
  state: QueueState;
  tries: number;
  error?: string;
  conflicts?: Clash[];
}

export interface Accepted {
  objects: { id: string; version: string }[];
  events: Event[];
  reports: Report[];
  edits: Edit[];
  visible_from: string;
}
