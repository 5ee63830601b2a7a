// What a witness's memory says, for a person: read only, beside a witness that runs, and without its keys.

import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AnchorError } from './error.ts';
import type { Contradiction } from './witness.ts';
import { WITNESS_FORMAT, WITNESS_SQL } from './witness-store.ts';

export type WitnessMemory = {
  /** By which its cosignatures are verified. */
  readonly vkeys: readonly string[];
  /** The newest checkpoint that was cosigned of each log. */
  readonly logs: readonly { readonly origin: string; readonly size: number; readonly timeS: number }[];
  readonly contradictions: readonly Contradiction[];
};

/** Reads the SQLite file at `path`. Throws `witness-unreadable` where it is missing, damaged or something else. */
export function readWitnessMemory(path: string): WitnessMemory {
  if (!existsSync(path))
    throw new AnchorError('witness-unreadable', `there is no memory of a witness at ${path}`);
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, timeout: 5000 });
    const row = db.prepare<[], { format: string; vkeys: string }>(WITNESS_SQL.identity).get();
    if (row?.format !== WITNESS_FORMAT) throw new Error(`it is not of format ${WITNESS_FORMAT}`);
    return {
      vkeys: row.vkeys.split('\n'),
      logs: db
        .prepare<[], WitnessMemory['logs'][number]>(
          'SELECT origin, size, time_s AS timeS FROM log ORDER BY origin',
        )
        .all(),
      contradictions: db.prepare<[], Contradiction>(WITNESS_SQL.contradictions).all(),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AnchorError('witness-unreadable', `${path} cannot be read as the memory of a witness: ${why}`, {
      cause,
    });
  } finally {
    db?.close();
  }
}
