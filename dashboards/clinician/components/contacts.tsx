// Who is told of alarms, when and by what; and the last messages, with what became of them. For whoever runs the hub; a
// patient arranges what is theirs.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { readTelling, type Telling, tell } from '../telling.ts';
import { tellingText } from '../text/telling.ts';
import type { TellingText } from '../text/telling-en.ts';
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
  const words = tellingText();
  return (
    <dialog ref={dialog} class="ask contacts" aria-labelledby="contacts-title" onClose={close}>
      <h2 id="contacts-title">{words.title}</h2>
      <p class="quiet">{words.intro}</p>
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
        {words.close}
      </button>
    </dialog>
  );
}

const FIELDS: readonly (readonly [name: keyof TellingText['fields'], keys: 'text' | 'email' | 'url'])[] = [
  ['name', 'text'],
  ['mail', 'email'],
  ['person', 'text'],
  ['webhook', 'url'],
  ['mqtt', 'text'],
];

function NewContact({ add }: { add: (body: unknown) => Promise<boolean> }): VNode {
  const open = useSignal(false);
  const asked = useRef(false);
  const button = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLInputElement>(null);
  // What was pressed is gone: the keys go on in the form, and after it where they came from.
  useLayoutEffect(() => {
    if (open.value) first.current?.focus();
    else if (asked.current) button.current?.focus();
    asked.current = open.value;
  }, [open.value]);
  const words = tellingText();
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '');
    if (await add(Object.fromEntries(given))) open.value = false;
  };
  if (!open.value)
    return (
      <button ref={button} type="button" onClick={() => (open.value = true)}>
        {words.add}
      </button>
    );
  return (
    <form
      class="new-contact"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        // The form goes first, the dialog after it.
        if (event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        open.value = false;
      }}
    >
      {FIELDS.map(([name, keys]) => (
        <label key={name}>
          {words.fields[name]}
          <input
            ref={name === 'name' ? first : null}
            name={name}
            type="text"
            inputMode={keys}
            required={name === 'name'}
            maxLength={1000}
            autocomplete="off"
          />
        </label>
      ))}
      <label>
        {words.language}
        <select name="language">
          <option value="">{words.asTheHub}</option>
          <option value="en" lang="en">
            English
          </option>
          <option value="de" lang="de">
            Deutsch
          </option>
        </select>
      </label>
      <button type="submit" class="primary">
        {words.addThem}
      </button>
      <button type="button" onClick={() => (open.value = false)}>
        {words.notNow}
      </button>
    </form>
  );
}
