// Who is signed in: Cognito's tokens, kept in this browser, renewed before they end.
import { useSyncExternalStore } from "react";

interface Config {
  client_id: string;
  /** Cognito's own endpoint; locally the server's. */
  cognito_endpoint: string;
}

interface Session {
  user: string;
  access_token: string;
  refresh_token: string | null;
  expires_at: number;
}

const KEY = "mrs.session";
const EARLY_MS = 60_000;
const listeners = new Set<() => void>();
let session = load();
let renewing: Promise<void> | null = null;
export let farewell = "";

function load(): Session | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null") as Session | null;
    return kept && (kept.refresh_token || kept.expires_at > Date.now()) ? kept : null;
  } catch {
    return null;
  }
}

function set(next: Session | null): void {
  session = next;
  if (next) localStorage.setItem(KEY, JSON.stringify(next));
  else localStorage.removeItem(KEY);
  for (const tell of listeners) tell();
}

export function useSession(): Session | null {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => session,
  );
}

export const signedIn = (): string | null => session?.user ?? null;

export function whenSignedIn(tell: () => void): void {
  listeners.add(() => session && tell());
}

let config: Promise<Config> | null = null;

function readConfig(): Promise<Config> {
  config ??= fetch("/config.json", { cache: "no-cache" })
    .then((response) => {
      if (!response.ok) throw new Error(`config.json: ${response.status}`);
      return response.json() as Promise<Config>;
    })
    .catch((error: unknown) => {
      config = null;
      throw error;
    });
  return config;
}

interface CognitoAnswer {
  AuthenticationResult?: { AccessToken: string; RefreshToken?: string; ExpiresIn: number };
  ChallengeName?: string;
  Session?: string;
  message?: string;
  __type?: string;
}

export class SignInError extends Error {
  constructor(
    message: string,
    readonly challenge?: { name: string; session: string },
  ) {
    super(message);
  }
}

async function cognito(action: string, request: Record<string, unknown>): Promise<CognitoAnswer> {
  const pool = await readConfig().catch(() => null);
  if (!pool) throw new SignInError("The sign-in service cannot be reached.");
  let response: Response;
  try {
    response = await fetch(pool.cognito_endpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": `AWSCognitoIdentityProviderService.${action}`,
      },
      body: JSON.stringify({ ClientId: pool.client_id, ...request }),
    });
  } catch {
    throw new SignInError("The sign-in service cannot be reached.");
  }
  const answer = (await response.json().catch(() => ({}))) as CognitoAnswer;
  if (!response.ok) {
    const wrong = /NotAuthorized|UserNotFound/.test(answer.__type ?? "");
    throw new SignInError(wrong ? "The user name or the password is wrong." : (answer.message ?? "Signing in failed."));
  }
  return answer;
}

function take(user: string, answer: CognitoAnswer, refresh: string | null): void {
  const result = answer.AuthenticationResult;
  if (!result) {
    throw new SignInError("Choose a new password.", { name: answer.ChallengeName ?? "", session: answer.Session ?? "" });
  }
  set({
    user,
    access_token: result.AccessToken,
    refresh_token: result.RefreshToken ?? refresh,
    expires_at: Date.now() + result.ExpiresIn * 1000,
  });
}

export async function signIn(user: string, password: string): Promise<void> {
  const answer = await cognito("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: user, PASSWORD: password },
  });
  take(user, answer, null);
}

/** A first sign-in with a temporary password asks for a new one. */
export async function choosePassword(user: string, password: string, challenge: string): Promise<void> {
  const answer = await cognito("RespondToAuthChallenge", {
    ChallengeName: "NEW_PASSWORD_REQUIRED",
    Session: challenge,
    ChallengeResponses: { USERNAME: user, NEW_PASSWORD: password },
  });
  take(user, answer, null);
}

async function renew(now: Session): Promise<void> {
  try {
    const answer = await cognito("InitiateAuth", {
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: now.refresh_token },
    });
    take(now.user, answer, now.refresh_token);
  } catch (error) {
    // Out of reach is not signed out: the token may still be good, and edits wait in the queue.
    if (error instanceof SignInError && /reached/.test(error.message)) return;
    dropSession("Your session has ended. Please sign in again.");
  }
}

/** The access token, renewed if it is about to end; null when nobody is signed in. */
export async function freshToken(): Promise<string | null> {
  if (session?.refresh_token && session.expires_at - EARLY_MS < Date.now()) {
    renewing ??= renew(session).finally(() => {
      renewing = null;
    });
    await renewing;
  }
  return session?.access_token ?? null;
}

export function dropSession(why = ""): void {
  farewell = why;
  if (session) set(null);
}
