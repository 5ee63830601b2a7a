// What a device has already delivered. A message is named by device, boot and sequence; a second one of that
// name is a redelivery when its content is the same, and a fault of the device when it is not. A redelivery is
// acknowledged and dropped; a fault goes to the quarantine, because a reading must never vanish silently.
//
// Which sequences are stored is kept for ever (as ranges). Fingerprints are kept for the last messages only:
// brokers and devices send again what was not acknowledged, and that is always recent.

import { RecentMessages } from './recent-message.ts';
import { RecordMemory } from './record-memory.ts';
import type { RecordName } from './record-name.ts';
import { SequenceSet } from './sequence-set.ts';

/** A device that restarts its sequence more often than this, without an end, forgets the oldest runs. */
const BOOTS_MAX = 256;
/**
 * How many gaps are remembered. A device that skips numbers (a lossy link, a clock for a counter) makes one each
 * time, and they are written with every batch. Beyond this the oldest gap is taken for filled: what was skipped
 * there and comes after all goes to the quarantine, and what the device sends next is stored as ever.
 */
const RANGES_MAX = 2048;
/** More than the broker lets be in flight at once (`inFlightMax` in broker/limits.ts: 1,024). */
const RECENT_MAX = 1_280;

export type Seen =
  /** Not delivered before. */
  | 'new'
  /** The same message again. */
  | 'duplicate'
  /** The same name with another content, or too long ago to tell. */
  | 'reused';

/** Of a device that sends records out of its memory: which were stored, and the last one's number by characteristic. */
export type RecordsTaken = {
  readonly names: readonly number[];
  readonly last: readonly (readonly [characteristic: number, number: number])[];
};

type Runs = [number, number[]][];
type Kept = {
  readonly runs: Runs;
  readonly names: Parameters<typeof RecordMemory.parse>[0];
  readonly last: RecordsTaken['last'];
};

/** No boot given: the device keeps its sequence across restarts. */
const NO_BOOT = -1;

export class DeviceCursor {
  /** By boot, in order of first appearance. */
  readonly #stored: Map<number, SequenceSet>;
  readonly #recent = new RecentMessages(RECENT_MAX);
  /** Of all runs together. */
  #ranges: number;
  readonly #records: RecordMemory;
  /** By characteristic, the device's number of the record that was stored last: an upload goes on from there. */
  readonly #lastRecord: Map<number, number>;

  constructor(
    stored: Map<number, SequenceSet> = new Map(),
    records: RecordMemory = new RecordMemory(),
    lastRecord: readonly (readonly [number, number])[] = [],
  ) {
    this.#records = records;
    this.#lastRecord = new Map(lastRecord);
    this.#stored = stored;
    this.#ranges = [...stored.values()].reduce((sum, set) => sum + set.ranges, 0);
  }

  look(boot: number | undefined, seq: number, fingerprint: number): Seen {
    const set = this.#stored.get(boot ?? NO_BOOT);
    if (!set?.has(seq)) return 'new';
    return this.#recent.find(boot ?? NO_BOOT, seq) === fingerprint ? 'duplicate' : 'reused';
  }

  add(boot: number | undefined, seq: number, fingerprint: number): void {
    const run = boot ?? NO_BOOT;
    let set = this.#stored.get(run);
    if (set === undefined) {
      set = new SequenceSet();
      this.#stored.set(run, set);
      if (this.#stored.size > BOOTS_MAX) this.#forgetOldestRun();
    }
    this.#ranges -= set.ranges;
    set.add(seq);
    this.#ranges += set.ranges;
    if (this.#ranges > RANGES_MAX) this.#closeOldestGap();
    this.#recent.add(run, seq, fingerprint);
  }

  /** Whether this record was stored before, as far back as names are remembered. */
  hasRecord(record: RecordName): boolean {
    return this.#records.has(record);
  }

  /** It is on disk, now or since long: an upload goes on after it. */
  addRecord(record: RecordName): void {
    const { characteristic, number } = record;
    this.#records.add(record);
    if (number !== undefined) this.#lastRecord.set(characteristic, number);
  }

  /** The run that began last, as ranges first, last, first, last, … of what came; undefined: nothing ever came. */
  get run(): { readonly boot: number | undefined; readonly bounds: readonly number[] } | undefined {
    const last = [...this.#stored].at(-1);
    if (last === undefined) return undefined;
    const [boot, set] = last;
    return { boot: boot === NO_BOOT ? undefined : boot, bounds: [...set.bounds] };
  }

  /** What an upload needs to ask for new records only. */
  get records(): RecordsTaken {
    return { names: this.#records.all(), last: [...this.#lastRecord] };
  }

  #forgetOldestRun(): void {
    const [boot, set] = this.#stored.entries().next().value as [number, SequenceSet];
    this.#stored.delete(boot);
    this.#ranges -= set.ranges;
  }

  #closeOldestGap(): void {
    const set = [...this.#stored.values()].find((one) => one.ranges > 1);
    if (set === undefined) return;
    set.closeFirstGap();
    this.#ranges -= 1;
  }

  /** What must survive a restart: the ranges. Fingerprints come back from the last segments. */
  format(): string {
    const runs = [...this.#stored].map(([boot, set]) => [boot, set.bounds]);
    // A device without a memory is written as ever: a list.
    if (this.#records.size === 0) return JSON.stringify(runs);
    return JSON.stringify({ runs, names: this.#records.format(), last: [...this.#lastRecord] });
  }

  static parse(text: string): DeviceCursor {
    const kept = JSON.parse(text) as Runs | Kept;
    const { runs, names, last } = Array.isArray(kept) ? { runs: kept, names: {}, last: [] } : kept;
    return new DeviceCursor(
      new Map(runs.map(([boot, bounds]) => [boot, new SequenceSet(bounds)])),
      RecordMemory.parse(names),
      last,
    );
  }
}
