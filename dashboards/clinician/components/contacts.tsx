// Who is told of alarms, when and by what; and the last messages, with what became of them. For whoever runs the hub; a
// patient arranges what is theirs.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { readTelling, type Telling, tell } from '../telling.ts';
import { ContactList } from './contact-list.tsx';
import { LadderEditor } from './ladder-editor.tsx';
import { SentList } from './sent-list.tsx';

type Props = { readonly runs: boolean; readonly close: () => void };

/** While a message is on its way its outcome is looked for. */
const AGAIN_MS = 3_000;

export function Contacts({ runs, close }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const telling = useSignal<Telling | undefined>(undefined);
  const why = useSignal<string | undefined>(undefined);
  const read = async (): Promise<void> => {
    const said = await readTelling();
    if (typeof said === 'string') why.value = said;
    else telling.value = said;
  };
  /** Changes something, then shows what the hub has. */
  const change = async (method: string, path: string, body?: unknown): Promise<boolean> => {
    why.value = await tell(method, path, body);
    await read();
    return why.value === undefined;
  };
  useEffect(() => {
    dialog.current?.showModal();
    void read();
    const timer = setInterval(() => void read(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const now = telling.value;
  return (
    <dialog ref={dialog} class="ask contacts" aria-labelledby="contacts-title" onClose={close}>
      <h2 id="contacts-title">Who is told</h2>
      <p class="quiet">
        Whoever looks at the page sees each alarm. Here is who is told besides, by a mail or a telephone, as
        long as nobody answers.
      </p>
      <p class="why" role="status">
        {why.value}
      </p>
      {now !== undefined && (
        <>
          {runs && <ContactList telling={now} change={change} />}
          {runs && <NewContact add={(body) => change('POST', '/api/contacts', body)} />}
          <LadderEditor telling={now} runs={runs} change={change} />
          {runs && <SentList deliveries={now.deliveries} />}
        </>
      )}
      <button type="button" class="primary" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}

const FIELDS: readonly (readonly [name: string, label: string, type: string])[] = [
  ['name', 'Name', 'text'],
  ['mail', 'Mail address', 'email'],
  ['person', 'Or a person of the hub (their page and telephone)', 'text'],
  ['webhook', 'Or a webhook, https://…', 'url'],
  ['mqtt', 'Or a topic of your broker', 'text'],
];

function NewContact({ add }: { add: (body: unknown) => Promise<boolean> }): VNode {
  const open = useSignal(false);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '');
    if (await add(Object.fromEntries(given))) open.value = false;
  };
  if (!open.value)
    return (
      <button type="button" onClick={() => (open.value = true)}>
        Add somebody
      </button>
    );
  return (
    <form class="new-contact" onSubmit={(event) => void submit(event)}>
      {FIELDS.map(([name, label, type]) => (
        <label key={name}>
          {label}
          <input name={name} type={type} required={name === 'name'} maxLength={1000} autocomplete="off" />
        </label>
      ))}
      <button type="submit" class="primary">
        Add
      </button>
      <button type="button" onClick={() => (open.value = false)}>
        Not now
      </button>
    </form>
  );
}
