// A file with a secret, for its owner's eyes only: one that others on this machine can read is refused, and its content is
// in no message.

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { Refusal } from '../exit-status.ts';

/**
 * The text of a secret's file.
 *
 * @param what names it, e.g. `key file`
 * @throws Refusal where it is not there, cannot be read, is too long, or others on this machine can read it
 */
export function readSecretFile(path: string, what: string, bytesMax: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new Refusal('cannot-run', `The ${what} ${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
  try {
    const { mode, size } = fstatSync(file);
    if ((mode & 0o077) !== 0)
      throw new Refusal('cannot-run', `Others can read the ${what} ${path}: run chmod 600 on it.`);
    if (size > bytesMax) throw new Refusal('cannot-run', `${path} is too long for a ${what}.`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

export function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}
