// From the octets of one device to readings with their source: parts are joined, numbers decoded, times believed or
// not. What cannot be decoded is counted by reason and dropped; a device controls every octet.

import type { Source, TimedMeasurement } from '@heartwood/vitals';
import {
  type BodyComposition,
  decodeBodyComposition,
  decodeCgmSessionStart,
  GATT_DECODERS,
  type HeldSegments,
  joinBodyComposition,
  joinSegments,
  measureBodyComposition,
  sessionStartMs,
} from '@heartwood/vitals/gatt';
import { type ClockSeen, trustTime, type Zone } from './clock-trust.ts';
import { UUID } from './profile.ts';

/** What a value became. `record` is one out of the device's memory, which is told from others by its octets. */
export type Read =
  | { readonly kind: 'readings'; readonly readings: readonly TimedMeasurement[]; readonly record: boolean }
  /** A part of something, or something of which the house has no kind. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly reason: string };

const NOTHING: Read = { kind: 'nothing' };
/** Values that come with a time and may be out of a memory: told apart by their octets where they have one. */
const TIMED: ReadonlySet<number> = new Set([0x2a1c, 0x2a35, 0x2a5e, 0x2a9c, 0x2a9d]);

export class Reader {
  readonly #zone: Zone;
  clock: ClockSeen = {};
  #sessionStartMs: number | undefined;
  #segments = new Map<number, HeldSegments>();
  #composition: { readonly half: BodyComposition; readonly octets: Uint8Array } | undefined;

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  /** A link has ended: what was half said stays unsaid. */
  restart(): void {
    this.#segments.clear();
    this.#composition = undefined;
  }

  /** The start of a glucose sensor's session (2AAA), from which its readings count their minutes. */
  sessionStarted(octets: Uint8Array): void {
    const start = decodeCgmSessionStart(octets);
    this.#sessionStartMs = start.kind === 'decoded' ? sessionStartMs(start.value) : undefined;
  }

  /**
   * Reads a value of a characteristic that arrived at `nowMs`.
   * @param asked it came while the records were being uploaded
   */
  read(characteristic: number, octets: Uint8Array, nowMs: number, asked: boolean): Read {
    if (characteristic === UUID.bodyComposition) return this.#joinComposition(octets, nowMs);
    if (GATT_DECODERS.get(characteristic)?.parts !== 'joined-before-decoding')
      return this.#measure(characteristic, octets, nowMs, asked);
    const joined = joinSegments(this.#segments.get(characteristic), octets);
    this.#segments.delete(characteristic);
    if (joined.kind === 'refused') return { kind: 'refused', reason: joined.reason };
    if (joined.kind === 'complete') return this.#measure(characteristic, joined.bytes, nowMs, asked);
    if (joined.held !== undefined) this.#segments.set(characteristic, joined.held);
    return NOTHING;
  }

  #measure(characteristic: number, octets: Uint8Array, nowMs: number, asked: boolean): Read {
    const decoder = GATT_DECODERS.get(characteristic);
    if (decoder === undefined) return { kind: 'refused', reason: 'unsupported' };
    // An offset of 0 gives wall-clock times as if they were UTC.
    const measured = decoder.measure(octets, this.#deviceClock(0));
    if (measured.kind === 'refused') return { kind: 'refused', reason: measured.reason };
    const said = measured.value;
    const absolute = said.length > 0 && this.#isAbsolute(characteristic, octets, said);
    return this.#sourced(characteristic, decoder.version, octets, said, { nowMs, asked, absolute });
  }

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

  #joinComposition(octets: Uint8Array, nowMs: number): Read {
    const next = decodeBodyComposition(octets);
    if (next.kind === 'refused') return { kind: 'refused', reason: next.reason };
    const before = this.#composition;
    const { held, complete } = joinBodyComposition(before?.half, next.value);
    this.#composition = held === undefined ? undefined : { half: held, octets };
    const version = GATT_DECODERS.get(UUID.bodyComposition)?.version ?? 1;
    const readings: TimedMeasurement[] = [];
    let record = false;
    for (const [at, one] of complete.entries()) {
      // One whole out of two halves has the octets of both; a half that stayed alone has its own.
      const own =
        complete.length === 1 && before !== undefined && held === undefined
          ? Uint8Array.from([...before.octets, ...octets])
          : at === 0 && before !== undefined
            ? before.octets
            : octets;
      const said = measureBodyComposition(one, { offsetMinutes: 0 });
      const read = this.#sourced(UUID.bodyComposition, version, own, said, {
        nowMs,
        asked: false,
        absolute: false,
      });
      if (read.kind !== 'readings') continue;
      readings.push(...read.readings);
      record ||= read.record;
    }
    return readings.length === 0
      ? NOTHING
      : { kind: 'readings', readings, record: record && complete.length === 1 };
  }

  #sourced(
    characteristic: number,
    version: number,
    octets: Uint8Array,
    said: readonly TimedMeasurement[],
    { nowMs, asked, absolute }: { nowMs: number; asked: boolean; absolute: boolean },
  ): Read {
    if (said.length === 0) return NOTHING;
    const first = said[0] as TimedMeasurement;
    const stored =
      characteristic === UUID.glucose ||
      characteristic === UUID.storedObservation ||
      (characteristic === UUID.cgm && asked) ||
      (TIMED.has(characteristic) && first.at !== undefined);
    const hub = { nowMs, zone: absolute ? () => 0 : this.#zone };
    const seen = absolute ? {} : this.clock;
    const fresh = !absolute && characteristic !== UUID.glucose;
    const timed = said.map(({ at, measurement }) => {
      const trusted = trustTime(at, seen, hub, fresh);
      return {
        trusted,
        reading: trusted.clock === 'arrival' ? { measurement } : { at: trusted.atMs, measurement },
      };
    });
    const { clock, shiftMs } = (timed[0] as (typeof timed)[number]).trusted;
    const source: Source = { characteristic, version, octets, clock, stored, shiftMs };
    return {
      kind: 'readings',
      readings: timed.map(({ reading }, at) => (at === 0 ? { ...reading, source } : reading)),
      record: stored,
    };
  }
}
