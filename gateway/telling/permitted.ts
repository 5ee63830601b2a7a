// Who is one of the hub's people is told of whom they may see, and of nobody else, by whatever channel.

import { HUB_SLOT } from '@heartwood/anchor';
import { SealBroken } from '../keys/seal.ts';
import { People, type Person } from '../people/people.ts';
import { may } from '../people/permission.ts';
import type { Vault } from '../vault.ts';
import type { Contact } from './contact.ts';
import type { Item } from './ladder.ts';

/** Whether a contact may be told of these alarms: a person who was shut out since, or lost a patient, may not. */
export function isPermitted(vault: Vault, { person }: Contact, items: readonly Item[]): boolean {
  if (person === undefined) return true;
  const known = personOf(vault, person);
  return known !== undefined && items.every(({ slot }) => maySee(known, slot));
}

/** The same for one look at many alarms, of each patient by themselves: each person is read once. */
export function permissions(vault: Vault): (contact: Contact, slot: number) => boolean {
  const read = new Map<number, Person | undefined>();
  return ({ person }, slot) => {
    if (person === undefined) return true;
    if (!read.has(person)) read.set(person, personOf(vault, person));
    const known = read.get(person);
    return known !== undefined && maySee(known, slot);
  };
}

const maySee = (person: Person, slot: number): boolean =>
  slot === HUB_SLOT || may(person, { do: 'see', slot });

/** Somebody whose row does not open may see nobody: the next step is taken, and a check of the data tells of it. */
function personOf({ db, keyring }: Vault, person: number): Person | undefined {
  try {
    return new People(db, keyring).byNumber(person);
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}
