// Letting people in: each step one commit, with its event in the hub's own slot.

import { HeartwoodError } from '../error.ts';
import type { Vault } from '../vault.ts';
import { createLoginCode, redeemLoginCode } from './login-code.ts';
import { checkPersonPassword, hashPersonPassword, People, type Person } from './people.ts';
import type { Role, Viewer } from './permission.ts';
import { Sessions } from './sessions.ts';

/** Somebody who is logged in. */
export type LoggedIn = Pick<Person, 'number' | 'name' | 'role' | 'patients'> & { readonly expiresMs: number };

const peopleOf = ({ db, keyring }: Vault): People => new People(db, keyring);
const sessionsOf = ({ db, keyring }: Vault): Sessions => new Sessions(db, keyring);

/**
 * Adds somebody. @returns them, and a one-time code by which they log in first
 * @throws HeartwoodError refused
 */
export function addPerson(
  vault: Vault,
  given: { readonly name: string; readonly role: Role; readonly patients: Viewer['patients'] },
): { readonly person: Person; readonly code: string } {
  return vault.store.transaction(() => {
    const person = peopleOf(vault).add(given.name, given.role, given.patients);
    vault.recordEvent('person-added', {
      person: person.number,
      role: given.role,
      ...slotsOf(given.patients),
    });
    return { person, code: createLoginCode(vault, person.number) };
  });
}

/** Gives somebody another role or other patients; pages that they have open follow. @throws HeartwoodError not-found */
export function changePerson(
  vault: Vault,
  name: string,
  change: { readonly role?: Role; readonly patients?: Viewer['patients'] },
): Person {
  return vault.store.transaction(() => {
    const person = peopleOf(vault).change(known(vault, name), change);
    vault.recordEvent('person-changed', {
      person: person.number,
      role: person.role,
      ...slotsOf(person.patients),
    });
    return person;
  });
}

/** Ends somebody's access and every session of theirs, at once. @throws HeartwoodError not-found */
export function removePerson(vault: Vault, name: string): Person {
  return vault.store.transaction(() => {
    const person = peopleOf(vault).remove(known(vault, name));
    sessionsOf(vault).endAllOf(person.number);
    vault.recordEvent('person-removed', { person: person.number });
    return person;
  });
}

/** A new code for somebody who is known. @throws HeartwoodError not-found */
export const loginCodeFor = (vault: Vault, name: string): string =>
  createLoginCode(vault, known(vault, name).number);

/** Logs in by a one-time code. @returns a session's token; undefined where the code is no good */
export function logInByCode(vault: Vault, code: string): string | undefined {
  return vault.store.transaction(() => {
    const person = redeemLoginCode(vault, code);
    return person === undefined || peopleOf(vault).byNumber(person) === undefined
      ? undefined
      : begin(vault, person);
  });
}

/** Logs in by name and password. @returns a session's token; undefined where either is wrong, which takes as long */
export async function logInByPassword(
  vault: Vault,
  name: string,
  password: string,
): Promise<string | undefined> {
  const person = peopleOf(vault).byName(name);
  const good = await checkPersonPassword(password, person);
  if (!good || person === undefined) return undefined;
  return vault.store.transaction(() => begin(vault, person.number));
}

/**
 * Sets the password of somebody who is logged in, and ends every session of theirs but this one: whoever has a copy of
 * an older cookie is out. @throws HeartwoodError unacceptable, refused
 */
export async function setPassword(
  vault: Vault,
  number: number,
  password: string,
  token: string,
): Promise<void> {
  const hashed = await hashPersonPassword(password);
  vault.store.transaction(() => {
    const person = number === 0 ? undefined : peopleOf(vault).byNumber(number);
    if (person === undefined)
      throw new HeartwoodError('refused', 'The operator logs in by codes from the hub’s terminal alone.');
    peopleOf(vault).change(person, { password: hashed });
    sessionsOf(vault).endAllOf(number, token);
    vault.recordEvent('person-changed', { person: number });
  });
}

/** Whose a token is, as they are at this moment; undefined where its session is over. */
export function whoIs(vault: Vault, token: string): LoggedIn | undefined {
  const session = sessionsOf(vault).find(token, vault.clock());
  const person = session && peopleOf(vault).byNumber(session.person);
  if (person === undefined) return undefined;
  const { number, name, role, patients } = person;
  return { number, name, role, patients, expiresMs: session!.expiresMs };
}

/** Ends a session, for every copy of its cookie. */
export function logOut(vault: Vault, token: string): void {
  const session = sessionsOf(vault).find(token, vault.clock());
  if (session === undefined) return;
  vault.store.transaction(() => {
    sessionsOf(vault).end(token);
    vault.recordEvent('logout', { person: session.person });
  });
}

function begin(vault: Vault, person: number): string {
  const token = sessionsOf(vault).begin(person, vault.clock());
  vault.recordEvent('login', { person });
  return token;
}

function known(vault: Vault, name: string): Person {
  const person = peopleOf(vault).byName(name);
  if (person === undefined) throw new HeartwoodError('not-found', `There is no person “${name}”.`);
  return person;
}

/** Which patients, for the record: `all`, or their slots as far as a text holds them. */
const slotsOf = (patients: Viewer['patients']): { readonly slots: string } => ({
  slots: patients === 'all' ? 'all' : patients.join(' ').slice(0, 256),
});
