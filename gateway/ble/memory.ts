// The memory of a device at the other end of a link: the uploads of its records, and the values that come meanwhile.
// Which are held back for a look, which are an answer, and what is still on its way to the disk.

import { type HeldSegments, joinSegments } from '@heartwood/vitals/gatt';
import type { Outcome } from '../hub/wire.ts';
import type { RecordsTaken } from '../ingest/cursor.ts';
import type { RecordName } from '../ingest/record-name.ts';
import { BusFault } from './bus-fault.ts';
import type { CharacteristicView } from './objects.ts';
import { RECORDS, UUID } from './profile.ts';
import { type Begins, type Uploaded, upload } from './upload.ts';

export type MemoryPorts = {
  /** Which records the hub has on disk. */
  records(): Promise<RecordsTaken>;
  write(control: CharacteristicView, request: Uint8Array): Promise<void>;
  /** Waits, but no longer than a device may be silent, nor than the link lasts. @throws BusFault */
  patiently<T>(what: Promise<T>, name: string): Promise<T>;
  /** When the device last said anything, in ticks. */
  lastMs(): number;
  isBroken(): boolean;
  /** Stores a value that was held back. */
  store(characteristic: number, octets: Uint8Array): void;
  /** The names of the records in a value, oldest first. */
  names(characteristic: number, octets: Uint8Array): readonly RecordName[];
};

type Probe = {
  readonly characteristic: number;
  readonly held: Uint8Array[];
  segments: HeldSegments | undefined;
};

/** Records are let through from the first one that is known; where it is another, none is. */
type Gate = {
  readonly characteristic: number;
  readonly isKnown: (octets: Uint8Array) => boolean;
  segments: HeldSegments | undefined;
  begins: Begins;
};

export class Memory {
  readonly #ports: MemoryPorts;
  /** Indications of the control point that nobody has read yet, while an upload is under way. */
  readonly #answers: Uint8Array[] = [];
  #answered = Promise.withResolvers<void>();
  #probe: Probe | undefined;
  #gate: Gate | undefined;
  #uploading = false;
  /**
   * Whether records that come now are those that were asked for. Before that they are left over from a request of a hub
   * that was killed, or of another collector: were one of them stored, an upload would go on after it, and what is
   * before it would never come. It is in the device's memory, and comes when it is asked for.
   */
  #asked: 'no' | 'being-asked' | 'yes' = 'no';
  /** What came while it was being asked. */
  readonly #early: (readonly [characteristic: number, octets: Uint8Array])[] = [];
  /** More of that than is held. */
  #earlyLost = false;
  /** Characteristics whose values come when they are asked for, and only then: a glucose sensor tells them as it measures, too. */
  #onRequest: ReadonlySet<number> = new Set();
  /** Characteristics whose records have all come, in this connection. */
  readonly #done = new Set<number>();
  /** Those, and the ones of a device that refuses to be asked: what comes now was measured now. */
  readonly #through = new Set<number>();
  readonly #storing = new Set<Promise<Outcome | 'dropped'>>();
  /** A record had to be dropped: none behind it may be stored, for an upload would go on after that. */
  #spoilt = false;

  constructor(ports: MemoryPorts) {
    this.#ports = ports;
  }

  /** A connection begins. */
  begin(): void {
    this.#done.clear();
    this.#through.clear();
    this.#asked = 'no';
  }

  get uploading(): boolean {
    return this.#uploading;
  }

