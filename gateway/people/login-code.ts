// One-time login codes: shown once on the terminal of whoever runs the hub, good for ten minutes and one use.
// The database holds a keyed hash only. 60 random bits, and the page's rate limit, leave nothing to guess.

import { randomBytes } from 'node:crypto';
import { place } from '../keys/seal.ts';
import type { Vault } from '../vault.ts';
import { OPERATOR } from './people.ts';

export const LOGIN_CODE_MS: number = 10 * 60_000;

/** Crockford's base 32: no letter that can be taken for a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const SQL = {
  add: 'INSERT INTO login_code (mac, expires_ms, sealed) VALUES (?, ?, ?)',
  find: 'SELECT expires_ms, sealed FROM login_code WHERE mac = ?',
  drop: 'DELETE FROM login_code WHERE mac = ? OR expires_ms < ?',
} as const;

/** Makes a code for a person, e.g. `7KQ2-M0XR-94TB`. */
export function createLoginCode(vault: Vault, person: number = OPERATOR.number): string {
  const letters = Array.from(randomBytes(12), (byte) => ALPHABET[byte & 31]).join('');
  const mac = vault.keyring.lookup('login-code', letters);
  const expiresMs = vault.clock() + LOGIN_CODE_MS;
  const sealed = vault.keyring.seal(
    place('login_code', mac, expiresMs),
    Buffer.from(JSON.stringify({ person })),
  );
  vault.db.prepare(SQL.add).run(mac, expiresMs, sealed);
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

/** Uses a code up. @returns whose it was, by number; undefined where it is no good. Forgives case, spaces and dashes. */
export function redeemLoginCode(vault: Vault, given: string): number | undefined {
  const letters = given.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const mac = vault.keyring.lookup('login-code', letters);
  return vault.store.transaction(() => {
    const row = vault.db.prepare<[Buffer], { expires_ms: number; sealed: Buffer }>(SQL.find).get(mac);
    const nowMs = vault.clock();
    vault.db.prepare(SQL.drop).run(mac, nowMs);
    if (row === undefined || row.expires_ms < nowMs) return undefined;
    const text = vault.keyring.open(place('login_code', mac, row.expires_ms), row.sealed).toString();
    return (JSON.parse(text) as { person: number }).person;
  });
}
