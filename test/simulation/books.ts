// The books of somebody who sees everything: what was measured, what was acknowledged, what is on the disk, what was signed
// and what was told. After every step they are held against the hub's own files, and the first thing that does not
// agree ends the run. What a stranger has seen (statements, checkpoints) is never put back, whatever happens to the disk.

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import {
  appendLeaf,
  equalBytes,
  FIRST_PREVIOUS,
  firstSequenceOf,
  frontierRoot,
  HUB_SLOT,
  parseCheckpoint,
  parseNote,
  parseStatement,
  statementHash,
} from '@heartwood/anchor';
import { type EmbeddedLedger, nodeSha256, openLedgerReader } from '@heartwood/anchor/node';
import {
  decodeEntries,
  decodeSegment,
  exportReadings,
  fsck,
  type Hub,
  ledgerPath,
  type Vault,
} from '@heartwood/gateway';
import { decodeEvent } from '@heartwood/vitals';
import type { Statement } from 'better-sqlite3';
import { insist } from './broken.ts';
import { keyOf, type Lane, type Measured } from './device.ts';
import { DiskPicture } from './disk-picture.ts';

type Queries = {
  readonly lastBatch: Statement<[], number>;
  readonly stagedAfter: Statement<[number], StagedRow>;
};
type StagedRow = ReturnType<Vault['store']['staged']>[number];

type BooksCounts = { checks: number; acknowledged: number; statements: number; alarms: number };

export class Books {
  disk: DiskPicture = new DiskPicture();
  readonly measured: Measured = new Map();
  /** How the message that is being stored was sent. */
  readonly lanes: Map<string, Lane> = new Map();
  readonly counts: BooksCounts = { checks: 0, acknowledged: 0, statements: 0, alarms: 0 };
  /** Hears of each reading that is on the disk. */
  onStored: (device: string, slot: number, message: string) => void = () => undefined;
  /** Statements that left the hub's keys, by origin and number. */
  readonly #sent = new Map<string, string>();
  /** Roots that the ledgers signed, by origin and size. */
  readonly #roots = new Map<string, string>();

  /** Reads what is new on the disk. */
  sync(vault: Vault): void {
    this.counts.checks++;
    const { lastBatch, stagedAfter } = this.#queriesOf(vault);
    if ((lastBatch.get() ?? -1) > this.disk.lastBatch) {
      for (const { sequence } of vault.store.batchesFrom(this.disk.lastBatch + 1, 1000))
        this.#closed(vault, sequence);
    }
    const rows = stagedAfter.all(this.disk.lastStaged);
    for (const row of rows) {
      this.#add(vault, row.slot, vault.store.openStaged(row), 0);
      this.disk.lastStaged = row.id;
    }
  }

  /** A new epoch has moved what waits: the same, in the same order, under other numbers. */
  moved(vault: Vault): void {
    this.disk.lastStaged = Math.max(0, ...vault.store.staged().map(({ id }) => id));
    const event = vault.store.stagedOf(HUB_SLOT).at(-1);
    if (event) this.#add(vault, HUB_SLOT, vault.store.openStaged(event), 0);
    this.disk.frontier = new DiskPicture().frontier;
  }

  /** A PUBACK is about to leave. */
  acknowledge(message: string): void {
    this.counts.acknowledged++;
    const readings = this.measured.get(message)?.readings ?? [];
    for (const index of readings.keys())
      insist(
        this.disk.stored.has(`${message}#${index}`),
        () => `${message} is acknowledged, and is not on the disk`,
      );
  }

  /** Somebody is told of an alarm. */
  told(notices: readonly { slot: number; condition: string; change: string; episode: number }[]): void {
    for (const { slot, condition, change, episode } of notices) {
      this.counts.alarms++;
      const key = `${slot} ${condition} ${change} ${episode}`;
      insist(this.disk.changes.has(key), () => `somebody is told "${key}", and it is not on the disk`);
    }
  }

