// The authority's key and certificate in the database: one sealed row, made once.

import type { Keyring } from '../keys/keyring.ts';
import { place } from '../keys/seal.ts';
import type { Db } from '../store/database.ts';

/** `cert` is PEM; `key` is PKCS #8, base64. */
export type KeptAuthority = { readonly cert: string; readonly key: string };

const AT = place('meta', Buffer.from('authority'));
const READ = "SELECT value FROM meta WHERE name = 'authority'";
const WRITE = "INSERT INTO meta (name, value) VALUES ('authority', ?)";

/** Undefined where the hub has none yet. @throws SealBroken when the row was altered */
export function loadAuthority(db: Db, keyring: Keyring): KeptAuthority | undefined {
  const row = db.prepare<[], { value: Buffer }>(READ).get();
  return row && (JSON.parse(keyring.open(AT, row.value).toString()) as KeptAuthority);
}

export function keepAuthority(db: Db, keyring: Keyring, kept: KeptAuthority): void {
  db.prepare(WRITE).run(keyring.seal(AT, Buffer.from(JSON.stringify(kept))));
}
