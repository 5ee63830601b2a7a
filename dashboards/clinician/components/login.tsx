// One field for the code that the hub's terminal prints. A link from there fills it in by itself.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { Mark } from './mark.tsx';

type Props = { readonly why: string | undefined; readonly enter: (code: string) => Promise<void> };

export function Login({ why, enter }: Props): VNode {
  const busy = useSignal(false);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const code = new FormData(event.currentTarget).get('code');
    if (typeof code !== 'string' || code.trim() === '' || busy.value) return;
    busy.value = true;
    await enter(code.trim());
    busy.value = false;
  };
  return (
    <main class="login">
      <form onSubmit={(event) => void submit(event)}>
        <Mark />
        <h1>Heartwood</h1>
        <p class="lead">Vital signs of this home, each with its age and its proof.</p>
        <label for="code">Login code</label>
        <input
          id="code"
          name="code"
          type="text"
          required
          autocomplete="one-time-code"
          autocapitalize="off"
          spellcheck={false}
          aria-describedby="code-help code-why"
          aria-invalid={why !== undefined}
        />
        <p id="code-help" class="quiet">
          The hub prints it in its terminal when it starts. It works once.
        </p>
        <p id="code-why" class="why" role="status">
          {why}
        </p>
        <button type="submit" class="primary" aria-disabled={busy.value}>
          {busy.value ? 'Logging in …' : 'Log in'}
        </button>
      </form>
    </main>
  );
}
