// Opens the choices of display and sound, which come when they are wanted.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { AlarmSound } from '../alarm-sound.ts';
import { text } from '../text/text.ts';
import { Later } from './later.tsx';

const load = async () => (await import('./settings-dialog.tsx')).SettingsDialog;

type Props = {
  readonly sound: AlarmSound;
  /** The operator logs in by codes alone. */
  readonly mayHavePassword: boolean;
};

export function SettingsButton({ sound, mayHavePassword }: Props): VNode {
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    open.value = false;
    button.current?.focus();
  };
  return (
    <>
      <button ref={button} type="button" class="settings-button" onClick={() => (open.value = true)}>
        {text().settings}
      </button>
      {open.value && <Later load={load} props={{ sound, mayHavePassword, close }} />}
    </>
  );
}
