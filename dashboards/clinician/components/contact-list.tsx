// Those who can be told, by what, and a test for each.

import type { VNode } from 'preact';
import { type Contact, type Telling, WAYS } from '../telling.ts';

export type Change = (method: string, path: string, body?: unknown) => Promise<boolean>;
type Props = { readonly telling: Telling; readonly change: Change };

export function ContactList({ telling: { contacts, ready }, change }: Props): VNode {
  if (contacts.length === 0) return <p>Nobody yet.</p>;
  return (
    <ul class="contact-list" aria-label="People">
      {contacts.map((contact) => (
        <li key={contact.number}>
          <p>
            <strong>{contact.name}</strong> <Ways contact={contact} ready={ready} />
          </p>
          <button
            type="button"
            aria-label={`Send a test to ${contact.name}`}
            onClick={() => void change('POST', `/api/contacts/${contact.number}/test`)}
          >
            Send a test
          </button>
          <button
            type="button"
            aria-label={`Take away ${contact.name}`}
            onClick={() => void change('DELETE', `/api/contacts/${contact.number}`)}
          >
            Take away
          </button>
        </li>
      ))}
    </ul>
  );
}

function Ways({ contact, ready }: { contact: Contact; ready: readonly string[] }): VNode {
  const missing = contact.ways.filter((way) => !ready.includes(way));
  return (
    <span class="quiet">
      by {contact.ways.map((way) => WAYS[way] ?? way).join(', ')}
      {contact.at !== undefined && contact.at.length > 0 && ` (${contact.at.join(', ')})`}
      {missing.length > 0 &&
        `. The hub is not set up for ${missing.map((way) => WAYS[way] ?? way).join(', ')} yet.`}
    </span>
  );
}
