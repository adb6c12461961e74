// Sign in. Locally the example users are offered; deployed there are none.
import { Button, Callout, TextField } from "@radix-ui/themes";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { message } from "@/parts/States";
import { Logo } from "./Logo";
import { choosePassword, farewell, readConfig, SignInError, signIn } from "./session";

export function Login() {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [challenge, setChallenge] = useState("");
  const [error, setError] = useState(farewell);
  const [busy, setBusy] = useState(false);
  const config = useQuery({ queryKey: ["config"], queryFn: readConfig, staleTime: Infinity });

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
          <Callout.Root size="1" color={challenge ? "indigo" : "red"} role="alert">
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
        {!!config.data?.example_users?.length && (
          <div className="field">
            <span className="label soft">Example users of this local state</span>
            <div className="row wrap">
              {config.data.example_users.map((example) => (
                <Button
                  key={example.name}
                  type="button"
                  variant="soft"
                  color="gray"
                  disabled={busy}
                  onClick={() => void enter(example.name, example.password)}
                >
                  {example.name}
                  <span className="soft small">{example.role}</span>
                </Button>
              ))}
            </div>
          </div>
        )}
      </form>
    </main>
  );
}
