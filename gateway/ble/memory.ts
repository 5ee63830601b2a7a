// The memory of a device at the other end of a link: the uploads of its records, and the values that come meanwhile.
// Which are held back for a look, which are an answer, and what is still on its way to the disk.

import { type HeldSegments, joinSegments } from '@heartwood/vitals/gatt';
import type { Outcome } from '../hub/wire.ts';
import type { RecordsTaken } from '../ingest/cursor.ts';
import { BusFault } from './bus-fault.ts';
import type { CharacteristicView } from './objects.ts';
import { RECORDS, UUID } from './profile.ts';
import { type Uploaded, upload } from './upload.ts';

export type MemoryPorts = {
  /** Which records the hub has on disk. */
  records(): Promise<RecordsTaken>;
  write(control: CharacteristicView, request: Uint8Array): Promise<void>;
  /** Waits, but no longer than a device may be silent, nor than the link lasts. @throws BusFault */
  patiently<T>(what: Promise<T>, name: string): Promise<T>;
  /** When the device last said anything, in ticks. */
  lastMs(): number;
  isBroken(): boolean;
};

type Probe = {
  readonly characteristic: number;
  readonly held: Uint8Array[];
  segments: HeldSegments | undefined;
};

export class Memory {
  readonly #ports: MemoryPorts;
  readonly #early: Uint8Array[] = [];
  #answer: PromiseWithResolvers<Uint8Array> | undefined;
  #probe: Probe | undefined;
  #uploading = false;
  readonly #storing = new Set<Promise<Outcome | 'dropped'>>();

  constructor(ports: MemoryPorts) {
    this.#ports = ports;
  }

  get uploading(): boolean {
    return this.#uploading;
  }

  /** Everything that came is on disk. */
  get idle(): boolean {
    return !this.#uploading && this.#storing.size === 0;
  }

  /** Takes a value where it is an answer of the control point, or held back for a look; false: it is to be stored. */
  takes(characteristic: number, octets: Uint8Array): boolean {
    if (characteristic === UUID.recordAccess) {
      if (this.#answer === undefined) this.#early.push(octets);
      else this.#answer.resolve(octets);
      return true;
    }
    if (this.#probe?.characteristic !== characteristic) return false;
    hold(this.#probe, octets);
    return true;
  }

  /** A record is on its way to the disk. */
  storing(record: Promise<Outcome | 'dropped'>): void {
    this.#storing.add(record);
    void record.finally(() => this.#storing.delete(record));
  }

  /** Uploads what is new behind each control point of a device. @throws BusFault */
  async upload(characteristics: readonly CharacteristicView[]): Promise<readonly Uploaded[]> {
    const done: Uploaded[] = [];
    for (const control of characteristics) {
      const of = control.uuid === UUID.recordAccess && RECORDS.get(control.service ?? 0);
      if (of) done.push(await this.#uploadOne(control, of));
    }
    return done;
  }

  async #uploadOne(control: CharacteristicView, characteristic: number): Promise<Uploaded> {
    const taken = await this.#ports.records();
    const names = new Set(taken.names);
    const last = new Map(taken.last).get(characteristic);
    this.#uploading = true;
    try {
      const bits = characteristic === UUID.storedObservation ? 32 : 16;
      const known = { has: (name: number) => names.has(name), last };
      const result = await upload(characteristic, bits, known, {
        write: (request) => {
          this.#early.length = 0;
          return this.#ports.write(control, request);
        },
        answer: () => this.#nextAnswer(),
        probe: (on) => this.#look(on ? characteristic : undefined),
      });
      while (this.#storing.size > 0) await Promise.all(this.#storing);
      return result;
    } finally {
      this.#uploading = false;
      this.#look(undefined);
    }
  }

  /** Begins to hold back values, or ends it. @returns what was held back */
  #look(characteristic: number | undefined): readonly Uint8Array[] {
    const held = this.#probe?.held ?? [];
    this.#probe =
      characteristic === undefined ? undefined : { characteristic, held: [], segments: undefined };
    return held;
  }

  /** As long as records come, the answer may take its time. */
  async #nextAnswer(): Promise<Uint8Array> {
    const early = this.#early.shift();
    if (early !== undefined) return early;
    const answer = Promise.withResolvers<Uint8Array>();
    this.#answer = answer;
    try {
      for (;;) {
        const saidMs = this.#ports.lastMs();
        try {
          return await this.#ports.patiently(answer.promise, 'the end of its records');
        } catch (error) {
          const silent = this.#ports.lastMs() === saidMs;
          if (silent || this.#ports.isBroken() || !(error instanceof BusFault)) throw error;
        }
      }
    } finally {
      this.#answer = undefined;
    }
  }
}

/** Values that are held back, not stored: joined where they come in parts. */
function hold(probe: Probe, octets: Uint8Array): void {
  if (probe.characteristic !== UUID.storedObservation) {
    probe.held.push(octets);
    return;
  }
  const joined = joinSegments(probe.segments, octets);
  probe.segments = joined.kind === 'waiting' ? joined.held : undefined;
  if (joined.kind === 'complete') probe.held.push(joined.bytes);
}
