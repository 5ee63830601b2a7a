// The key file of the account that pays for anchors on a chain: 64 hexadecimal digits, for its owner's eyes only. Whoever
// has it can spend what the account holds, and nothing else: it signs nothing of the hub's.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Refusal } from '../exit-status.ts';
import { readSecretFile, reasonOf } from './secret-file.ts';

const KEY_BYTES_MAX = 200;

/**
 * Text of the key file, for `createEvmAnchor` and `deployRegistry`, which parse it.
 *
 * @throws Refusal where it is not there, cannot be read, or others on this machine can
 */
export const readEvmKey = (path: string): string => readSecretFile(path, 'key file', KEY_BYTES_MAX);

/**
 * Makes the key file with fresh randomness where there is none, and says whether it did.
 *
 * @throws Refusal where it cannot be written
 */
export function makeEvmKey(path: string): boolean {
  try {
    writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw new Refusal('cannot-run', `The key file ${path} cannot be made: ${reasonOf(cause)}.`, { cause });
  }
}
