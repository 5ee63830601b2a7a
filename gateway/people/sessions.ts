// Who is logged in: a random token in a cookie, and here only a keyed hash of it. A session ends when its time is over,
// when its person logs out or is removed: at once, for every copy of the cookie.

import { randomBytes } from 'node:crypto';
import type { Keyring } from '../keys/keyring.ts';
import { place } from '../keys/seal.ts';
import type { Db } from '../store/database.ts';

/** A working day and a bit: nobody is logged out in the middle of a shift. */
export const SESSION_MS: number = 12 * 3_600_000;
/** Of one person at a time; the oldest end first. */
const SESSIONS_MAX = 32;

export type Session = { readonly person: number; readonly expiresMs: number };
type Row = { readonly mac: Buffer; readonly expires_ms: number; readonly sealed: Buffer };

const SQL = {
  all: 'SELECT mac, expires_ms, sealed FROM session ORDER BY expires_ms',
  find: 'SELECT mac, expires_ms, sealed FROM session WHERE mac = ?',
  add: 'INSERT INTO session (mac, expires_ms, sealed) VALUES (?, ?, ?)',
  drop: 'DELETE FROM session WHERE mac = ?',
  dropOld: 'DELETE FROM session WHERE expires_ms <= ?',
} as const;

export class Sessions {
  readonly #db: Db;
  readonly #keyring: Keyring;

  constructor(db: Db, keyring: Keyring) {
    this.#db = db;
    this.#keyring = keyring;
  }

  /** Begins a session. @returns its token, 256 random bits */
  begin(person: number, nowMs: number): string {
    const token = randomBytes(32).toString('base64url');
    const mac = this.#macOf(token);
    const expiresMs = nowMs + SESSION_MS;
    const sealed = this.#keyring.seal(
      place('session', mac, expiresMs),
      Buffer.from(JSON.stringify({ person })),
    );
    this.#db.prepare(SQL.dropOld).run(nowMs);
    const theirs = this.#rows().filter((row) => this.#personOf(row) === person);
    for (const row of theirs.slice(0, Math.max(0, theirs.length + 1 - SESSIONS_MAX)))
      this.#db.prepare(SQL.drop).run(row.mac);
    this.#db.prepare(SQL.add).run(mac, expiresMs, sealed);
    return token;
  }

  /** @throws SealBroken when its row was altered */
  find(token: string, nowMs: number): Session | undefined {
    const row = this.#db.prepare<[Buffer], Row>(SQL.find).get(this.#macOf(token));
    if (row === undefined || row.expires_ms <= nowMs) return undefined;
    return { person: this.#personOf(row), expiresMs: row.expires_ms };
  }

  end(token: string): void {
    this.#db.prepare(SQL.drop).run(this.#macOf(token));
  }

  /** Ends every session of somebody, but the one whose token is given. */
  endAllOf(person: number, but?: string): void {
    const kept = but === undefined ? undefined : this.#macOf(but);
    for (const row of this.#rows())
      if (this.#personOf(row) === person && kept?.equals(row.mac) !== true)
        this.#db.prepare(SQL.drop).run(row.mac);
  }

  /** Opens every row. @throws SealBroken */
  check(): void {
    for (const row of this.#rows()) this.#personOf(row);
  }

  #rows(): Row[] {
    return this.#db.prepare<[], Row>(SQL.all).all();
  }

  #personOf({ mac, expires_ms, sealed }: Row): number {
    return (JSON.parse(this.#keyring.open(place('session', mac, expires_ms), sealed).toString()) as Session)
      .person;
  }

  #macOf(token: string): Buffer {
    return this.#keyring.lookup('session', token);
  }
}
