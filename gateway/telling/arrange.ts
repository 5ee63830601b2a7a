// Arranging who is told: each change one commit, with its event in the hub's own slot. For the page and the command line
// alike; who may do it is decided where they ask (`calls.ts` of this folder).

import { HeartwoodError } from '../error.ts';
import { People } from '../people/people.ts';
import type { Vault } from '../vault.ts';
import {
  type Arranged,
  type Contact,
  channelsOf,
  checkContact,
  checkSteps,
  type NewArranged,
  type NewContact,
} from './contact.ts';
import type { Step } from './ladder.ts';
import { readSubscription } from './subscription.ts';
import { EVERYBODY, TellingStore } from './telling-store.ts';

/** A contact, with the name of the hub's person whom it is. */
export type GivenContact = Omit<NewContact, 'person'> & { readonly person?: string | undefined };

/** @throws HeartwoodError unacceptable, not-found, refused */
export function addContact(vault: Vault, { person, ...ways }: GivenContact): Contact {
  const store = new TellingStore(vault);
  return vault.store.transaction(() => {
    const known = person === undefined ? undefined : personOf(vault, person);
    const checked = checkContact({ ...ways, ...(known !== undefined && { person: known }) });
    if (store.contacts().some(({ name }) => name === checked.name))
      throw new HeartwoodError('refused', `There is a contact “${checked.name}” already.`);
    const contact = store.addContact(checked);
    vault.recordEvent('contact-changed', {
      contact: contact.number,
      change: 'added',
      ways: channelsOf(contact).join(' '),
      ...(contact.language !== undefined && { language: contact.language }),
      ...(known !== undefined && { person: known }),
    });
    return contact;
  });
}

/**
 * Nobody is told by it any more; the steps that name it go. A patient whose last step goes with it is told of as everybody is:
 * an empty ladder of their own would keep everybody's from them. What may leave the house stays as they let it.
 * @throws HeartwoodError not-found
 */
export function removeContact(vault: Vault, number: number): Contact {
  const store = new TellingStore(vault);
  return vault.store.transaction(() => {
    const contact = contactOf(store, number);
    store.dropContact(number);
    vault.recordEvent('contact-changed', { contact: number, change: 'removed' });
    for (const [slot, arranged] of store.ladders()) {
      const steps = arranged.steps.filter((step) => step.contact !== number);
      if (steps.length === arranged.steps.length) continue;
      const follows = steps.length === 0 && slot !== EVERYBODY;
      put(vault, store, slot, { ...arranged, steps, ...(follows && { follows }) });
    }
    return contact;
  });
}

/**
 * Sets a patient's ladder and what may leave the house of them, or everybody's (slot 0).
 * @param arranged undefined: the patient has none of their own any more
 * @throws HeartwoodError unacceptable
 */
export function setLadder(vault: Vault, slot: number, arranged: NewArranged | undefined): void {
  const store = new TellingStore(vault);
  vault.store.transaction(() => {
    if (arranged === undefined) {
      store.putLadder(slot, undefined);
      vault.recordEvent('ladder-changed', { ...whose(slot), steps: AS_EVERYBODY });
      return;
    }
    checkSteps(arranged.steps, store.contacts());
    put(vault, store, slot, { ...arranged, setMs: vault.clock() });
  });
}

/** A browser of a person asks to be told. @throws HeartwoodError unacceptable, refused */
export function subscribe(vault: Vault, person: number, body: unknown): void {
  const subscription = readSubscription(person, body);
  const store = new TellingStore(vault);
  vault.store.transaction(() => {
    const theirs = store.subscriptions().filter((one) => one.person === person);
    const others = theirs.filter(({ endpoint }) => endpoint !== subscription.endpoint);
    for (const { number } of others.slice(0, Math.max(0, others.length + 1 - BROWSERS_MAX)))
      store.dropSubscription(number);
    store.putSubscription(subscription);
  });
}

/** A browser of a person asks no more. */
export function unsubscribe(vault: Vault, person: number, endpoint: string): void {
  const store = new TellingStore(vault);
  vault.store.transaction(() => {
    for (const one of store.subscriptions())
      if (one.person === person && one.endpoint === endpoint) store.dropSubscription(one.number);
  });
}

/** @throws HeartwoodError not-found */
export function contactOf(store: TellingStore, asked: number | string): Contact {
  const found = store.contacts().find(({ number, name }) => number === asked || name === asked);
  if (found === undefined) throw new HeartwoodError('not-found', `There is no contact “${asked}”.`);
  return found;
}

/** What the record says of a patient who has no ladder of their own any more. */
export const AS_EVERYBODY = 'as everybody';

/** Of one person; the oldest go first. */
const BROWSERS_MAX = 16;

function put(vault: Vault, store: TellingStore, slot: number, arranged: Arranged): void {
  store.putLadder(slot, arranged);
  vault.recordEvent('ladder-changed', {
    ...whose(slot),
    disclose: arranged.disclose,
    steps: arranged.follows === true ? AS_EVERYBODY : stepsText(arranged.steps),
  });
}

/** Steps as the record tells them, as far as a detail holds them. */
export const stepsText = (steps: readonly Step[]): string =>
  steps
    .map(({ after, contact, channels, from }) => `${after}m:${contact}:${channels.join('+')}:${from}`)
    .join(' ')
    .slice(0, 200);

const whose = (slot: number): Record<string, number | string> =>
  slot === EVERYBODY ? { of: 'everybody' } : { slot };

/** @throws HeartwoodError not-found */
function personOf({ db, keyring }: Vault, name: string): number {
  const person = new People(db, keyring).byName(name);
  if (person === undefined) throw new HeartwoodError('not-found', `There is no person “${name}”.`);
  return person.number;
}

/** For the command line. */
export const knownContacts = (vault: Vault): Contact[] => new TellingStore(vault).contacts();
export const everybodysLadder = (vault: Vault): NewArranged =>
  new TellingStore(vault).ladders().get(EVERYBODY) ?? { steps: [], disclose: 'nothing' };
export const setEverybodysLadder = (vault: Vault, arranged: NewArranged): void =>
  setLadder(vault, EVERYBODY, arranged);
