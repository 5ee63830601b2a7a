// Folders that outlast a power cut. A file that was synced is on the disk, but the way to it is only once each folder
// above has been synced too: POSIX promises no more (fsync(2)), though many file systems do.

import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it where there are none, with this mode; on disk when it returns. One that is there
 * is synced into its place: the process that made it may have been killed right after.
 */
export function makeFolder(path: string, mode = 0o700): void {
  if (existsSync(path)) {
    try {
      syncFolder(dirname(path));
    } catch (error) {
      // A folder of others above ours, which was there before us.
      if (!(error instanceof Error && 'code' in error && /^(EACCES|EPERM|EROFS)$/.test(`${error.code}`)))
        throw error;
    }
    return;
  }
  if (!existsSync(dirname(path))) makeFolder(dirname(path), mode);
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  syncFolder(dirname(path));
}

/** The names in a folder are on disk when this returns. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
