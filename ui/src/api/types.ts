// Short names for the generated schemas.
import type { components } from "./schema";

type S = components["schemas"];

export type Cause = S["Cause"];
export type Event = S["Event"];
export type EventDetail = S["EventDetail"];
export type EventPage = S["EventPage"];
export type EventSeries = S["EventSeries"];
export type EventLearning = S["EventLearning"];
export type Report = S["Report"];
export type ReportDetail = S["ReportDetail"];
export type ReportPage = S["ReportPage"];
export type ReportSeries = S["ReportSeries"];
export type StoreLine = S["StoreLine"];
export type Line = S["Line"];
export type Signal = S["Signal"];
export type Edit = S["Edit"];
export type Snoozed = S["Snoozed"];
export type LogRow = S["LogRow"];
export type State = S["State"];
export type NewsItem = S["NewsItem"];
export type Totals = S["Totals"];
export type Clash = S["Clash"];
export type Conflict = S["Conflict"];
export type Problem = S["Problem"];
export type Person = S["Person"];
export type RunView = S["RunView"];
export type Comparison = S["Comparison"];
export type EventMatch = S["EventMatch"];
export type Health = S["Health"];
export type Choices = S["Choices"];
export type Choice = S["Choice"];
export type RereviewView = S["RereviewView"];
export type Difference = S["Difference"];
export type EventEdit = S["EventEdit"]["edit"];
export type ReportEdit = S["ReportEdit"]["edit"];
export type AnyEdit = EventEdit | ReportEdit;
