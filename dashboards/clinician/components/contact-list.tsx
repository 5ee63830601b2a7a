// Those who can be told, by what, and a test for each.

import type { VNode } from 'preact';
import { type Contact, type Telling, wayWords } from '../telling.ts';
import { tellingText } from '../text/telling.ts';

export type Change = (method: string, path: string, body?: unknown) => Promise<boolean>;
type Props = { readonly telling: Telling; readonly change: Change };

export function ContactList({ telling: { contacts, ready }, change }: Props): VNode {
  const words = tellingText();
  if (contacts.length === 0) return <p>{words.nobodyYet}</p>;
  return (
    <ul class="contact-list" aria-label={words.people}>
      {contacts.map((contact) => (
        <li key={contact.number}>
          <p>
            <strong>{contact.name}</strong> <Ways contact={contact} ready={ready} />
          </p>
          <button
            type="button"
            aria-label={words.testTo(contact.name)}
            onClick={() => void change('POST', `/api/contacts/${contact.number}/test`)}
          >
            {words.test}
          </button>
          <button
            type="button"
            aria-label={words.takeAwayWhom(contact.name)}
            onClick={() => void change('DELETE', `/api/contacts/${contact.number}`)}
          >
            {words.takeAway}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Ways({ contact, ready }: { contact: Contact; ready: readonly string[] }): VNode {
  const words = tellingText();
  const missing = contact.ways.filter((way) => !ready.includes(way));
  return (
    <span class="quiet">
      {words.by(wayWords(contact.ways))}
      {contact.at !== undefined && contact.at.length > 0 && ` (${contact.at.join(', ')})`}
      {missing.length > 0 && `. ${words.notSetUp(wayWords(missing))}`}
    </span>
  );
}
