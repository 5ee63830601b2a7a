// What the devices delivered, made again from the readings as they lie in the batches, and compared with the cursors
// that keep the hub from storing a message twice. A cursor that was taken away, or put back to an older one, does not
// know messages that are stored; a reading that stands in two batches is what follows from that.
//
// Memory: ranges of sequence numbers, as in a cursor, and the messages of one batch.

import { DeviceCursor } from '../ingest/cursor.ts';
import { SequenceSet } from '../ingest/sequence-set.ts';
import type { KeptReading } from '../store/segment-codec.ts';
import type { Report } from './fsck.ts';

/**
 * As many runs of a device as its cursor keeps, forgotten in the same order: what the hub has forgotten it may
 * honestly have stored again, and is no fault here.
 */
const RUNS_MAX = 256;
/** Far more than a cursor's. Beyond it the oldest are forgotten: a double of long ago may be missed, none is invented. */
const RANGES_MAX = 65_536;

type Delivery = {
  readonly device: number;
  readonly boot: number | undefined;
  readonly seq: number;
  readonly received: number;
  readonly where: string;
  readonly indexes: Set<number>;
};
type Unknown = { readonly first: Delivery; count: number };

export class Delivered {
  readonly #report: Report;
  readonly #cursors: ReadonlyMap<number, DeviceCursor> | undefined;
  readonly #runs = new Map<number, Map<number | undefined, SequenceSet>>();
  /** Messages that their device's cursor does not know, by run. */
  readonly #unknown = new Map<number, Map<number | undefined, Unknown>>();
  #batch = new Map<string, Delivery>();

  /** @param cursors the kept text of each device's cursor, as of the last batch; undefined: they cannot be read */
  constructor(cursors: ReadonlyMap<number, string> | undefined, report: Report) {
    this.#report = report;
    this.#cursors =
      cursors && new Map([...cursors].map(([device, text]) => [device, DeviceCursor.parse(text)]));
  }

  /** The readings of one patient. A message that a handover divides has parts in two segments of one batch. */
  add(where: string, readings: readonly KeptReading[]): void {
    for (const { device, boot, seq, index, received } of readings) {
      const name = `${device}.${boot ?? ''}.${seq}`;
      let delivery = this.#batch.get(name);
      if (delivery === undefined) {
        delivery = { device, boot, seq, received, where, indexes: new Set() };
        this.#batch.set(name, delivery);
      }
      if (delivery.indexes.has(index)) this.#twice({ ...delivery, where });
      delivery.indexes.add(index);
    }
  }

  /** The batch is whole. @param closed false for what waits: the cursors are those of the last closed batch */
  endBatch(closed: boolean): void {
    const inOrder = [...this.#batch.values()].sort((a, b) => a.received - b.received);
    this.#batch = new Map();
    for (const delivery of inOrder) {
      const { device, boot, seq } = delivery;
      const run = this.#run(device, boot);
      if (run.has(seq)) this.#twice(delivery);
      run.add(seq);
      if (!closed || this.#cursors === undefined) continue;
      if ((this.#cursors.get(device)?.look(boot, seq, 0) ?? 'new') === 'new') this.#notKnown(delivery);
    }
  }

  /** Everything was shown: tells what the cursors do not know. */
  end(): void {
    for (const [device, runs] of this.#unknown) {
      const missed = [...runs.values()];
      const [one] = missed;
      if (one === undefined) continue;
      const count = missed.reduce((sum, unknown) => sum + unknown.count, 0);
      this.#report(
        `the cursor of device number ${device}`,
        `${this.#cursors?.has(device) ? 'it does not know' : 'it is missing, and with it'} ${count} messages that ` +
          `are stored, the first with sequence ${one.first.seq} in ${one.first.where}: it was altered or taken away`,
      );
    }
  }

  #run(device: number, boot: number | undefined): SequenceSet {
    let runs = this.#runs.get(device);
    if (runs === undefined) {
      runs = new Map();
      this.#runs.set(device, runs);
    }
    let run = runs.get(boot);
    if (run !== undefined && run.ranges > RANGES_MAX) {
      run = new SequenceSet(run.bounds.slice(-RANGES_MAX));
      runs.set(boot, run);
    } else if (run === undefined) {
      run = new SequenceSet();
      runs.set(boot, run);
      if (runs.size > RUNS_MAX) this.#forgetOldest(device, runs);
    }
    return run;
  }

  #notKnown(delivery: Delivery): void {
    let runs = this.#unknown.get(delivery.device);
    if (runs === undefined) {
      runs = new Map();
      this.#unknown.set(delivery.device, runs);
    }
    const unknown = runs.get(delivery.boot);
    if (unknown !== undefined) unknown.count += 1;
    else runs.set(delivery.boot, { first: delivery, count: 1 });
  }

  #forgetOldest(device: number, runs: Map<number | undefined, SequenceSet>): void {
    const [boot] = runs.keys();
    runs.delete(boot);
    this.#unknown.get(device)?.delete(boot);
  }

  #twice({ device, boot, seq, where }: Delivery): void {
    const run = boot === undefined ? '' : ` of boot ${boot}`;
    this.#report(where, `message ${seq}${run} of device number ${device} is stored twice, here again`);
  }
}
