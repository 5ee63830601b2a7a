// Opens who is told of alarms, which comes when it is wanted.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { text } from '../text/text.ts';
import { Later } from './later.tsx';

const load = async () => (await import('./contacts.tsx')).Contacts;

/** @param runs the visitor runs the hub; otherwise they arrange what is theirs */
export function ContactsButton({ runs }: { readonly runs: boolean }): VNode {
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    open.value = false;
    button.current?.focus();
  };
  return (
    <>
      <button ref={button} type="button" onClick={() => (open.value = true)}>
        {text().told}
      </button>
      {open.value && <Later load={load} props={{ runs, close }} />}
    </>
  );
}
