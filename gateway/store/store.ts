// Rows in and out of the database. The statements are constants, so that a test can ask SQLite for the plan of
// each; what is sealed is sealed here, and opened here, under the identity of its row.

import type { Statement as SqlStatement, Transaction } from 'better-sqlite3';
import type { EpochKeys, Keyring } from '../keys/keyring.ts';
import { open, place, SealBroken, seal } from '../keys/seal.ts';
import type { Db } from './database.ts';
import { JOINED_FIRST, type JoinedRows, nextJoined, splitRows } from './joined-rows.ts';
import { decodeRemainder, encodeRemainder, letGo, type Remainder, remainderPlace } from './remainder.ts';

export type StagedRow = { id: number; batch: number; slot: number; epoch: number; sealed: Buffer };
export type SegmentRow = { batch: number; slot: number; epoch: number; root: Buffer; sealed: Buffer };
export type BatchRow = {
  sequence: number;
  end_ms: number;
  slots: number;
  previous: Buffer;
  signature: Buffer;
};
/** An hour of a patient: its id is the hour since 1970 times 65536, plus the slot. */
export type SummaryRow = { id: number; epoch: number; sealed: Buffer };
export type QuarantineRow = { id: number; received_ms: number; reason: string; sealed: Buffer };
/** A refused message as it was kept. */
export type Quarantined = {
  readonly id: number;
  readonly received: number;
  readonly reason: string;
  readonly device: string;
  readonly detail: string;
  readonly body: Uint8Array;
};

export const SQL = {
  lastBatch: 'SELECT * FROM batch ORDER BY sequence DESC LIMIT 1',
  batch: 'SELECT * FROM batch WHERE sequence = ?',
  batchBefore: 'SELECT * FROM batch WHERE sequence < ? ORDER BY sequence DESC LIMIT 1',
  newestBatches: 'SELECT sequence FROM batch WHERE sequence < ? ORDER BY sequence DESC LIMIT ?',
  batchesFrom: 'SELECT * FROM batch WHERE sequence >= ? ORDER BY sequence LIMIT ?',
  addBatch: 'INSERT INTO batch (sequence, end_ms, slots, previous, signature) VALUES (?, ?, ?, ?, ?)',
  nextStaged: 'SELECT coalesce(max(id), 0) + 1 AS id FROM staged',
  addStaged: 'INSERT INTO staged (id, batch, slot, epoch, sealed) VALUES (?, ?, ?, ?, ?)',
  staged: 'SELECT * FROM staged ORDER BY id',
  stagedOf: 'SELECT * FROM staged WHERE slot = ? ORDER BY id',
  dropStaged: 'DELETE FROM staged',
  segment: 'SELECT * FROM segment WHERE id = ? * 65536 + ?',
  segmentRoots: 'SELECT slot, root FROM segment WHERE id BETWEEN ? * 65536 AND ? * 65536 + 65535',
  segmentsFrom: 'SELECT * FROM segment WHERE id >= ? * 65536 ORDER BY id',
  segmentsWithin:
    'SELECT * FROM segment WHERE id BETWEEN ? AND ? * 65536 - 1 AND (id & 65535) <> 0 ORDER BY id LIMIT ?',
  letGo: 'UPDATE segment SET sealed = ? WHERE id = ? * 65536 + ?',
  addSegment: 'INSERT INTO segment (id, epoch, root, sealed) VALUES (? * 65536 + ?, ?, ?, ?)',
  firstBatchFrom: 'SELECT sequence, end_ms FROM batch WHERE sequence >= ? ORDER BY sequence LIMIT 1',
  segmentsOf:
    'SELECT * FROM segment WHERE id BETWEEN ? * 65536 AND ? * 65536 + 65535 AND (id & 65535) = ? ORDER BY id',
  segmentsJoined:
    "SELECT group_concat(id) AS ids, group_concat(epoch) AS epochs, group_concat(length(sealed)) AS lengths, CAST(group_concat(root || sealed, '') AS BLOB) AS bytes FROM (SELECT id, epoch, root, sealed FROM segment WHERE id BETWEEN ? * 65536 AND ? * 65536 + 65535 AND (id & 65535) = ? ORDER BY id LIMIT ?)",
  summary: 'SELECT id, epoch, sealed FROM summary WHERE id = ?',
  summaries: 'SELECT id, epoch, sealed FROM summary ORDER BY id',
  summariesOf:
    'SELECT id, epoch, sealed FROM summary WHERE id BETWEEN ? * 65536 AND ? * 65536 + 65535 AND (id & 65535) = ? ORDER BY id',
  dropSummaries: 'DELETE FROM summary WHERE id < ? * 65536',
  putSummary: 'INSERT OR REPLACE INTO summary (id, epoch, sealed) VALUES (?, ?, ?)',
  summarised: "SELECT value FROM meta WHERE name = 'summarised'",
  putSummarised: "INSERT OR REPLACE INTO meta (name, value) VALUES ('summarised', ?)",
  cursors: 'SELECT device, sealed FROM cursor',
  putCursor: 'INSERT OR REPLACE INTO cursor (device, sealed) VALUES (?, ?)',
  latest: 'SELECT slot, sealed FROM latest',
  putLatest: 'INSERT OR REPLACE INTO latest (slot, sealed) VALUES (?, ?)',
  addQuarantine: 'INSERT INTO quarantine (id, received_ms, reason, sealed) VALUES (?, ?, ?, ?)',
  nextQuarantine: 'SELECT coalesce(max(id), 0) + 1 AS id FROM quarantine',
  quarantineSize: 'SELECT count(*) AS rows, coalesce(sum(length(sealed)), 0) AS bytes FROM quarantine',
  oldestQuarantine: 'SELECT id, length(sealed) AS bytes FROM quarantine ORDER BY id LIMIT 1',
  dropQuarantine: 'DELETE FROM quarantine WHERE id = ?',
  quarantine: 'SELECT * FROM quarantine ORDER BY id',
} as const;

