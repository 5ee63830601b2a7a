// Who is one of the hub's people is told of whom they may see, and of nobody else, by whatever channel.

import { HUB_SLOT } from '@heartwood/anchor';
import { People } from '../people/people.ts';
import { may } from '../people/permission.ts';
import type { Vault } from '../vault.ts';
import type { Contact } from './contact.ts';
import type { Item } from './ladder.ts';

/** Whether a contact may be told of these alarms: a person who was shut out since, or lost a patient, may not. */
export function isPermitted({ db, keyring }: Vault, { person }: Contact, items: readonly Item[]): boolean {
  if (person === undefined) return true;
  const known = new People(db, keyring).byNumber(person);
  if (known === undefined) return false;
  return items.every(({ slot }) => slot === HUB_SLOT || may(known, { do: 'see', slot }));
}
