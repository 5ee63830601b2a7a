// What is known of the second anchors, on disk: one SQLite file of its own beside the ledger, one row for each checkpoint
// that was, or is to be, anchored at one place. It is written before anything is sent and after anything is heard: a crash
// between the two leaves a row that is sent again, which does no harm. It holds nothing that is not public.

import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AnchorError } from './error.ts';
import { prepared } from './ledger-store.ts';
import type { SecondAnchorKind } from './second-anchor.ts';

/** `due`: to be sent. `pending`, `confirmed`: as the anchor says. `given-up`: it never came, and is asked for no more. */
export type AnchoringState = 'due' | 'pending' | 'confirmed' | 'given-up';

export type AnchoringRow = {
  readonly id: number;
  /** Id of the second anchor. */
  readonly place: string;
  readonly kind: SecondAnchorKind;
  readonly size: number;
  /** The checkpoint's signed note, with the cosignatures that it had then. */
  readonly note: string;
  readonly digest: Uint8Array;
  readonly state: AnchoringState;
  /** Text where the state is pending or confirmed. */
  readonly evidence: string | null;
  /** Looks since the state changed. */
  readonly looks: number;
  /** When it was first wanted. Milliseconds since 1970, as `lookMs`. */
  readonly sinceMs: number;
};

/** A checkpoint to be anchored. */
export type Due = Pick<AnchoringRow, 'place' | 'kind' | 'size' | 'note' | 'digest'> & {
  readonly turn: number;
  readonly witnessed: boolean;
};

const VERSION = 1;
const SCHEMA = `
CREATE TABLE anchoring (id INTEGER PRIMARY KEY, place TEXT NOT NULL, kind TEXT NOT NULL, turn INTEGER NOT NULL,
  size INTEGER NOT NULL, note TEXT NOT NULL, witnessed INTEGER NOT NULL, digest BLOB NOT NULL, state TEXT NOT NULL,
  evidence TEXT, looks INTEGER NOT NULL, since_ms INTEGER NOT NULL, look_ms INTEGER) STRICT;
CREATE INDEX anchoring_by_place ON anchoring (place, id);
CREATE INDEX anchoring_by_look ON anchoring (place, look_ms) WHERE look_ms IS NOT NULL;
CREATE INDEX anchoring_by_size ON anchoring (state, size, id);
CREATE INDEX anchoring_by_digest ON anchoring (digest);
PRAGMA user_version = ${VERSION};
`;

const ROW = 'id, place, kind, size, note, digest, state, evidence, looks, since_ms AS sinceMs';

type Name = 'newest' | 'dropDue' | 'add' | 'toLook' | 'set' | 'covering' | 'byDigest';
/** Each statement used, by name; a test checks that none walks the whole table. */
export const ANCHORING_SQL: Readonly<Record<Name, string>> = {
  newest: 'SELECT id, turn FROM anchoring WHERE place = ? ORDER BY id DESC LIMIT 1',
  dropDue: `DELETE FROM anchoring WHERE place = ? AND state = 'due' AND look_ms IS NOT NULL`,
  add: `INSERT INTO anchoring (place, kind, turn, size, note, witnessed, digest, state, looks, since_ms, look_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, 'due', 0, ?, ?)`,
  toLook: `SELECT ${ROW} FROM anchoring WHERE place = ? AND look_ms <= ? ORDER BY evidence IS NOT NULL, look_ms LIMIT ?`,
  set: 'UPDATE anchoring SET state = ?, evidence = ?, looks = ?, look_ms = ? WHERE id = ?',
  covering: `SELECT ${ROW} FROM anchoring WHERE state = ? AND size > ? AND witnessed >= ? ORDER BY size, id LIMIT 8`,
  byDigest: `SELECT ${ROW} FROM anchoring WHERE digest = ? ORDER BY id`,
};

/** Opens the file; `write` makes it where there is none. Throws `ledger-unreadable`; undefined where there is none to read. */
export function openAnchoringFile(path: string, mode: 'write'): Database.Database;
export function openAnchoringFile(path: string, mode: 'read'): Database.Database | undefined;
export function openAnchoringFile(path: string, mode: 'write' | 'read'): Database.Database | undefined {
  if (mode === 'read' && !existsSync(path)) return undefined;
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: mode === 'read', timeout: 5000 });
    if (mode === 'write') {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      if (db.pragma('user_version', { simple: true }) === 0)
        db.transaction(() => db!.exec(SCHEMA)).immediate();
    }
    const version = db.pragma('user_version', { simple: true });
    // Begun a moment ago, and nothing in it yet.
    if (mode === 'read' && version === 0) {
      db.close();
      return undefined;
    }
    if (version !== VERSION) throw new Error(`its version is ${version}, not ${VERSION}`);
    return db;
  } catch (cause) {
    db?.close();
    throw new AnchorError('ledger-unreadable', `the file of second anchors ${path} cannot be opened`, {
      cause,
    });
  }
}

export class AnchoringStore {
  readonly #db: Database.Database;

  /** `db` stays the caller's. */
  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** The newest row of a place: its id, and the turn of the cadence that it was for. */
  newest(place: string): { readonly id: number; readonly turn: number } | undefined {
    return prepared<[string], { id: number; turn: number }>(this.#db, ANCHORING_SQL.newest).get(place);
  }

  /** Puts a checkpoint in line; one of that place that was never taken goes, since this one says more. */
  add({ place, kind, turn, size, note, witnessed, digest }: Due, nowMs: number): void {
    this.#db
      .transaction(() => {
        prepared<[string], unknown>(this.#db, ANCHORING_SQL.dropDue).run(place);
        prepared<unknown[], unknown>(this.#db, ANCHORING_SQL.add).run(
          place,
          kind,
          turn,
          size,
          note,
          witnessed ? 1 : 0,
          digest,
          nowMs,
          nowMs,
        );
      })
      .immediate();
  }

  /** Rows of a place that are to be looked at by now: those to be sent first, then those that wait longest. */
  toLook(place: string, nowMs: number, most: number): AnchoringRow[] {
    return prepared<[string, number, number], AnchoringRow>(this.#db, ANCHORING_SQL.toLook).all(
      place,
      nowMs,
      most,
    );
  }

  /** What became of a row; `lookMs` is when to look again, undefined for never. A row that is gone stays gone. */
  set(
    id: number,
    { state, evidence, looks }: Pick<AnchoringRow, 'state' | 'evidence' | 'looks'>,
    lookMs: number | undefined,
  ): void {
    prepared<unknown[], unknown>(this.#db, ANCHORING_SQL.set).run(state, evidence, looks, lookMs ?? null, id);
  }

  /** Rows of that state over more than `index` entries, the earliest first; `witnessed`: of checkpoints with a quorum only. */
  covering(state: AnchoringState, index: number, witnessed: boolean): AnchoringRow[] {
    const bound = [state, index, witnessed ? 1 : 0] as const;
    return prepared<[string, number, number], AnchoringRow>(this.#db, ANCHORING_SQL.covering).all(...bound);
  }

  byDigest(digest: Uint8Array): AnchoringRow[] {
    return prepared<[Uint8Array], AnchoringRow>(this.#db, ANCHORING_SQL.byDigest).all(digest);
  }
}
