// The key file of the account that pays for anchors on a chain: 64 hexadecimal digits, for its owner's eyes only. Whoever
// has it can spend what the account holds, and nothing else: it signs nothing of the hub's.

import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Refusal } from '../exit-status.ts';

const KEY_BYTES_MAX = 200;

/**
 * Text of the key file, for `createEvmAnchor` and `deployRegistry`, which parse it.
 *
 * @throws Refusal where it is not there, cannot be read, or others on this machine can
 */
export function readEvmKey(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new Refusal('cannot-run', `The key file ${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
  try {
    const { mode, size } = fstatSync(file);
    if ((mode & 0o077) !== 0)
      throw new Refusal('cannot-run', `Others can read the key file ${path}: run chmod 600 on it.`);
    if (size > KEY_BYTES_MAX) throw new Refusal('cannot-run', `${path} is too long for a key file.`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

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

function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}
