// From the octets of one device to readings with their source: parts are joined, numbers decoded, times believed or
// not. What cannot be decoded is counted by reason and dropped; a device controls every octet.

import { type Source, TIME_MAX_MS, type TimedMeasurement } from '@heartwood/vitals';
import {
  decodeCgmSessionStart,
  GATT_DECODERS,
  type GattRefusal,
  type HeldSegments,
  joinSegments,
  sessionStartMs,
  toEpochMs,
} from '@heartwood/vitals/gatt';
import { type RecordName, recordOf } from '../ingest/record-name.ts';
import { type ClockSeen, clockSeen, momentOfWall, trustTime, type Zone } from './clock-trust.ts';
import { Compositions } from './compositions.ts';
import { UUID } from './profile.ts';
import { Steps } from './steps.ts';
import { Streams } from './streams.ts';
import { Weighings } from './weighings.ts';

/** What a value became. `record`: its message carries it alone, for it is told from others by what it says. */
export type Read =
  | { readonly kind: 'readings'; readonly readings: readonly TimedMeasurement[]; readonly record: boolean }
  /** `octets`: of a value in parts, all of them. */
  | { readonly kind: 'refused'; readonly reason: GattRefusal; readonly octets?: Uint8Array };

/** How a value came. */
export type Came = {
  /** Before the records behind it were asked for, while they came, or when all had come; or its name alone is wanted. */
  readonly upload: 'before' | 'under-way' | 'done' | 'named';
  /** The device had been connected and silent for a while: it was measured just now. */
  readonly settled: boolean;
};

/** Values that come with a time and may be out of a memory: told apart by their octets where the time is believed. */
const TIMED: ReadonlySet<number> = new Set([0x2a1c, 0x2a35, 0x2a5e, 0x2a9c, 0x2a9d]);
/** Told while it is measured, and never out of a memory. */
const INTERMEDIATE_TEMPERATURE = 0x2a1e;
/** A record of continuous glucose that is older than this did not come by itself. */
const JUST_NOW_MS = 10 * 60_000;
/** Octets whose time was not believed, of one connection. */
const UNBELIEVED_MAX = 4_096;
const NO_KIND_MAX = 1_024;

export class Reader {
  readonly #zone: Zone;
  /** What counts in this connection; and what is known of the clock for good, where it was not to be read this time. */
  #clock: ClockSeen;
  #known: ClockSeen;
  /** A clock that cannot be read has said the time of just now, in this connection: by whether it knows its zone. */
  readonly #witnessed = new Map<boolean, ClockSeen>();
  #sessionStartMs: number | undefined;
  readonly #segments = new Map<number, HeldSegments>();
  readonly #compositions = new Compositions();
  readonly #weighings = new Weighings();
  readonly #unbelieved = new Set<string>();
  /** Values that measure nothing, and were handed on: a meter tells its last one in every session. */
  readonly #noKind = new Set<string>();
  readonly #steps = new Steps();
  readonly #streams = new Streams();

  /** @param known what was seen of the device's clock before the hub was started */
  constructor(zone: Zone, known: ClockSeen = {}) {
    this.#zone = zone;
    this.#known = known;
    this.#clock = known;
  }

  /** What is known of the device's clock. */
  get clock(): ClockSeen {
    return this.#known;
  }