  /** Where the upload of a characteristic's records stands. */
  stageOf(characteristic: number): 'before' | 'under-way' | 'done' {
    if (this.#done.has(characteristic)) return 'done';
    return this.#asked === 'yes' && !this.#spoilt ? 'under-way' : 'before';
  }

  /** The device has records that are to be asked for. */
  isBehind(characteristics: readonly CharacteristicView[]): boolean {
    const behind = characteristics.flatMap(({ uuid, service }) =>
      uuid === UUID.recordAccess ? (RECORDS.get(service ?? 0) ?? []) : [],
    );
    this.#onRequest = new Set(behind.filter((one) => one !== UUID.cgm));
    return behind.length > 0;
  }

  /** Everything that came is on disk. */
  get idle(): boolean {
    return !this.#uploading && this.#storing.size === 0;
  }

  /** Takes a value where it is an answer of the control point, or held back for a look; false: it is to be stored. */
  takes(characteristic: number, octets: Uint8Array): boolean {
    if (characteristic === UUID.recordAccess) {
      if (this.#uploading && this.#answers.length < ANSWERS_MAX) this.#answers.push(octets);
      this.#answered.resolve();
      return true;
    }
    if (this.#onRequest.has(characteristic) && this.#spoilt) return true;
    if (this.#onRequest.has(characteristic) && !this.#through.has(characteristic) && this.#asked !== 'yes') {
      if (this.#asked === 'being-asked') {
        if (this.#early.length < HELD_MAX) this.#early.push([characteristic, octets]);
        else this.#earlyLost = true;
      }
      return true;
    }
    if (this.#gate?.characteristic === characteristic) return this.#isShut(this.#gate, octets);
    if (this.#probe?.characteristic !== characteristic) return false;
    hold(this.#probe, octets);
    return true;
  }

  /** A record is on its way to the disk. */
  storing(record: Promise<Outcome | 'dropped'>): void {
    this.#storing.add(record);
    void record.then((outcome) => {
      this.#storing.delete(record);
      if (outcome === 'dropped') this.#spoilt = true;
    });
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
    // What came before is on disk, or was dropped: what is known of it now is all.
    while (this.#storing.size > 0) await Promise.all(this.#storing);
    this.#spoilt = false;
    const taken = await this.#ports.records();
    const names = new Set(taken.names);
    const last = new Map(taken.last).get(characteristic);
    this.#uploading = true;
    try {
      const bits = characteristic === UUID.storedObservation ? 32 : 16;
      const known = { last, isKnown: ({ name }: RecordName) => names.has(name) };
      const result = await upload(bits, known, {
        write: (request, asks) => this.#write(control, request, asks),
        answer: () => this.#nextAnswer(),
        probe: (on) => this.#look(on ? characteristic : undefined),
        names: (octets) => this.#ports.names(characteristic, octets),
        gate: (isKnown) => {
          const gate: Gate = { characteristic, isKnown, segments: undefined, begins: 'nothing' };
          this.#gate = gate;
          return () => {
            this.#gate = undefined;
            return gate.begins;
          };
        },
      });
      while (this.#storing.size > 0) await Promise.all(this.#storing);
      if (this.#spoilt) throw new BusFault('closed', 'there is no room for its records');
      if (result.kind !== 'refused') this.#done.add(characteristic);
      this.#through.add(characteristic);
      return result;
    } finally {
      this.#uploading = false;
      this.#asked = 'no';
      this.#gate = undefined;
      this.#look(undefined);
    }
  }

  /** @param asks for records; what comes before it is accepted waits, for it may be of another request */
  async #write(control: CharacteristicView, request: Uint8Array, asks: boolean): Promise<void> {
    this.#answers.length = 0;
    this.#early.length = 0;
    this.#earlyLost = false;
    this.#asked = asks ? 'being-asked' : 'no';
    try {
      await this.#ports.write(control, request);
    } catch (error) {
      this.#asked = 'no';
      this.#early.length = 0;
      throw error;
    }
    if (!asks) return;
    this.#asked = 'yes';
    for (const [characteristic, octets] of this.#early.splice(0))
      if (!this.takes(characteristic, octets)) this.#ports.store(characteristic, octets);
    if (this.#earlyLost) this.#spoilt = true;
  }

  /** Judges by the first whole record; it is on disk already where it is known. @returns whether the value goes no further */
  #isShut(gate: Gate, octets: Uint8Array): boolean {
    if (gate.begins === 'known') return false;
    if (gate.begins === 'other') return true;
    if (gate.characteristic !== UUID.storedObservation) {
      gate.begins = gate.isKnown(octets) ? 'known' : 'other';
      return gate.begins === 'other';
    }
    const joined = joinSegments(gate.segments, octets);
    gate.segments = joined.kind === 'waiting' ? joined.held : undefined;
    if (joined.kind === 'complete') gate.begins = gate.isKnown(joined.bytes) ? 'known' : 'other';
    return true;
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
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      this.#answered = Promise.withResolvers();
      const saidMs = this.#ports.lastMs();
      try {
        await this.#ports.patiently(this.#answered.promise, 'the end of its records');
      } catch (error) {
        const silent = this.#ports.lastMs() === saidMs;
        if (silent || this.#ports.isBroken() || !(error instanceof BusFault)) throw error;
      }
    }
  }
}

/** A device that says more than this in one breath is not to be believed, nor kept. */
const ANSWERS_MAX = 16;
const HELD_MAX = 64;

/** Values that are held back, not stored: joined where they come in parts, and the last ones where there are many. */
function hold(probe: Probe, octets: Uint8Array): void {
  if (probe.held.length >= HELD_MAX) probe.held.shift();
  if (probe.characteristic !== UUID.storedObservation) {
    probe.held.push(octets);
    return;
  }
  const joined = joinSegments(probe.segments, octets);
  probe.segments = joined.kind === 'waiting' ? joined.held : undefined;
  if (joined.kind === 'complete') probe.held.push(joined.bytes);
}