const SUMMARISED = place('meta', Buffer.from('summarised'));

export class Store {
  readonly db: Db;
  readonly #keyring: Keyring;
  readonly #transaction: Transaction<(work: () => unknown) => unknown>;
  readonly #prepared = new Map<string, SqlStatement>();

  constructor(db: Db, keyring: Keyring) {
    this.db = db;
    this.#keyring = keyring;
    this.#transaction = db.transaction((work) => work());
  }

  /** Everything in `work` in one durable commit: fsynced when this returns, untouched when it throws. */
  transaction<T>(work: () => T): T {
    return this.#transaction.immediate(work) as T;
  }

  lastBatch(): BatchRow | undefined {
    return this.#sql(SQL.lastBatch).get() as BatchRow | undefined;
  }

  batch(sequence: number): BatchRow | undefined {
    return this.#sql(SQL.batch).get(sequence) as BatchRow | undefined;
  }

  /** The newest batch of a lower number. Numbers have no gaps, but where a new epoch of the hub began. */
  batchBefore(sequence: number): BatchRow | undefined {
    return this.#sql(SQL.batchBefore).get(sequence) as BatchRow | undefined;
  }

  /** The lowest number among the newest so many batches; 0 where there is none. */
  newestFrom(batches: number): number {
    const rows = this.#sql(SQL.newestBatches).all(Number.MAX_SAFE_INTEGER, batches) as { sequence: number }[];
    return rows.at(-1)?.sequence ?? 0;
  }

  batchesFrom(sequence: number, rowsMax: number): BatchRow[] {
    return this.#sql(SQL.batchesFrom).all(sequence, rowsMax) as BatchRow[];
  }

  addBatch(one: {
    sequence: number;
    endMs: number;
    slots: number;
    previous: Uint8Array;
    signature: Uint8Array;
  }): void {
    this.#sql(SQL.addBatch).run(one.sequence, one.endMs, one.slots, one.previous, one.signature);
  }

  /** Keeps entries of one slot until their batch closes. */
  stage(batch: number, slot: number, keys: EpochKeys, plain: Uint8Array): void {
    const { id } = this.#sql(SQL.nextStaged).get() as { id: number };
    const sealed = seal(keys.box, place('staged', id, batch, slot, keys.number), plain);
    this.#sql(SQL.addStaged).run(id, batch, slot, keys.number, sealed);
  }

  staged(): StagedRow[] {
    return this.#sql(SQL.staged).all() as StagedRow[];
  }

  stagedOf(slot: number): StagedRow[] {
    return this.#sql(SQL.stagedOf).all(slot) as StagedRow[];
  }

  openStaged(row: StagedRow): Uint8Array {
    const keys = this.#keyring.epoch(row.slot, row.epoch);
    return open(keys.box, place('staged', row.id, row.batch, row.slot, row.epoch), row.sealed);
  }

  dropStaged(): void {
    this.#sql(SQL.dropStaged).run();
  }

  addSegment(batch: number, slot: number, keys: EpochKeys, root: Uint8Array, plain: Uint8Array): void {
    const sealed = seal(keys.segment, place('segment', batch, slot, keys.number, root), plain);
    this.#sql(SQL.addSegment).run(batch, slot, keys.number, root, sealed);
  }

