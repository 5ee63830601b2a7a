// The hub proper: one object that owns the open batch and decides, in one thread, what is committed when. It
// knows neither sockets nor threads nor timers: whoever runs it hands over arrivals, and says when an interval
// has passed. Everything durable goes through the vault.

import type { Ledger } from '@heartwood/anchor';
import { HUB_SLOT } from '@heartwood/anchor';
import { SequencesBefore } from '../alarms/flow.ts';
import { Watch } from '../alarms/watch.ts';
import { type Anchored, anchorPending } from '../batch/anchor.ts';
import { type ClosedBatch, closeBatch } from '../batch/close-batch.ts';
import { OpenBatch } from '../batch/open-batch.ts';
import { Summaries } from '../batch/summaries.ts';
import type { DeviceCursor, RecordsTaken } from '../ingest/cursor.ts';
import { type Arrival, type Decision, Ingest, recall } from '../ingest/ingest.ts';
import type { ProofSource } from '../inspect/proof-source.ts';
import { Notebook } from '../notes/notebook.ts';
import { decodeSegment, type KeptReading, SegmentEncoder } from '../store/segment-codec.ts';
import { CommittedReading, type FeedReading } from '../stream/feed-reading.ts';
import { Recent } from '../stream/recent.ts';
import type { TellingChoice } from '../telling/channels.ts';
import { Teller } from '../telling/teller.ts';
import type { Vault } from '../vault.ts';
import { pastOf } from './past.ts';
import { Quarantine, type QuarantineLimits } from './quarantine.ts';
import { loadCursors, recentBatches } from './recall.ts';
import type { Outcome } from './wire.ts';
import type { Parts } from './work.ts';

export type HubOptions = {
  readonly vault: Vault;
  readonly ledger: Ledger;
  /** Where proofs take the ledger's part from. */
  readonly source: ProofSource;
  /** The text of the policy by which proofs are checked. */
  readonly policy: string;
  readonly quarantine: QuarantineLimits;
  readonly telling?: TellingChoice | undefined;
};

/** What a commit did. */
export type Committed = {
  /** One for each arrival, in order: for the first of them, where the commit ended before the others. */
  readonly outcomes: readonly Outcome[];
  /** Why each quarantined arrival was refused. */
  readonly refused: readonly { readonly device: string; readonly reason: string }[];
  /** How many older ones left the quarantine to make room for these. */
  readonly dropped: number;
};

/** What happens to arrivals, and the readings that are now on disk, in stored order. */
export type Taken = Committed & { readonly readings: readonly CommittedReading[] };

/** What was found at start and what was done about it. */
export type Recovery = {
  /** Readings that a stop without warning had left outside a batch. They are in the one that is open. */
  readonly readings: number;
  /** Statements that the ledger had not got. */
  readonly anchored: number;
};

export class Hub {
  readonly vault: Vault;
  readonly recent: Recent = new Recent();
  readonly quarantine: Quarantine;
  readonly watch: Watch;
  /** What people write about the patients. */
  readonly notes: Notebook;
  /** Tells people of what `watch` raises. */
  readonly teller: Teller;
  /** What histories are read from. */
  readonly summaries: Summaries;
  readonly ledger: Ledger;
  readonly source: ProofSource;
  readonly policy: string;
  readonly #cursors: Map<number, DeviceCursor>;
  readonly #ingest: Ingest;
  /** Devices heard since the last batch: their cursors are kept with the next. */
  readonly #heard = new Set<number>();
  #batch: OpenBatch;

  private constructor({ vault, ledger, source, policy, quarantine, telling = {} }: HubOptions) {
    this.source = source;
    this.policy = policy;
    this.vault = vault;
    this.ledger = ledger;
    this.quarantine = new Quarantine(vault.store, quarantine);
    this.summaries = new Summaries(vault);
    this.watch = new Watch(vault, pastOf(vault, this.summaries));
    this.notes = new Notebook(vault);
    this.teller = new Teller(vault, telling, { alarms: (slot) => this.watch.of(slot), random: Math.random });
    this.#cursors = loadCursors(vault);
    this.#ingest = new Ingest(vault.registry, this.#cursors);
    this.#batch = this.#nextBatch();
  }

