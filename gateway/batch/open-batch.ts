// The batch that is being filled. For each patient it carries the growing columns of the segment and the
// frontier of its Merkle tree, so that closing costs no second look at the readings, and its memory is that of
// the compressed bytes. After a crash the staged rows are added again, in order, and give the same batch.

import type { EpochKeys, Keyring } from '../keys/keyring.ts';
import type { Device, Registry } from '../registry/registry.ts';
import { type KeptReading, SegmentEncoder } from '../store/segment-codec.ts';
import { GrowingTree } from './growing-tree.ts';
import { leafOf, SaltStream } from './leaf.ts';

/** One patient's part of the open batch. */
export class OpenSegment {
  readonly slot: number;
  readonly keys: EpochKeys;
  readonly #subject: Uint8Array;
  readonly #registry: Registry;
  readonly #salts: SaltStream;
  readonly #encoder = new SegmentEncoder();
  readonly #tree = new GrowingTree();
  #receivedMs = 0;

  constructor(batch: number, slot: number, keys: EpochKeys, subject: Uint8Array, registry: Registry) {
    this.slot = slot;
    this.keys = keys;
    this.#subject = subject;
    this.#registry = registry;
    this.#salts = new SaltStream(keys, batch, slot);
  }

  /** How many readings it holds: the index of the next one. */
  get count(): number {
    return this.#encoder.count;
  }

  get root(): Uint8Array {
    return this.#tree.root;
  }

  /** The hub's clock when the last of them arrived, ms; the clock may have been turned back since. */
  get receivedMs(): number {
    return this.#receivedMs;
  }

  /** @returns the device that it is of */
  add(kept: KeptReading): Device {
    const device = this.#registry.deviceByNumber(kept.device);
    if (device === undefined) throw new Error(`device number ${kept.device} is in no registry`);
    this.#tree.append(leafOf(this.#salts, kept, this.#subject, device.id));
    this.#encoder.add(kept);
    this.#receivedMs = Math.max(this.#receivedMs, kept.received);
    return device;
  }

  bytes(): Uint8Array {
    return this.#encoder.finish();
  }
}

export class OpenBatch {
  readonly sequence: number;
  /** When the interval began: the end of the one before. It decides the epoch of every key. */
  readonly startMs: number;
  readonly #keyring: Keyring;
  readonly #registry: Registry;
  readonly #segments = new Map<number, OpenSegment>();

  constructor(sequence: number, startMs: number, keyring: Keyring, registry: Registry) {
    this.sequence = sequence;
    this.startMs = startMs;
    this.#keyring = keyring;
    this.#registry = registry;
  }

  /** A patient's part, begun when first asked for. */
  segment(slot: number): OpenSegment {
    let segment = this.#segments.get(slot);
    if (segment === undefined) {
      const patient = this.#registry.patient(slot);
      if (patient === undefined) throw new Error(`slot ${slot} belongs to nobody`);
      const keys = this.#keyring.epochAt(slot, this.startMs);
      segment = new OpenSegment(this.sequence, slot, keys, patient.subject, this.#registry);
      this.#segments.set(slot, segment);
    }
    return segment;
  }

  /** The parts that hold readings, by slot. */
  filled(): OpenSegment[] {
    return [...this.#segments.values()].filter((one) => one.count > 0).sort((a, b) => a.slot - b.slot);
  }

  get entries(): number {
    return this.filled().reduce((sum, one) => sum + one.count, 0);
  }
}
