// A button that opens a dialog, which comes when it is wanted; the focus is back on the button when it is closed.

import { useSignal } from '@preact/signals';
import type { ComponentType, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { Later } from './later.tsx';

type Close = { readonly close: () => void };
type Props<P> = {
  readonly label: string;
  readonly load: () => Promise<ComponentType<P & Close>>;
  readonly props: P;
};

export function DialogButton<P extends object>({ label, load, props }: Props<P>): VNode {
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    open.value = false;
    button.current?.focus();
  };
  return (
    <>
      <button ref={button} type="button" onClick={() => (open.value = true)}>
        {label}
      </button>
      {open.value && <Later load={load} props={{ ...props, close }} />}
    </>
  );
}
