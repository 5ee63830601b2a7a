// The authority's key and certificate in the database: one sealed row, made once.

import type { Keyring } from '../keys/keyring.ts';
import type { Db } from '../store/database.ts';
import { getMeta, putMeta } from '../store/meta.ts';

/** `cert` is PEM; `key` is PKCS #8, base64. */
export type KeptAuthority = { readonly cert: string; readonly key: string };

const NAME = 'authority';

/** Undefined where the hub has none yet. @throws SealBroken when the row was altered */
export function loadAuthority(db: Db, keyring: Keyring): KeptAuthority | undefined {
  const text = getMeta({ db, keyring }, NAME);
  return text === undefined ? undefined : (JSON.parse(text) as KeptAuthority);
}

export function keepAuthority(db: Db, keyring: Keyring, kept: KeptAuthority): void {
  putMeta({ db, keyring }, NAME, JSON.stringify(kept));
}