  segment(batch: number, slot: number): SegmentRow | undefined {
    return this.#sql(SQL.segment).get(batch, slot) as SegmentRow | undefined;
  }

  segmentRoots(batch: number): ReadonlyMap<number, Uint8Array> {
    const rows = this.#sql(SQL.segmentRoots).all(batch, batch) as { slot: number; root: Buffer }[];
    return new Map(rows.map((row) => [row.slot, row.root]));
  }

  /** In order, a row at a time: the whole history need not fit in memory. */
  segmentsFrom(batch: number): IterableIterator<SegmentRow> {
    // A fresh statement: two iterations may be open at once.
    return this.db.prepare(SQL.segmentsFrom).iterate(batch) as IterableIterator<SegmentRow>;
  }

  /** @throws HeartwoodError erased, let-go; SealBroken */
  openSegment(row: SegmentRow): Uint8Array {
    const keys = this.#keyring.epoch(row.slot, row.epoch);
    try {
      return open(keys.segment, place('segment', row.batch, row.slot, row.epoch, row.root), row.sealed);
    } catch (error) {
      if (error instanceof SealBroken && this.#openRemainder(row) !== undefined) throw letGo(row);
      throw error;
    }
  }

  /** The patients' segments from one place on, `batch * 65536 + slot`, in batches below `until`. */
  segmentsWithin(at: number, until: number, rowsMax: number): SegmentRow[] {
    return this.#sql(SQL.segmentsWithin).all(at, until, rowsMax) as SegmentRow[];
  }

  /** Keeps of a segment what its root follows from, in the place of its readings. */
  letGo(row: SegmentRow, remainder: Remainder): void {
    const keys = this.#keyring.epoch(row.slot, row.epoch);
    const sealed = seal(keys.segment, remainderPlace(row), encodeRemainder(remainder));
    this.#sql(SQL.letGo).run(sealed, row.batch, row.slot);
  }

  /** What is kept of a segment whose readings were let go. @throws SealBroken where it is no such row, HeartwoodError erased */
  remainder(row: SegmentRow): Remainder {
    const found = this.#openRemainder(row);
    if (found === undefined) throw new SealBroken(`batch ${row.batch}, slot ${row.slot}`);
    return found;
  }

  #openRemainder(row: SegmentRow): Remainder | undefined {
    const keys = this.#keyring.epoch(row.slot, row.epoch);
    try {
      return decodeRemainder(open(keys.segment, remainderPlace(row), row.sealed));
    } catch (error) {
      if (error instanceof SealBroken) return undefined;
      throw error;
    }
  }

  /** The first batch of at least this number, and when it ended; undefined beyond the last. */
  firstBatchFrom(sequence: number): Pick<BatchRow, 'sequence' | 'end_ms'> | undefined {
    return this.#sql(SQL.firstBatchFrom).get(sequence) as BatchRow | undefined;
  }

