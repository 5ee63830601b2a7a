// The check of everything that is stored, made again from nothing but the rows and the keys: each seal is opened,
// each segment's root and each batch's statement derived again, each signature verified, the chain followed from
// the first batch to the last, and the ledger compared. One changed byte shows, with the batch or row it is in.
// What the batches tell of is compared with the other tables (fsck-delivered, fsck-mentioned), and the file's make
// with ours (fsck-beside). What cannot be found is told in store/database.ts.

import {
  equalBytes,
  FIRST_PREVIOUS,
  HUB_SLOT,
  segmentRootOf,
  sizedRoot,
  statementHash,
  utf8,
} from '@heartwood/anchor';
import { nodeSha256, nodeVerifyEd25519 } from '@heartwood/anchor/node';
import { AlarmStore } from '../alarms/alarm-store.ts';
import { hashEntry } from '../batch/leaf.ts';
import { keptFrom } from '../batch/retention.ts';
import { segmentEntries } from '../batch/segment-entries.ts';
import { slotsFor } from '../batch/slots.ts';
import { signedNote, statementText } from '../batch/statement.ts';
import { HeartwoodError, isGone } from '../error.ts';
import { epochOf, type HubEpoch } from '../keys/identity.ts';
import { place, SealBroken } from '../keys/seal.ts';
import { NoteStore } from '../notes/note-store.ts';
import { People } from '../people/people.ts';
import { Sessions } from '../people/sessions.ts';
import { decodeEntries } from '../store/entry-list.ts';
import { getMeta, metaNames } from '../store/meta.ts';
import { decodeSegment } from '../store/segment-codec.ts';
import type { BatchRow, SegmentRow } from '../store/store.ts';
import { TellingStore } from '../telling/telling-store.ts';
import type { Vault } from '../vault.ts';
import { checkPolicy, checkSchema } from './fsck-beside.ts';
import { Delivered } from './fsck-delivered.ts';
import { Mentioned } from './fsck-mentioned.ts';
import { Summarised } from './fsck-summary.ts';

/** Something that is not as the hub wrote it. */
export type Problem = { readonly where: string; readonly what: string };
export type Report = (where: string, what: string) => void;

export type FsckReport = {
  readonly batches: number;
  readonly segments: number;
  /** Readings and events whose leaves were derived again. */
  readonly entries: number;
  /** Segments of patients whose keys are gone: their roots hold, their content is closed for ever. */
  readonly erased: number;
  /** Segments whose readings were let go when their time was over: what is kept of them gives their roots. */
  readonly letGo: number;
  /** Readings that wait for the next batch. */
  readonly staged: number;
  /** The last closed batch; undefined where there is none. */
  readonly last: number | undefined;
  /** Where a person began a new epoch, in a sentence each: what explains the numbers that no batch has. */
  readonly epochs: readonly string[];
  readonly problems: readonly Problem[];
};

/** The statement that the ledger holds for a batch; undefined where it has none yet. */
export type StatementAt = (sequence: number) => string | undefined;

type Walked = { readonly batches: number; readonly last: number | undefined };

function told({ number, from, begun }: HubEpoch): string[] {
  if (begun === undefined) return [];
  const at = new Date(begun.atMs).toISOString();
  return [`Epoch ${number} begins at batch ${from}, at ${at}, because ${begun.because} (${begun.found})`];
}

/** Problems beyond this are counted, not listed. */
const PROBLEMS_MAX = 100;

export function fsck(vault: Vault, ledgerStatement: StatementAt): FsckReport {
  return new Fsck(vault, ledgerStatement).run();
}

class Fsck {
  readonly #vault: Vault;
  readonly #ledgerStatement: StatementAt;
  readonly #problems: Problem[] = [];
  readonly #report: Report = (where, what) => this.#problem(where, what);
  readonly #mentioned = new Mentioned();
  #delivered = new Delivered(undefined, this.#report);
  #summarised: Summarised | undefined;
  #segments = 0;
  #entries = 0;
  #erased = 0;
  #letGo = 0;
  #staged = 0;
  #unlisted = 0;

