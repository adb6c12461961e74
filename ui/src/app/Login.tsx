// Sign in. The tokens are Cognito's.
import { Button, Callout, TextField } from "@radix-ui/themes";
import { type FormEvent, useState } from "react";
import { message } from "@/parts/States";
import { Logo } from "./Logo";
import { choosePassword, farewell, SignInError, signIn } from "./session";

export function Login() {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [challenge, setChallenge] = useState("");
  const [error, setError] = useState(farewell);
  const [busy, setBusy] = useState(false);

  const enter = async (name: string, secret: string) => {
    setBusy(true);
    setError("");
    try {
      if (challenge) await choosePassword(name, secret, challenge);
      else await signIn(name, secret);
    } catch (problem) {
      if (problem instanceof SignInError && problem.challenge?.name === "NEW_PASSWORD_REQUIRED") {
        setChallenge(problem.challenge.session);
        setPassword("");
      }
      setError(message(problem));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter(user.trim(), password);
  };

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
        <div className="field">
          <label htmlFor="password">{challenge ? "New password" : "Password"}</label>
          <TextField.Root
            id="password"
            size="3"
            type="password"
            autoComplete={challenge ? "new-password" : "current-password"}
            required
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
        </div>
        <Button size="3" type="submit" loading={busy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
