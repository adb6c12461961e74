// Sign in. The tokens are Cognito's.
import { Button, Callout, TextField } from "@radix-ui/themes";
import { type FormEvent, useState } from "react";
import { message } from "@/parts/States";
import { Logo } from "./Logo";
import { answerChallenge, type Challenge, farewell, SignInError, signIn } from "./session";

export function Login() {
  const [user, setUser] = useState("");
  const [secret, setSecret] = useState("");
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const [error, setError] = useState(farewell);
  const [busy, setBusy] = useState(false);

  const enter = async (name: string) => {
    setBusy(true);
    setError("");
    try {
      if (challenge) await answerChallenge(name, challenge, secret.trim());
      else await signIn(name, secret);
    } catch (problem) {
      if (problem instanceof SignInError && problem.challenge) setChallenge(problem.challenge);
      setSecret("");
      setError(message(problem));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter(user.trim());
  };
  const asksForCode = challenge !== null && challenge.name !== "NEW_PASSWORD_REQUIRED";
  const label = asksForCode ? "Code" : challenge ? "New password" : "Password";

  return (
    <main className="login">
      <form onSubmit={submit}>
        <div className="row login-brand">
          <Logo size={28} />
          <h1>Workshop</h1>
        </div>
        <p className="soft small">Minority Report System. Sign in to review the sales that no campaign paid for.</p>
        {error && (
          <Callout.Root highContrast size="1" color={challenge ? "indigo" : "red"} role="alert">
            <Callout.Text>{error}</Callout.Text>
          </Callout.Root>
        )}
        <div className="field">
          <label htmlFor="user">User name</label>
          <TextField.Root id="user" size="3" autoComplete="username" required autoFocus value={user} onChange={(e) => setUser(e.target.value)} />
        </div>
        {challenge?.secret && (
          <p className="small">
            Key: <code>{challenge.secret}</code>{" "}
            <a href={`otpauth://totp/Workshop:${encodeURIComponent(user)}?secret=${challenge.secret}&issuer=Workshop`}>
              open in an app on this device
            </a>
          </p>
        )}
        <div className="field">
          <label htmlFor="secret">{label}</label>
          <TextField.Root
            key={label}
            id="secret"
            size="3"
            type={asksForCode ? "text" : "password"}
            inputMode={asksForCode ? "numeric" : undefined}
            autoComplete={asksForCode ? "one-time-code" : challenge ? "new-password" : "current-password"}
            autoFocus={challenge !== null}
            required
            value={secret}
            onChange={(e) => setSecret(e.target.value)}
          />
        </div>
        <Button size="3" type="submit" loading={busy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