  constructor(vault: Vault, ledgerStatement: StatementAt) {
    this.#vault = vault;
    this.#ledgerStatement = ledgerStatement;
  }

  run(): FsckReport {
    const { db } = this.#vault;
    let walked: Walked = { batches: 0, last: undefined };
    // A statement is here before it is in the ledger: one that the ledger has already, and these rows have not.
    const next = this.#vault.nextSequence();
    const aheadHere = this.#ledgerStatement(next) === undefined ? undefined : next;
    // One read transaction: a hub that runs meanwhile goes on, and is not seen.
    db.exec('BEGIN');
    try {
      this.#try('the database file', () => this.#file());
      this.#try('the tables', () => checkSchema(db, this.#report));
      this.#try('policy.txt', () => checkPolicy(this.#vault, this.#report));
      this.#others();
      this.#try('the summaries', () => {
        this.#summarised = new Summarised(this.#vault, this.#report);
      });
      this.#try('the epoch keys', () => this.#epochs());
      const before = this.#problems.length;
      this.#try('the batches', () => {
        walked = this.#batches(aheadHere);
      });
      // What cannot be read, or is wrong, comes to nothing: that was said already.
      const whole = this.#erased === 0 && this.#problems.length === before;
      this.#try('the summaries', () => this.#summarised?.end(whole, keptFrom(this.#vault).startMs));
      this.#try('the waiting readings', () => this.#waiting());
      this.#try('the cursors', () => this.#delivered.end());
      this.#try('the patients, devices and assignments', () =>
        this.#mentioned.compare(this.#vault, this.#report),
      );
    } finally {
      db.exec('COMMIT');
    }
    if (this.#unlisted > 0)
      this.#problems.push({ where: 'the rest', what: `${this.#unlisted} more problems are not listed` });
    return {
      ...walked,
      epochs: this.#vault.identity.epochs.flatMap(told),
      segments: this.#segments,
      entries: this.#entries,
      erased: this.#erased,
      letGo: this.#letGo,
      staged: this.#staged,
      problems: this.#problems,
    };
  }

  #file(): void {
    const said = this.#vault.db.pragma('integrity_check(20)') as { integrity_check: string }[];
    for (const { integrity_check: line } of said) if (line !== 'ok') this.#problem('the database file', line);
  }

  #epochs(): void {
    const rows = this.#vault.db.prepare('SELECT slot, number FROM epoch ORDER BY slot, number').all() as {
      slot: number;
      number: number;
    }[];
    // An erasure takes all of a patient's keys: one that is missing among others was taken by somebody else.
    const expected = new Map<number, number>();
    for (const { slot, number } of rows) {
      for (let missing = expected.get(slot) ?? 0; missing < number; missing = number)
        this.#problem(
          `the key of slot ${slot}, epoch ${missing}`,
          'it is missing, and batches of its time with it',
        );
      expected.set(slot, number + 1);
      this.#try(`the key of slot ${slot}, epoch ${number}`, () => this.#vault.keyring.epoch(slot, number));
    }
  }

  /** @param ahead a batch that was missing here while the ledger held it; undefined: none */
  #batches(ahead: number | undefined): Walked {
    const segments = this.#vault.store.segmentsFrom(0);
    try {
      return this.#walk(segments, ahead);
    } finally {
      segments.return?.();
    }
  }

  /** Batches in order, each with its segments: two cursors over two tables that are sorted alike. */
  #walk(segments: IterableIterator<SegmentRow>, ahead: number | undefined): Walked {
    let segment = segments.next();
    let [batches, expected] = [0, 0];
    let last: number | undefined;
    let startMs = this.#vault.identity.bornMs;
    let previous: Uint8Array = FIRST_PREVIOUS;
    for (const row of this.#vault.db
      .prepare('SELECT * FROM batch ORDER BY sequence')
      .iterate() as Iterable<BatchRow>) {
      const where = `batch ${row.sequence}`;
      // Numbers have a gap where a new epoch began; what it follows on stands in its first statement.
      const { from } = epochOf(this.#vault.identity, row.sequence);
      if (row.sequence !== expected && (row.sequence !== from || expected > from))
        this.#problem(where, `batch ${Math.max(expected, from)} should stand here: the chain is broken`);
      batches += 1;
      last = row.sequence;
      const roots = new Map<number, Uint8Array>();
      for (; !segment.done && segment.value.batch <= row.sequence; segment = segments.next()) {
        const one = segment.value;
        if (one.batch < row.sequence) this.#problem(`batch ${one.batch}`, 'it has readings but no statement');
        else roots.set(one.slot, one.root);
        this.#try(`batch ${one.batch}, slot ${one.slot}`, () => this.#segment(one, startMs));
      }
      this.#delivered.endBatch(true);
      this.#try(where, () => {
        previous = this.#statement(row, startMs, previous, roots);
      });
      startMs = row.end_ms;
      expected = row.sequence + 1;
    }
    for (; !segment.done; segment = segments.next()) {
      this.#problem(`batch ${segment.value.batch}`, 'it has readings but no statement');
    }
    if (ahead !== undefined && ahead >= expected)
      this.#problem(`batch ${ahead}`, 'the ledger holds its statement, and here it is missing');
    return { batches, last };
  }

  /** @param startMs when the interval began, which decides the epoch of its keys */
  #segment(row: SegmentRow, startMs: number): void {
    this.#segments += 1;
    const { keyring } = this.#vault;
    if (
      keyring.slotsKnownAt(startMs).includes(row.slot) &&
      keyring.epochAt(row.slot, startMs).number !== row.epoch
    ) {
      this.#problem(
        `batch ${row.batch}, slot ${row.slot}`,
        `it names epoch ${row.epoch}, which is not that of its time`,
      );
    }
    let entries: Uint8Array[];
    try {
      entries = segmentEntries(this.#vault, row);
    } catch (error) {
      if (!isGone(error)) throw error;
      if ((error as HeartwoodError).code === 'erased') this.#erased += 1;
      else this.#remainder(row);
      return;
    }
    this.#entries += entries.length;
    const plain = this.#vault.store.openSegment(row);
    this.#note(`batch ${row.batch}, slot ${row.slot}`, row.slot, plain, true);
    if (row.slot !== HUB_SLOT) this.#summarised?.add(row.batch, row.slot, plain);
    if (!equalBytes(segmentRootOf(entries.map(hashEntry), nodeSha256), row.root)) {
      this.#problem(
        `batch ${row.batch}, slot ${row.slot}`,
        'its readings do not give the root that was signed',
      );
    }
  }

  /** The readings were let go: what was kept of them must give the root. */
  #remainder(row: SegmentRow): void {
    this.#letGo += 1;
    const { count, entriesRoot } = this.#vault.store.remainder(row);
    if (equalBytes(sizedRoot(count, entriesRoot, nodeSha256), row.root)) return;
    this.#problem(
      `batch ${row.batch}, slot ${row.slot}`,
      'what is kept of its readings does not give the root that was signed',
    );
  }

  /** What a slot holds is remembered, as far as the other tables must know of it. @returns how many entries */
  #note(where: string, slot: number, plain: Uint8Array, isClosed: boolean): number {
    if (slot === HUB_SLOT) {
      const events = decodeEntries(plain);
      this.#mentioned.events(where, events);
      return events.length;
    }
    const readings = decodeSegment(plain);
    this.#mentioned.readings(where, slot, readings, isClosed);
    this.#delivered.add(where, readings);
    return readings.length;
  }

  /** @returns the hash that the next statement must name */
  #statement(
    row: BatchRow,
    startMs: number,
    previous: Uint8Array,
    roots: ReadonlyMap<number, Uint8Array>,
  ): Uint8Array {
    const { sequence } = row;
    const where = `batch ${sequence}`;
    if (row.end_ms <= startMs) this.#problem(where, 'it ends before it begins');
    if (row.slots !== slotsFor(row.slots - 1)) throw new Error(`${row.slots} is no number of slots`);
    const text = statementText(this.#vault, { ...row, endMs: row.end_ms, startMs }, roots);
    if (
      !nodeVerifyEd25519(epochOf(this.#vault.identity, sequence).hubKey.publicKey, utf8(text), row.signature)
    ) {
      this.#problem(where, "the hub's signature does not belong to what is stored");
    }
    if (!equalBytes(row.previous, previous))
      this.#problem(where, 'it does not follow on the batch before it');
    const note = signedNote(this.#vault.identity, sequence, text, row.signature);
    const held = this.#ledgerStatement(sequence);
    if (held !== undefined && held !== note) this.#problem(where, 'the ledger holds another statement');
    return statementHash(note, nodeSha256);
  }

  #waiting(): void {
    const next = this.#vault.nextSequence();
    let expected = 1;
    for (const row of this.#vault.store.staged()) {
      const where = `waiting row ${row.id} of batch ${row.batch}, slot ${row.slot}`;
      if (row.id !== expected) this.#problem(where, `row ${expected} should stand here`);
      expected = row.id + 1;
      this.#try(where, () => {
        this.#staged += this.#note(where, row.slot, this.#vault.store.openStaged(row), false);
        if (row.batch !== next) this.#problem(where, `only batch ${next} can be waiting`);
      });
    }
    this.#delivered.endBatch(false);
  }

  #others(): void {
    const { store, registry, db, keyring } = this.#vault;
    this.#try('the patients, devices and assignments', () => registry.reload());
    this.#try('the cursors', () => {
      this.#delivered = new Delivered(store.cursors(), this.#report);
    });
    this.#try('the latest readings', () => void store.latest());
    for (const name of metaNames(db))
      this.#try(
        name === 'authority' ? 'the certificate authority' : `the fact ${name}`,
        () => void getMeta(this.#vault, name),
      );
    this.#try('the alarms', () => void new AlarmStore(db, keyring).load());
    this.#try('the notes', () => {
      const notes = new NoteStore({ db, keyring });
      for (const row of notes.rows())
        this.#try(`note ${row.number} of slot ${row.slot}`, () => void notes.open(row));
    });
    this.#try('what is kept of telling', () => new TellingStore({ db, keyring }).check());
    this.#try('the quarantine', () => this.#quarantine());
    this.#try('the people', () => void new People(db, keyring).all());
    this.#try('the sessions', () => new Sessions(db, keyring).check());
    this.#try('the login codes', () => {
      const rows = db.prepare('SELECT mac, expires_ms, sealed FROM login_code').all() as LoginCodeRow[];
      for (const row of rows) keyring.open(place('login_code', row.mac, row.expires_ms), row.sealed);
    });
  }

  /** Numbers are given out without a gap, and the oldest leave first. */
  #quarantine(): void {
    let expected: number | undefined;
    for (const { id } of this.#vault.store.quarantined()) {
      if (expected !== undefined && id !== expected)
        this.#problem(`the quarantine, message ${expected}`, 'it is missing: older ones are there');
      expected = id + 1;
    }
  }

  #try(where: string, look: () => void): void {
    try {
      look();
    } catch (error) {
      const known = error instanceof SealBroken || error instanceof HeartwoodError;
      this.#problem(
        where,
        known ? error.message : `it cannot be read: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  #problem(where: string, what: string): void {
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push({ where, what });
    else this.#unlisted += 1;
  }
}

type LoginCodeRow = { mac: Buffer; expires_ms: number; sealed: Buffer };
