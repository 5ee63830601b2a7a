// The key by which push services and browsers know this hub (RFC 8292): made when it is first needed, sealed among the
// facts about the hub.

import { getMeta, putMeta } from '../store/meta.ts';
import type { Vault } from '../vault.ts';
import type { PushKey } from './push.ts';

const NAME = 'push-key';

/** @param make a new one, where there is none */
export function keptPushKey(vault: Vault, make: () => PushKey): PushKey {
  return vault.store.transaction(() => {
    const kept = getMeta(vault, NAME);
    if (kept !== undefined) return JSON.parse(kept) as PushKey;
    const made = make();
    putMeta(vault, NAME, JSON.stringify(made));
    return made;
  });
}
