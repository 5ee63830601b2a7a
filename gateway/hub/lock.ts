// One hub on one data directory: two would sign two histories. The lock is an exclusive SQLite transaction on a
// file of its own; the operating system releases it however the process ends.

import { join } from 'node:path';
import { makeFolder } from '@heartwood/anchor/node';
import Database from 'better-sqlite3';
import { HeartwoodError } from '../error.ts';

/** @returns releases the lock. @throws HeartwoodError in-use */
export function lockDirectory(directory: string): () => void {
  makeFolder(directory);
  const db = new Database(join(directory, 'hub.lock'), { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    throw new HeartwoodError(
      'in-use',
      `Another hub is running on ${directory}. Stop it first, or give this one another --data.`,
      { cause },
    );
  }
  return () => db.close();
}
