// One-time codes: twelve letters that a person reads or a device is shown, good for minutes and one use. The database
// holds a keyed hash only, of another key for each purpose, so that a code is good for what it was made for and nothing
// else. 60 random bits, and the page's rate limit, leave nothing to guess; that a code is found by its hash tells a
// stopwatch nothing about it.

import { randomBytes } from 'node:crypto';
import type { Vault } from '../vault.ts';
import { place } from './seal.ts';

export type CodePurpose = 'login-code' | 'claim-code';

/** Crockford's base 32: no letter that can be taken for a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const SQL = {
  add: 'INSERT INTO login_code (mac, expires_ms, sealed) VALUES (?, ?, ?)',
  find: 'SELECT expires_ms, sealed FROM login_code WHERE mac = ?',
  drop: 'DELETE FROM login_code WHERE mac = ? OR expires_ms < ?',
} as const;

/** Makes a code, e.g. `7KQ2-M0XR-94TB`, that stands for `content` (plain JSON) until `expiresMs`. */
export function createCode(vault: Vault, purpose: CodePurpose, content: object, expiresMs: number): string {
  const letters = Array.from(randomBytes(12), (byte) => ALPHABET[byte & 31]).join('');
  const mac = vault.keyring.lookup(purpose, letters);
  const sealed = vault.keyring.seal(
    place('login_code', mac, expiresMs),
    Buffer.from(JSON.stringify(content)),
  );
  vault.db.prepare(SQL.add).run(mac, expiresMs, sealed);
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

/** What a code stands for, as JSON; undefined where it is no good. It stays good. */
export function readCode(vault: Vault, purpose: CodePurpose, given: string): unknown {
  const mac = macOf(vault, purpose, given);
  const row = vault.db.prepare<[Buffer], { expires_ms: number; sealed: Buffer }>(SQL.find).get(mac);
  if (row === undefined || row.expires_ms < vault.clock()) return undefined;
  return JSON.parse(vault.keyring.open(place('login_code', mac, row.expires_ms), row.sealed).toString());
}

/** As `readCode`, and uses it up; with it go those that are too old. */
export function redeemCode(vault: Vault, purpose: CodePurpose, given: string): unknown {
  return vault.store.transaction(() => {
    const content = readCode(vault, purpose, given);
    vault.db.prepare(SQL.drop).run(macOf(vault, purpose, given), vault.clock());
    return content;
  });
}

/** Forgives case, spaces and dashes. */
function macOf(vault: Vault, purpose: CodePurpose, given: string): Buffer {
  const letters = given.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return vault.keyring.lookup(purpose, letters);
}
