// One field for the code that the hub's terminal prints. A link from there fills it in by itself. Who has set a password
// may use that instead.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import type { Credentials } from '../session.ts';
import { text } from '../text/text.ts';
import { Mark } from './mark.tsx';

type Props = {
  readonly why: string | undefined;
  readonly enter: (credentials: Credentials) => Promise<void>;
};

export function Login({ why, enter }: Props): VNode {
  const busy = useSignal(false);
  const byPassword = useSignal(false);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const credentials = credentialsOf(new FormData(event.currentTarget));
    if (credentials === undefined || busy.value) return;
    busy.value = true;
    await enter(credentials);
    busy.value = false;
  };
  const words = text().login;
  return (
    <main class="login">
      <form onSubmit={(event) => void submit(event)}>
        <Mark />
        <h1>Heartwood</h1>
        <p class="lead">{words.lead}</p>
        {byPassword.value ? <PasswordFields why={why} /> : <CodeField why={why} />}
        <p id="login-why" class="why" role="status">
          {why}
        </p>
        <button type="submit" class="primary" aria-disabled={busy.value}>
          {busy.value ? words.busy : words.enter}
        </button>
        <button type="button" class="other-way" onClick={() => (byPassword.value = !byPassword.value)}>
          {byPassword.value ? words.codeInstead : words.passwordInstead}
        </button>
      </form>
    </main>
  );
}

function CodeField({ why }: Pick<Props, 'why'>): VNode {
  return (
    <>
      <label for="code">{text().login.code}</label>
      <input
        id="code"
        name="code"
        class="code"
        type="text"
        required
        autocomplete="one-time-code"
        autocapitalize="off"
        spellcheck={false}
        aria-describedby="code-help login-why"
        aria-invalid={why !== undefined}
      />
      <p id="code-help" class="quiet">
        {text().login.codeHelp}
      </p>
    </>
  );
}

function PasswordFields({ why }: Pick<Props, 'why'>): VNode {
  return (
    <>
      <label for="name">{text().login.name}</label>
      <input
        id="name"
        name="name"
        type="text"
        required
        autocomplete="username"
        aria-invalid={why !== undefined}
      />
      <label for="password">{text().login.password}</label>
      <input
        id="password"
        name="password"
        type="password"
        required
        autocomplete="current-password"
        aria-describedby="login-why"
        aria-invalid={why !== undefined}
      />
    </>
  );
}

function credentialsOf(form: FormData): Credentials | undefined {
  const text = (name: string): string => String(form.get(name) ?? '').trim();
  if (form.has('code')) return text('code') === '' ? undefined : { code: text('code') };
  const password = String(form.get('password') ?? '');
  return text('name') === '' || password === '' ? undefined : { name: text('name'), password };
}
