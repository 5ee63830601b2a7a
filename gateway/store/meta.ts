// Facts about the hub itself, one sealed row each: its identity, its authority, what its owner chose at the last start. A
// row is bound to its name, so that none can stand in another's place.

import type { Keyring } from '../keys/keyring.ts';
import { place } from '../keys/seal.ts';
import type { Db } from './database.ts';

type Sealed = { readonly db: Db; readonly keyring: Keyring };

const SQL = {
  get: 'SELECT value FROM meta WHERE name = ?',
  put: 'INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)',
  drop: 'DELETE FROM meta WHERE name = ?',
  names: 'SELECT name FROM meta ORDER BY name',
} as const;

const at = (name: string): Uint8Array => place('meta', Buffer.from(name));

/** A fact's text; undefined where there is none. @throws SealBroken when its row was altered */
export function getMeta({ db, keyring }: Sealed, name: string): string | undefined {
  const row = db.prepare<[string], { value: Buffer }>(SQL.get).get(name);
  return row && keyring.open(at(name), row.value).toString();
}

/** Keeps a fact in the place of what was there; undefined: there is none any more. */
export function putMeta({ db, keyring }: Sealed, name: string, text: string | undefined): void {
  if (text === undefined) db.prepare(SQL.drop).run(name);
  else db.prepare(SQL.put).run(name, keyring.seal(at(name), Buffer.from(text)));
}

/** The names of all facts that are kept. */
export const metaNames = (db: Db): string[] => db.prepare<[], string>(SQL.names).pluck().all();
