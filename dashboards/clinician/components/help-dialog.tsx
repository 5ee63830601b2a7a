// The help, which comes when it is asked for.

import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Page } from '../page.ts';
import { Later } from './later.tsx';

const load = async () => (await import('./help-content.tsx')).HelpContent;

export function HelpDialog({ page }: { page: Page }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = page.helping.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  const close = (): void => {
    page.helping.value = false;
  };
  return (
    <dialog ref={dialog} class="ask help" aria-labelledby="help-title" onClose={close}>
      {open && <Later load={load} props={{ close }} />}
    </dialog>
  );
}