  /**
   * Opens a hub on its vault:
   *   1. cursors and latest readings come back as of the last batch;
   *   2. the last segments tell the fingerprints of recent messages;
   *   3. the ledger is compared with ours, before anything is signed, and gets the statements that it has not got;
   *   4. staged readings, left by a stop without warning, fill the open batch again. It closes when its interval ends, as
   *      any other: a batch at the start would tell everybody that somebody was measured.
   * @throws HeartwoodError ledger-ahead, ledger-refused, data-damaged
   */
  static async open(options: HubOptions): Promise<{ hub: Hub; recovery: Recovery }> {
    const hub = new Hub(options);
    for (const [slot, text] of hub.vault.store.latest()) {
      const readings = JSON.parse(text) as FeedReading[];
      hub.recent.restore(slot, readings);
      hub.watch.restore(slot, readings);
    }
    const before = new SequencesBefore(hub.#cursors);
    for (const readings of recentBatches(hub.vault)) {
      recall((device) => hub.#ingest.cursor(device), readings);
      before.note(readings);
    }
    hub.watch.restoreSequences(before);
    const { statements: anchored } = await hub.anchor();
    const readings = hub.#restage();
    hub.vault.store.transaction(() => hub.vault.recordEvent('hub-started'));
    return { hub, recovery: { readings, anchored } };
  }

  /**
   * Stores arrivals in one durable commit, then takes the readings into the open batch. Nobody need wait for the
   * second: `onDisk` hears as soon as they can be acknowledged.
   * @param beside written in the same commit
   * @param parts where the commit ends; without them it takes all
   * @throws what SQLite throws when it cannot write; nothing is stored then, and nothing is to be acknowledged
   */
  commit(
    arrivals: readonly Arrival[],
    onDisk?: (committed: Committed) => void,
    beside?: () => void,
    parts?: Parts,
  ): Taken {
    this.vault.registry.refresh();
    const decisions: Decision[] = [];
    for (const arrival of arrivals) {
      if (parts?.endsBefore(arrival.device)) break;
      const decision = this.#ingest.decide(arrival);
      parts?.add(arrival.device, arrival.body.length, decision);
      decisions.push(decision);
    }
    const bySlot = groupBySlot(decisions);
    const { dropped } = this.quarantine;
    try {
      this.vault.store.transaction(() => {
        beside?.();
        for (const [slot, readings] of bySlot) this.#stage(slot, readings);
        for (const [i, decision] of decisions.entries()) {
          if (decision.kind === 'quarantine') this.quarantine.add(arrivals[i] as Arrival, decision);
        }
      });
    } catch (error) {
      this.#ingest.rolledBack();
      this.quarantine.recount(dropped);
      throw error;
    }
    this.#ingest.committed(decisions);
    const refused: { device: string; reason: string }[] = [];
    for (const [i, decision] of decisions.entries()) {
      if (decision.kind === 'quarantine')
        refused.push({ device: (arrivals[i] as Arrival).device, reason: decision.reason });
    }
    const committed: Committed = {
      outcomes: decisions.map(outcomeOf),
      refused,
      dropped: this.quarantine.dropped - dropped,
    };
    onDisk?.(committed);
    const readings: CommittedReading[] = [];
    for (const [slot, kept] of bySlot) this.#take(slot, kept, readings);
    return { ...committed, readings };
  }

  /**
   * Closes the interval, empty or not. The statement is on disk when this returns; `anchor` sends it on.
   * @param endMs when the interval was to end, which may have passed; now, unless given
   */
  closeBatch(endMs?: number): ClosedBatch {
    const cursors = [...this.#heard].map((device) => [device, this.#ingest.cursor(device).format()] as const);
    const closed = closeBatch(this.vault, this.#batch, { cursors, latest: this.recent.changed() }, endMs);
    this.#heard.clear();
    this.recent.kept();
    this.#batch = this.#nextBatch();
    return closed;
  }

  /** Which records out of a device's memory were stored. */
  recordsOf(device: number): RecordsTaken {
    return this.#ingest.cursor(device).records;
  }

  /** Gives the ledger every statement that it has not got, in order. */
  anchor(): Promise<Anchored> {
    return anchorPending(this.vault, this.ledger);
  }

  /**
   * A clean end: the event is written, the batch closed, the ledger told. What may not be signed (`closes` is false) waits
   * on disk for the next start.
   */
  async stop(closes = true): Promise<ClosedBatch | undefined> {
    this.teller.step(false);
    this.vault.store.transaction(() => this.vault.recordEvent('hub-stopped'));
    if (!closes) return undefined;
    const closed = this.closeBatch();
    await this.anchor();
    return closed;
  }

  #nextBatch(): OpenBatch {
    return new OpenBatch(
      this.vault.nextSequence(),
      this.vault.openSinceMs(),
      this.vault.keyring,
      this.vault.registry,
    );
  }

  #stage(slot: number, readings: readonly KeptReading[]): void {
    const box = new SegmentEncoder();
    for (const kept of readings) box.add(kept);
    this.vault.store.stage(this.#batch.sequence, slot, this.#batch.segment(slot).keys, box.finish('plain'));
  }

  /** Committed readings enter the open batch and the memory of recent ones. */
  #take(slot: number, readings: readonly KeptReading[], taken: CommittedReading[]): void {
    const present = this.watch.take(slot, readings);
    const batch = this.#batch.sequence;
    const segment = this.#batch.segment(slot);
    const patient = Buffer.from(this.vault.registry.patient(slot)?.subject ?? []).toString('hex');
    for (const kept of readings) {
      const place = { batch, slot, index: segment.count };
      const device = segment.add(kept);
      this.#heard.add(kept.device);
      const reading = new CommittedReading(kept, place, patient, device.id, present.has(kept));
      this.recent.add(slot, reading);
      taken.push(reading);
    }
  }

  /** Staged rows of a hub that was killed. @returns how many readings they hold */
  #restage(): number {
    const found: KeptReading[] = [];
    for (const row of this.vault.store.staged()) {
      if (row.slot === HUB_SLOT) continue;
      const readings = decodeSegment(this.vault.store.openStaged(row));
      this.#take(row.slot, readings, []);
      for (const kept of readings) found.push(kept);
    }
    recall((device) => this.#ingest.cursor(device), found);
    return found.length;
  }
}

const outcomeOf = (decision: Decision): Outcome =>
  decision.kind === 'store' ? 'stored' : decision.kind === 'quarantine' ? 'quarantined' : 'duplicate';

function groupBySlot(decisions: readonly Decision[]): Map<number, KeptReading[]> {
  const bySlot = new Map<number, KeptReading[]>();
  for (const decision of decisions) {
    if (decision.kind !== 'store') continue;
    for (const { slot, kept } of decision.readings) {
      const readings = bySlot.get(slot);
      if (readings === undefined) bySlot.set(slot, [kept]);
      else readings.push(kept);
    }
  }
  return bySlot;
}
