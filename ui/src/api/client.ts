// The one way to the API: adds the token, turns every failure into an ApiError, knows when it cannot be reached.
import createClient from "openapi-fetch";
import { countIn } from "@/lib/format";
import { dropSession, freshToken } from "@/app/session";
import { ApiError } from "./errors";
import { reachable } from "./reach";
import type { paths } from "./schema";
import type { Problem } from "./types";

async function send(request: Request): Promise<Response> {
  const token = await freshToken();
  if (token) request.headers.set("Authorization", `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    // Whoever asked has gone elsewhere: that says nothing about the API.
    if (request.signal.aborted) throw error;
    reachable(false);
    throw new ApiError(0, "The API cannot be reached.");
  }
  reachable(response.status !== 502 && response.status !== 503 && response.status !== 504);
  if (response.status === 401) dropSession("Please sign in again.");
  return response;
}

const client = createClient<paths>({
  baseUrl: location.origin,
  fetch: send,
  querySerializer: { array: { style: "form", explode: true } },
});

export const api = client;

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; anything else is thrown. */
export function body<T>({ data, error, response }: Answer<T>): T {
  if (response.ok && data !== undefined) {
    const state = (data as { state?: { currency?: string | null } }).state;
    if (state?.currency !== undefined) countIn(state.currency);
    return data;
  }
  const problem = error as Partial<Problem> | undefined;
  const faults = problem?.errors?.map((fault) => `${fault.where}: ${fault.message}`).join("; ");
  const text = faults || problem?.detail || problem?.title || `The API answered ${response.status}.`;
  throw new ApiError(response.status, text, error);
}
