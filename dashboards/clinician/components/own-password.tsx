// A person's own password, so that they need no code from the hub's terminal next time.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { setPassword } from '../session.ts';
import { text } from '../text/text.ts';

export function OwnPassword(): VNode {
  const open = useSignal(false);
  const said = useSignal<string | undefined>(undefined);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    said.value = await setPassword(String(new FormData(event.currentTarget).get('password') ?? ''));
    if (said.value === undefined) open.value = false;
  };
  if (!open.value)
    return (
      <button type="button" onClick={() => (open.value = true)}>
        {text().password.set}
      </button>
    );
  return (
    <form class="own-password" onSubmit={(event) => void submit(event)}>
      <label for="new-password">{text().password.label}</label>
      <input
        id="new-password"
        name="password"
        type="password"
        required
        minLength={12}
        autocomplete="new-password"
        aria-describedby="new-password-why"
      />
      <button type="submit" class="primary">
        {text().password.submit}
      </button>
      <button type="button" onClick={() => (open.value = false)}>
        {text().password.notNow}
      </button>
      <p id="new-password-why" class="why" role="status">
        {said.value}
      </p>
    </form>
  );
}