  /** What the page would show, and what the record says. */
  shown(hub: Hub): void {
    for (const { slot } of hub.vault.registry.patients()) {
      const shown = hub.watch.of(slot).map(({ condition }) => condition);
      const recorded = this.disk.standing(slot);
      insist(
        isDeepStrictEqual(shown.toSorted(), recorded.toSorted()),
        () => `of slot ${slot} stand ${shown.join()}, by the record ${recorded.join()}`,
      );
    }
  }

  /** Statements leave for a ledger. */
  sent(notes: readonly string[]): void {
    for (const note of notes) {
      const { text } = parseNote(note);
      const { origin, sequence } = parseStatement(text);
      const known = this.#sent.get(`${origin} ${sequence}`);
      insist(
        known === undefined || known === text,
        () => `two statements of ${origin} for ${sequence} have left the hub`,
      );
      this.#sent.set(`${origin} ${sequence}`, text);
      if (known === undefined) this.counts.statements++;
    }
  }

  /** The ledger after each touch: its entries, its root made again, the mark behind it or beside it. */
  ledger({ reader }: Pick<EmbeddedLedger, 'reader'>, markFile: string): void {
    const { disk } = this;
    const { size } = reader.latest();
    insist(size >= disk.frontier.size, () => `the ledger has ${size} entries, and had ${disk.frontier.size}`);
    for (const note of reader.notes(disk.frontier.size, size)) {
      const { origin, sequence, previous } = parseStatement(parseNote(note).text);
      const first = firstSequenceOf(origin);
      const due = first + disk.frontier.size;
      insist(
        this.#sent.has(`${origin} ${sequence}`),
        () => `the ledger holds ${sequence}, which was never sent`,
      );
      insist(
        sequence === due,
        () => `entry ${disk.frontier.size} of the ledger is statement ${sequence}, not ${due}`,
      );
      const before = disk.lastNote === undefined ? FIRST_PREVIOUS : statementHash(disk.lastNote, nodeSha256);
      // An epoch's first follows on the last that the copy held, which may never have been in a ledger.
      insist(
        equalBytes(previous, before) || (sequence === first && first > 0),
        () => `statement ${sequence} does not name the one before`,
      );
      disk.frontier = appendLeaf(disk.frontier, statementHash(note, nodeSha256), nodeSha256);
      disk.lastNote = note;
    }
    const { root, origin } = parseCheckpoint(parseNote(reader.latest().checkpoint).text);
    insist(
      equalBytes(root, frontierRoot(disk.frontier, nodeSha256)),
      () => `the checkpoint of ${size} is not over its entries`,
    );
    this.#signed(origin, size, root);
    this.#mark(markFile, size);
  }

  /** Everything sent has arrived: the ledger has an entry for every batch of the epoch. */
  anchored(vault: Vault, { reader }: Pick<EmbeddedLedger, 'reader'>): void {
    const from = vault.identity.epochs.at(-1)?.from ?? 0;
    const batches = Math.max(0, (vault.store.lastBatch()?.sequence ?? -1) - from + 1);
    const { size } = reader.latest();
    insist(size === batches, () => `${batches} batches, and ${size} entries in the ledger`);
  }

  /** The whole disk by another reader: every reading once, and `fsck` finds nothing. */
  checkpoint(vault: Vault): void {
    const left = new Set(this.disk.stored);
    for (const { device, boot, seq, index } of eachKept(vault)) {
      const key = `${keyOf(device, boot, seq)}#${index}`;
      insist(left.delete(key), () => `${key} is on the disk twice, or was never seen there`);
    }
    insist(left.size === 0, () => `${left.size} readings have left the disk, among them ${[...left][0]}`);
    const exported = [...exportReadings(vault)].length;
    insist(
      exported === this.disk.stored.size,
      () => `${exported} readings are exported, ${this.disk.stored.size} are stored`,
    );
    const reader = openLedgerReader(ledgerPath(vault.directory));
    try {
      const { origin } = vault.identity;
      const { problems } = fsck(vault, (sequence) => reader.entry({ origin, sequence })?.note);
      insist(problems.length === 0, () => `fsck: ${JSON.stringify(problems.slice(0, 3))}`);
      insist(
        reader.equivocations().length === 0,
        () => 'the ledger was offered two statements for one number',
      );
    } finally {
      reader.close();
    }
  }

  #queries: (Queries & { readonly of: Vault }) | undefined;

