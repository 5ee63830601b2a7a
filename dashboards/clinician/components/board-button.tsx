// Opens the alarm board, which comes when it is wanted.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { text } from '../text/text.ts';
import { Later } from './later.tsx';

const load = async () => (await import('./alarm-board.tsx')).AlarmBoard;

/** @param names of the patients whom the visitor may see, by pseudonym */
export function BoardButton({ names }: { readonly names: ReadonlyMap<string, string> }): VNode {
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    open.value = false;
    button.current?.focus();
  };
  return (
    <>
      <button ref={button} type="button" onClick={() => (open.value = true)}>
        {text().board}
      </button>
      {open.value && <Later load={load} props={{ names, close }} />}
    </>
  );
}
