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
  SecretCode?: string;
  message?: string;
  __type?: string;
}

/** What Cognito asks for after the password, and, where an authenticator app is set up, the key for it. */
export interface Challenge {
  name: keyof typeof ASKED;
  session: string;
  secret?: string;
}

const ASKED = {
  NEW_PASSWORD_REQUIRED: "Choose a new password.",
  SOFTWARE_TOKEN_MFA: "Type the code that your authenticator app shows.",
  MFA_SETUP: "Add this key to an authenticator app, then type the code that the app shows.",
};

export class SignInError extends Error {
  constructor(
    message: string,
    readonly challenge?: Challenge,
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
      body: JSON.stringify(action.endsWith("SoftwareToken") ? request : { ClientId: pool.client_id, ...request }),
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

async function take(user: string, answer: CognitoAnswer, refresh: string | null): Promise<void> {
  const result = answer.AuthenticationResult;
  if (!result) throw await asked(answer);
  set({
    user,
    access_token: result.AccessToken,
    refresh_token: result.RefreshToken ?? refresh,
    expires_at: Date.now() + result.ExpiresIn * 1000,
  });
}

async function asked(answer: CognitoAnswer): Promise<SignInError> {
  const name = answer.ChallengeName ?? "";
  if (!(name in ASKED)) return new SignInError(`This page cannot answer what Cognito asks for: ${name || "nothing"}.`);
  const challenge: Challenge = { name: name as Challenge["name"], session: answer.Session ?? "" };
  if (challenge.name === "MFA_SETUP") {
    const made = await cognito("AssociateSoftwareToken", { Session: challenge.session });
    challenge.session = made.Session ?? challenge.session;
    challenge.secret = made.SecretCode;
  }
  return new SignInError(ASKED[challenge.name], challenge);
}

export async function signIn(user: string, password: string): Promise<void> {
  const answer = await cognito("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: user, PASSWORD: password },
  });
  await take(user, answer, null);
}

/** Answer a challenge: with a new password, or with the code of an authenticator app. */
export async function answerChallenge(user: string, challenge: Challenge, answer: string): Promise<void> {
  let session = challenge.session;
  const responses: Record<string, string> = { USERNAME: user };
  if (challenge.name === "NEW_PASSWORD_REQUIRED") responses.NEW_PASSWORD = answer;
  if (challenge.name === "SOFTWARE_TOKEN_MFA") responses.SOFTWARE_TOKEN_MFA_CODE = answer;
  if (challenge.name === "MFA_SETUP") {
    const verified = await cognito("VerifySoftwareToken", { Session: session, UserCode: answer });
    session = verified.Session ?? session;
  }
  const request = { ChallengeName: challenge.name, Session: session, ChallengeResponses: responses };
  await take(user, await cognito("RespondToAuthChallenge", request), null);
}

async function renew(now: Session): Promise<void> {
  try {
    const answer = await cognito("InitiateAuth", {
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: now.refresh_token },
    });
    await take(now.user, answer, now.refresh_token);
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