  #queriesOf(vault: Vault): Queries {
    if (this.#queries?.of !== vault) {
      this.#queries = {
        of: vault,
        lastBatch: vault.db.prepare<[], number>('SELECT max(sequence) FROM batch').pluck(),
        stagedAfter: vault.db.prepare<[number], StagedRow>('SELECT * FROM staged WHERE id > ? ORDER BY id'),
      };
    }
    return this.#queries;
  }

  #mark(markFile: string, size: number): void {
    let text: string;
    try {
      text = readFileSync(markFile, 'utf8');
    } catch {
      return;
    }
    const mark = parseCheckpoint(parseNote(text).text);
    insist(mark.size <= size, () => `the mark says ${mark.size}, the ledger ${size}: the mark is ahead`);
    this.#signed(mark.origin, mark.size, mark.root);
  }

  #signed(origin: string, size: number, root: Uint8Array): void {
    const text = Buffer.from(root).toString('base64');
    const known = this.#roots.get(`${origin} ${size}`) ?? text;
    insist(known === text, () => `two checkpoints of ${origin} for ${size}`);
    this.#roots.set(`${origin} ${size}`, text);
  }

  /** A batch is closed: its segments are what was staged, and nothing else waits any more. */
  #closed(vault: Vault, sequence: number): void {
    for (const slot of vault.store.segmentRoots(sequence).keys()) {
      const row = vault.store.segment(sequence, slot);
      insist(row !== undefined, () => `segment ${slot} of batch ${sequence} is missing`);
      this.#add(vault, slot, vault.store.openSegment(row), this.disk.open.get(slot)?.length ?? 0);
      this.disk.takeOpen(slot);
    }
    const [left] = this.disk.open;
    insist(
      left === undefined,
      () => `batch ${sequence} left out what was staged of slot ${left?.[0]}: ${left?.[1].length} entries`,
    );
    this.disk.lastBatch = sequence;
    this.disk.lastStaged = 0;
  }

  /** Entries of a row. The first `known` of them were seen before, and must be the same. */
  #add(vault: Vault, slot: number, plain: Uint8Array, known: number): void {
    const before = (this.disk.open.get(slot) ?? []).slice(0, known);
    const seen = (index: number, text: string): boolean => {
      if (index >= known) return false;
      insist(
        before[index] === text,
        () => `entry ${index} of slot ${slot} was ${before[index]} and is ${text}`,
      );
      return true;
    };
    if (slot === HUB_SLOT) {
      const entries = decodeEntries(plain);
      insist(entries.length >= known, () => `${entries.length} events are closed, ${known} were staged`);
      for (const [index, bytes] of entries.entries()) {
        const text = Buffer.from(bytes).toString('base64');
        if (!seen(index, text)) this.disk.addEvent(slot, decodeEvent(bytes), text);
      }
      return;
    }
    const readings = decodeSegment(plain);
    insist(
      readings.length >= known,
      () => `${readings.length} readings of slot ${slot} are closed, ${known} were staged`,
    );
    for (const [index, kept] of readings.entries()) {
      const device = vault.registry.deviceByNumber(kept.device)?.id ?? '';
      const message = keyOf(device, kept.boot, kept.seq);
      if (seen(index, `${message}#${kept.index}`)) continue;
      this.disk.addReading(slot, device, kept, this.measured, this.lanes.get(message) ?? 'present');
      this.onStored(device, slot, message);
    }
  }
}

/** Every reading on the disk, by the names that devices give. */
function* eachKept(
  vault: Vault,
): Generator<{ device: string; boot: number | undefined; seq: number; index: number }> {
  const rows = function* (): Generator<Uint8Array> {
    for (const row of vault.store.segmentsFrom(0))
      if (row.slot !== HUB_SLOT) yield vault.store.openSegment(row);
    for (const row of vault.store.staged()) if (row.slot !== HUB_SLOT) yield vault.store.openStaged(row);
  };
  for (const plain of rows()) {
    for (const { device, boot, seq, index } of decodeSegment(plain))
      yield { device: vault.registry.deviceByNumber(device)?.id ?? '', boot, seq, index };
  }
}
