// Who may log in. The operator (number 0) is whoever can run programs on the hub's machine: they are in no table and
// their codes come from the terminal. Everybody else has a name, a role and the patients that they were given; on disk
// all of it is sealed.

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { HeartwoodError } from '../error.ts';
import type { Keyring } from '../keys/keyring.ts';
import { place } from '../keys/seal.ts';
import type { Db } from '../store/database.ts';
import type { Role, Viewer } from './permission.ts';

export type Person = Viewer & {
  /** Given out once, from 1. */
  readonly number: number;
  readonly name: string;
  readonly removed: boolean;
  /** Undefined where they log in by one-time codes alone. */
  readonly password?: PasswordHash | undefined;
};

/** Argon2id (RFC 9106 section 4, second recommended option): hexadecimal. */
type PasswordHash = { readonly salt: string; readonly hash: string };

export const OPERATOR: Person = {
  number: 0,
  name: 'Operator',
  role: 'admin',
  patients: 'all',
  removed: false,
};

const ARGON2 = { parallelism: 1, tagLength: 32, memory: 65_536, passes: 3 } as const;
const PASSWORD_CHARS_MIN = 12;
const PASSWORD_CHARS_MAX = 200;

const SQL = {
  all: 'SELECT number, sealed FROM person ORDER BY number',
  next: 'SELECT coalesce(max(number), 0) + 1 AS number FROM person',
  put: 'INSERT OR REPLACE INTO person (number, sealed) VALUES (?, ?)',
} as const;

type Kept = Omit<Person, 'number'>;

export class People {
  readonly #db: Db;
  readonly #keyring: Keyring;

  constructor(db: Db, keyring: Keyring) {
    this.#db = db;
    this.#keyring = keyring;
  }

  /** Everybody who ever was, the removed too. Few: read anew each time. @throws SealBroken when a row was altered */
  all(): Person[] {
    const rows = this.#db.prepare<[], { number: number; sealed: Buffer }>(SQL.all).all();
    return rows.map(({ number, sealed }) => {
      const kept = JSON.parse(this.#keyring.open(place('person', number), sealed).toString()) as Kept;
      return { number, ...kept };
    });
  }

  /** The operator, or somebody who was added and not removed. */
  byNumber(number: number): Person | undefined {
    if (number === OPERATOR.number) return OPERATOR;
    return this.all().find((person) => person.number === number && !person.removed);
  }

  byName(name: string): Person | undefined {
    return this.all().find((person) => person.name === name.trim() && !person.removed);
  }

  /** Call inside a transaction. @throws HeartwoodError refused */
  add(name: string, role: Role, patients: Viewer['patients']): Person {
    const clean = name.trim();
    if (clean === '' || clean.length > 100 || /\p{Cc}/u.test(clean))
      throw new HeartwoodError('refused', 'A person needs a name in one line of 1 to 100 characters.');
    if (clean === OPERATOR.name || this.byName(clean) !== undefined)
      throw new HeartwoodError('refused', `There is a person “${clean}” already.`);
    const { number } = this.#db.prepare(SQL.next).get() as { number: number };
    return this.#put({ number, name: clean, role, patients, removed: false });
  }

  /** May not log in any more; the number and the name stay, for the record. Call inside a transaction. */
  remove(person: Person): Person {
    const { password: _, ...rest } = person;
    return this.#put({ ...rest, removed: true });
  }

  /** Call inside a transaction. */
  change(person: Person, change: Partial<Pick<Person, 'role' | 'patients' | 'password'>>): Person {
    return this.#put({ ...person, ...change });
  }

  #put(person: Person): Person {
    const { number, ...kept } = person;
    this.#db
      .prepare(SQL.put)
      .run(number, this.#keyring.seal(place('person', number), Buffer.from(JSON.stringify(kept))));
    return person;
  }
}

/** @throws HeartwoodError unacceptable for one that is too short or too long */
export async function hashPersonPassword(password: string): Promise<PasswordHash> {
  const { length } = password;
  if (length < PASSWORD_CHARS_MIN || length > PASSWORD_CHARS_MAX || !password.isWellFormed()) {
    throw new HeartwoodError(
      'unacceptable',
      `A password has ${PASSWORD_CHARS_MIN} to ${PASSWORD_CHARS_MAX} characters: four words that do not belong together are a good one.`,
    );
  }
  const salt = randomBytes(16);
  return { salt: salt.toString('hex'), hash: (await hashOf(password, salt)).toString('hex') };
}

/** Constant time in the password. Where there is none it costs as much, and says no. */
export async function checkPersonPassword(password: string, person: Person | undefined): Promise<boolean> {
  const { salt, hash } = person?.password ?? { salt: '00'.repeat(16), hash: '00'.repeat(32) };
  const same = timingSafeEqual(
    await hashOf(password.slice(0, PASSWORD_CHARS_MAX), Buffer.from(salt, 'hex')),
    Buffer.from(hash, 'hex'),
  );
  return same && person?.password !== undefined;
}

const hashOf = (password: string, salt: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    argon2('argon2id', { message: password, nonce: salt, ...ARGON2 }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    ),
  );