  /** The first batch that ended after a time: nothing that was measured later came before it. The next one where none did. */
  firstEndingAfter(time: number): number {
    let low = 0;
    let high = (this.lastBatch()?.sequence ?? -1) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const batch = this.firstBatchFrom(middle);
      if (batch === undefined || batch.end_ms > time) high = middle;
      else low = batch.sequence + 1;
    }
    return low;
  }

  /** One patient's segments of the batches from `first` to `last`, a row at a time. */
  segmentsOf(slot: number, first: number, last: number): IterableIterator<SegmentRow> {
    return this.db.prepare(SQL.segmentsOf).iterate(first, last, slot) as IterableIterator<SegmentRow>;
  }

  /** The same, for who reads thousands of them: many rows come as one (joined-rows.ts). */
  *manySegmentsOf(slot: number, first: number, last: number): Generator<SegmentRow> {
    let rowsMax = JOINED_FIRST;
    for (let next = first; next <= last; ) {
      const joined = this.#sql(SQL.segmentsJoined).get(next, last, slot, rowsMax) as JoinedRows;
      const rows = splitRows(joined);
      yield* rows;
      if (rows.length < rowsMax) return;
      next = (rows.at(-1) as SegmentRow).batch + 1;
      rowsMax = nextJoined(joined, rows.length);
    }
  }

  summary(id: number): SummaryRow | undefined {
    return this.#sql(SQL.summary).get(id) as SummaryRow | undefined;
  }

  summaries(): IterableIterator<SummaryRow> {
    return this.db.prepare(SQL.summaries).iterate() as IterableIterator<SummaryRow>;
  }

  /** One patient's hours from `first` to `last`, both included. */
  summariesOf(slot: number, first: number, last: number): SummaryRow[] {
    return this.#sql(SQL.summariesOf).all(first, last, slot) as SummaryRow[];
  }

  putSummary(id: number, keys: EpochKeys, plain: Uint8Array): void {
    this.#sql(SQL.putSummary).run(
      id,
      keys.number,
      seal(keys.segment, place('summary', id, keys.number), plain),
    );
  }

  /** Drops the summaries of all hours before one. @param hour since 1970 */
  dropSummariesBefore(hour: number): void {
    this.#sql(SQL.dropSummaries).run(hour);
  }

  openSummary({ id, epoch, sealed }: SummaryRow): Uint8Array {
    return open(this.#keyring.epoch(id % 65_536, epoch).segment, place('summary', id, epoch), sealed);
  }

  /** The last batch whose readings are in the summaries; -1 where there is none. */
  summarised(): number {
    const row = this.#sql(SQL.summarised).get() as { value: Buffer } | undefined;
    return row === undefined ? -1 : Number(this.#openText(SUMMARISED, row.value));
  }

  putSummarised(batch: number): void {
    this.#sql(SQL.putSummarised).run(this.#sealText(SUMMARISED, `${batch}`));
  }

  /** By device number, as of the last batch. */
  cursors(): Map<number, string> {
    const rows = this.#sql(SQL.cursors).all() as { device: number; sealed: Buffer }[];
    return new Map(rows.map((row) => [row.device, this.#openText(place('cursor', row.device), row.sealed)]));
  }

  putCursor(device: number, text: string): void {
    this.#sql(SQL.putCursor).run(device, this.#sealText(place('cursor', device), text));
  }

  /** The last reading of each kind, by slot: what a page shows first after a restart. */
  latest(): Map<number, string> {
    const rows = this.#sql(SQL.latest).all() as { slot: number; sealed: Buffer }[];
    return new Map(rows.map((row) => [row.slot, this.#openText(place('latest', row.slot), row.sealed)]));
  }

  putLatest(slot: number, text: string): void {
    this.#sql(SQL.putLatest).run(slot, this.#sealText(place('latest', slot), text));
  }

  /** Keeps a refused message, sealed. Its row does not tell which device sent it. @returns how many bytes it takes */
  quarantine(one: Omit<Quarantined, 'id'>): number {
    const { id } = this.#sql(SQL.nextQuarantine).get() as { id: number };
    const head = Buffer.from(`${JSON.stringify({ device: one.device, detail: one.detail })}\n`);
    const at = place('quarantine', id, one.received, Buffer.from(one.reason));
    const sealed = this.#keyring.seal(at, Buffer.concat([head, one.body]));
    this.#sql(SQL.addQuarantine).run(id, one.received, one.reason, sealed);
    return sealed.length;
  }

  quarantineSize(): { rows: number; bytes: number } {
    return this.#sql(SQL.quarantineSize).get() as { rows: number; bytes: number };
  }

  /** Makes room: drops the oldest. @returns how many bytes that freed */
  dropOldestQuarantined(): number {
    const oldest = this.#sql(SQL.oldestQuarantine).get() as { id: number; bytes: number } | undefined;
    if (oldest === undefined) return 0;
    this.#sql(SQL.dropQuarantine).run(oldest.id);
    return oldest.bytes;
  }

  *quarantined(): Generator<Quarantined> {
    for (const row of this.db.prepare(SQL.quarantine).iterate() as IterableIterator<QuarantineRow>) {
      const at = place('quarantine', row.id, row.received_ms, Buffer.from(row.reason));
      const plain = this.#keyring.open(at, row.sealed);
      const end = plain.indexOf(0x0a);
      const head = JSON.parse(plain.toString('utf8', 0, end)) as { device: string; detail: string };
      yield {
        id: row.id,
        received: row.received_ms,
        reason: row.reason,
        ...head,
        body: plain.subarray(end + 1),
      };
    }
  }

  #sealText(at: Uint8Array, text: string): Buffer {
    return this.#keyring.seal(at, Buffer.from(text));
  }

  #openText(at: Uint8Array, sealed: Uint8Array): string {
    return this.#keyring.open(at, sealed).toString();
  }

  #sql(text: string): SqlStatement {
    let prepared = this.#prepared.get(text);
    if (prepared === undefined) {
      prepared = this.db.prepare(text);
      this.#prepared.set(text, prepared);
    }
    return prepared;
  }
}