  /** What will be known of it after this look. */
  withClock(clock: ClockSeen): ClockSeen {
    return clockSeen(this.#known, clock);
  }

  /** What was seen of the device's clock; what was known of it before it was set is not forgotten. */
  saw(clock: ClockSeen): void {
    this.#clock = this.withClock(clock);
    if (this.#clock.errorMs !== undefined || this.#clock.set !== undefined) this.#known = this.#clock;
  }

  /** A link has ended. @returns what was half said, where half of it is true alone */
  restart(nowMs: number): readonly Read[] {
    this.#segments.clear();
    this.#unbelieved.clear();
    this.#witnessed.clear();
    this.#streams.end();
    return this.#composed(this.#compositions.end(), nowMs);
  }

  /**
   * The start of a glucose sensor's session (2AAA), from which its readings count their minutes.
   * @returns whether the octets could be read; one that nobody has told the time yet says so, and that is read too
   */
  sessionStarted(octets: Uint8Array): boolean {
    const start = decodeCgmSessionStart(octets);
    this.#sessionStartMs = undefined;
    if (start.kind === 'refused') return false;
    const { time } = start.value;
    this.#sessionStartMs = sessionStartMs(start.value);
    if (this.#sessionStartMs !== undefined || time === 'invalid') return true;
    // It does not say in which zone: in the house's, as all clocks that say none.
    const wallMs = toEpochMs(time, 0);
    if (wallMs !== undefined) this.#sessionStartMs = momentOfWall(wallMs, this.#zone);
    return true;
  }

  /** Reads a value of a characteristic that arrived at `nowMs`. Nothing: a part of something, or of no kind we have. */
  read(characteristic: number, octets: Uint8Array, nowMs: number, came: Came): readonly Read[] {
    if (characteristic === UUID.bodyComposition) {
      const joined = this.#compositions.take(octets);
      return typeof joined === 'string' ? [refused(joined)] : this.#composed(joined, nowMs);
    }
    if (GATT_DECODERS.get(characteristic)?.parts !== 'joined-before-decoding')
      return this.#measure(characteristic, octets, nowMs, came);
    const joined = joinSegments(this.#segments.get(characteristic), octets);
    this.#segments.delete(characteristic);
    if (joined.kind === 'refused') return [refused(joined.reason)];
    if (joined.kind === 'complete') return this.#measure(characteristic, joined.bytes, nowMs, came);
    if (joined.held !== undefined) this.#segments.set(characteristic, joined.held);
    return [];
  }

  /** The names that the records in a whole value would be stored under, oldest first. */
  names(characteristic: number, octets: Uint8Array, nowMs: number): readonly RecordName[] {
    return this.#measure(characteristic, octets, nowMs, { upload: 'named', settled: false }).flatMap(
      (read) => (read.kind === 'readings' ? (recordOf(read.readings) ?? []) : []),
    );
  }

  #measure(characteristic: number, octets: Uint8Array, nowMs: number, came: Came): readonly Read[] {
    const decoder = GATT_DECODERS.get(characteristic);
    if (decoder === undefined) return [refused('unsupported')];
    const measured = decoder.measure(octets, this.#deviceClock(0));
    if (measured.kind === 'refused') return [refused(measured.reason)];
    const absolute = this.#isAbsolute(characteristic, octets, measured.value);
    // Several records in one value are several: the same one comes again beside another neighbour.
    const parts = characteristic === UUID.cgm ? sized(octets) : [octets];
    return parts.flatMap((own) => {
      const part = parts.length === 1 ? measured : decoder.measure(own, this.#deviceClock(0));
      const said = part.kind === 'decoded' ? part.value : [];
      if (said.length === 0) return came.upload === 'named' ? [] : this.#ofNoKind(characteristic, own);
      return this.#sourced(characteristic, own, said, { nowMs, absolute, came }) ?? [];
    });
  }

  /** An offset of 0 gives wall-clock times as if they were UTC. */
  #deviceClock(offsetMinutes: number): { offsetMinutes: number; sessionStartMs?: number } {
    return this.#sessionStartMs === undefined
      ? { offsetMinutes }
      : { offsetMinutes, sessionStartMs: this.#sessionStartMs };
  }

  /** Whether the times do not hang on the zone of whoever reads them: glucose sensors and generic sensors know theirs. */
  #isAbsolute(characteristic: number, octets: Uint8Array, said: readonly TimedMeasurement[]): boolean {
    if (characteristic === UUID.cgm) return true;
    if (characteristic !== UUID.liveObservation && characteristic !== UUID.storedObservation) return false;
    const moved = GATT_DECODERS.get(characteristic)?.measure(octets, this.#deviceClock(60));
    return moved?.kind === 'decoded' && moved.value[0]?.at === said[0]?.at;
  }

  #composed(all: ReturnType<Compositions['end']>, nowMs: number): readonly Read[] {
    const how = { nowMs, absolute: false, came: { upload: 'before', settled: false } } as const;
    return all.flatMap(({ octets, said }) =>
      said.length === 0
        ? this.#ofNoKind(UUID.bodyComposition, octets)
        : (this.#sourced(UUID.bodyComposition, octets, said, how) ?? []),
    );
  }

  /** Read whole, and nothing measured: it is kept as it came, once. */
  #ofNoKind(characteristic: number, octets: Uint8Array): readonly Read[] {
    const key = `${characteristic} ${Buffer.from(octets).toString('hex')}`;
    if (this.#noKind.has(key)) return [];
    this.#noKind.add(key);
    const [oldest] = this.#noKind;
    if (this.#noKind.size > NO_KIND_MAX && oldest !== undefined) this.#noKind.delete(oldest);
    return [{ kind: 'refused', reason: 'no-kind', octets }];
  }

  #sourced(
    characteristic: number,
    octets: Uint8Array,
    said: readonly TimedMeasurement[],
    { nowMs, absolute, came }: { readonly nowMs: number; readonly absolute: boolean; readonly came: Came },
  ): Read | undefined {
    const [first] = said;
    if (first === undefined) return undefined;
    // The weight is known; what else the value says has no kind.
    if (came.upload !== 'named' && this.#weighings.isSecond(characteristic, first, nowMs))
      return this.#ofNoKind(characteristic, octets)[0];
    const zone: Zone = absolute ? () => 0 : this.#zone;
    // A glucose sensor counts minutes.
    const hub = { nowMs, zone, absolute, stepMs: characteristic === UUID.cgm ? 60_000 : 0 };
    const isShown = !absolute && (this.#clock.errorMs !== undefined || this.#clock.set !== undefined);
    const seen = isShown ? this.#clock : (this.#witnessed.get(absolute) ?? {});
    const fresh = characteristic === INTERMEDIATE_TEMPERATURE || (came.settled && TIMED.has(characteristic));
    const trusted = said.map(({ at }) => trustTime(at, seen, hub, fresh));
    const [{ clock, shiftMs: moved }] = trusted as [(typeof trusted)[number]];
    if (!isShown && came.settled && came.upload !== 'named' && clock === 'device')
      this.#witnessed.set(absolute, { errorMs: 0, zoneMinutes: zone(nowMs) });
    // What a glucose sensor says of the moment names its record, believed or not.
    const untold = characteristic === UUID.cgm && clock === 'arrival' && first.at !== undefined;
    const shiftMs = untold && first.at > 0 && first.at <= TIME_MAX_MS ? -first.at : moved;
    const timed = TIMED.has(characteristic) && first.at !== undefined;
    // A time that cannot be believed names nothing; within one connection the device means the same by it.
    const dated = timed && isDated(trusted[0]);
    if (timed && !dated && !this.#isNew(characteristic, octets)) return undefined;
    const streams = came.upload !== 'named' && timed && this.#streams.take(characteristic, trusted[0], nowMs);
    const stored = this.#isStored(characteristic, trusted[0], nowMs, came) || (dated && !streams);
    const version = GATT_DECODERS.get(characteristic)?.version ?? 1;
    const source: Source = { characteristic, version, octets, clock, stored, shiftMs };
    const readings = said.map(({ measurement }, index): TimedMeasurement => {
      const one = trusted[index];
      return {
        ...(one !== undefined && one.clock !== 'arrival' && { at: one.atMs }),
        measurement,
        ...(index === 0 && { source }),
      };
    });
    return { kind: 'readings', readings, record: stored || characteristic === UUID.cgm };
  }

  /** Whether an upload may go on from it: all that was before it has come. */
  #isStored(
    characteristic: number,
    trusted: ReturnType<typeof trustTime> | undefined,
    nowMs: number,
    came: Came,
  ): boolean {
    if (characteristic === UUID.glucose || characteristic === UUID.storedObservation) return true;
    if (characteristic !== UUID.cgm || came.upload === 'before') return false;
    if (came.upload === 'named' || trusted === undefined || trusted.clock === 'arrival') return true;
    if (came.upload === 'done') return this.#steps.isNext(trusted.atMs);
    this.#steps.begin(trusted.atMs);
    // While others are on their way, the sensor goes on measuring.
    return nowMs - trusted.atMs > JUST_NOW_MS;
  }

  #isNew(characteristic: number, octets: Uint8Array): boolean {
    const key = `${characteristic} ${Buffer.from(octets).toString('hex')}`;
    if (this.#unbelieved.has(key)) return false;
    if (this.#unbelieved.size < UNBELIEVED_MAX) this.#unbelieved.add(key);
    return true;
  }
}

/** Whether the time in a value is of one day, and so tells its octets from those of any other. */
const isDated = (said: ReturnType<typeof trustTime> | undefined): boolean =>
  said !== undefined && (said.clock !== 'arrival' || said.dated === true);

const refused = (reason: GattRefusal): Read => ({ kind: 'refused', reason });

/** The records of a CGM Measurement, which begin with their own size each; it was decoded before. */
function sized(octets: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += octets[at] as number)
    parts.push(octets.slice(at, at + (octets[at] as number)));
  return parts;
}
