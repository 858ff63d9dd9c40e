import { useState } from 'preact/hooks';
import { describe } from '../api/client';
import { Heading } from './frame';
import { signIn } from '../state/session';

/** A field that password managers know, and what to do without a token. */
export function SignIn() {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('token') as HTMLInputElement;
    setBusy(true);
    try {
      await signIn(field.value.trim());
    } catch (refused) {
      setProblem(describe(refused));
      field.focus();
    }
    setBusy(false);
  };
  return (
    <main class="sign-in">
      <Heading>Sign in to TrafficShifter</Heading>
      <form onSubmit={submit}>
        <input class="hidden-name" type="text" name="username" autocomplete="username" value="token" readOnly tabIndex={-1} aria-hidden="true" />
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required aria-describedby="where" autofocus />
        {problem && <p class="failure" role="alert">{problem}</p>}
        <button class="primary" type="submit" disabled={busy}>Sign in</button>
      </form>
      <p id="where" class="hint">No token? Ask an admin for one: <code>POST /api/v1/tokens</code>. The first one is in <code>admin.token</code> in the server's data directory. Behind a proxy that signs people in this page is skipped.</p>
    </main>
  );
}
