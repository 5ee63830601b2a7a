// Whether a disk does what the hub needs of it: a page written and synced. A card that fails reads well for a long time.

import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What a hub writes at least for a commit. */
const BYTES = 4096;

/**
 * Writes and syncs a file of its own in a folder, and removes it.
 * @returns the system's word for what failed, as `EIO`; undefined where it went well, or where this user may write nothing there
 */
export function diskTrial(directory: string): string | undefined {
  const path = join(directory, `.doctor-${process.pid}`);
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      writeSync(file, Buffer.alloc(BYTES));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return /^(EACCES|EPERM|EEXIST)$/.test(code) ? undefined : code;
  } finally {
    rmSync(path, { force: true });
  }
  return undefined;
}
