import { encodeMessageCbor, parseMessage } from '@heartwood/vitals';
import {
  dateTimeAt,
  encodeBodyComposition,
  encodeCgm,
  encodeCgmSessionStart,
  encodeGlucose,
  encodeGlucoseContext,
  encodeHealthObservations,
  encodeHeartRate,
  encodeRunning,
  encodeTemperature,
  encodeWeight,
  floatOf,
  sfloatOf,
  splitSegments,
} from '@heartwood/vitals/gatt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceCursor } from '../ingest/cursor.ts';
import { recordOf } from '../ingest/record-name.ts';
import { type Came, Reader } from './reader.ts';

const NOW = Date.UTC(2026, 10, 21, 14, 0, 0);
const utc = (): number => 0;
const CAME = { upload: 'before', settled: false } as const;
/** The first that a value becomes. */
const read = (characteristic: number, octets: Uint8Array, reader = new Reader(utc)) =>
  reader.read(characteristic, octets, NOW, CAME)[0] ?? ({ kind: 'nothing' } as const);
const time = { year: 2026, month: 11, day: 21, hour: 13, minute: 59, second: 0 };

describe('what a value of a characteristic becomes', () => {
  it('its octets and its decoder’s version stay with the first reading of it', () => {
    const octets = encodeHeartRate({ beatsPerMinute: 61, contact: 'detected', intervals1024: [1000, 1010] });
    expect(read(0x2a37, octets)).toEqual({
      kind: 'readings',
      record: false,
      readings: [
        {
          measurement: { kind: 'heart-rate', value: 61 },
          source: { characteristic: 0x2a37, version: 1, octets, clock: 'arrival', stored: false, shiftMs: 0 },
        },
        { measurement: { kind: 'rr-interval', value: 976.6 } },
        { measurement: { kind: 'rr-interval', value: 986.3 } },
      ],
    });
  });

  it('contact bits 01 are “unsupported” on real straps: the number counts', () => {
    expect(read(0x2a37, Uint8Array.of(0b010, 61))).toMatchObject({
      readings: [{ measurement: { kind: 'heart-rate', value: 61 } }],
    });
  });

  it('a temperature with a time is a record, at the device’s time; one without is live', () => {
    const temperature = { unit: 'Cel', temperature: floatOf(36.6, 1) } as const;
    const at = Date.UTC(2026, 10, 21, 13, 59, 0);
    expect(read(0x2a1c, encodeTemperature({ ...temperature, time }))).toMatchObject({
      record: true,
      readings: [{ at, source: { clock: 'device', stored: true } }],
    });
    expect(read(0x2a1c, encodeTemperature(temperature))).toMatchObject({ record: false });
    const never = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
    expect(read(0x2a1c, encodeTemperature({ ...temperature, time: never }))).toMatchObject({ record: false });
  });

  it('a record of glucose is told by its octets, whatever its clock says', () => {
    const octets = encodeGlucose({
      sequence: 7,
      baseTime: { ...time, year: 2094 },
      contextFollows: false,
      sample: {
        unit: 'kg/L',
        concentration: { kind: 'number', mantissa: 99, exponent: -5 },
        fluid: 'capillary-whole-blood',
        site: 'finger',
      },
    });
    const made = read(0x2a18, octets);
    expect(made).toMatchObject({
      record: true,
      readings: [{ measurement: { value: 99 }, source: { stored: true, clock: 'arrival' } }],
    });
    expect(made.kind === 'readings' && made.readings[0]).not.toHaveProperty('at');
  });

  it('two halves of a body composition are one reading with the octets of both', () => {
    const reader = new Reader(utc);
    const first = encodeBodyComposition({ unit: 'kg', partial: true, fat: 20, time });
    const second = encodeBodyComposition({
      unit: 'kg',
      partial: true,
      fat: 20,
      weight: 70,
    });
    expect(read(0x2a9c, first, reader)).toEqual({ kind: 'nothing' });
    expect(read(0x2a9c, second, reader)).toMatchObject({
      readings: [
        {
          measurement: { kind: 'weight', value: 70 },
          source: { octets: Uint8Array.from([...first, ...second]) },
        },
      ],
    });
  });

  it('segments of an observation are joined, and what was half said before a lost link is not', () => {
    const observation = encodeHealthObservations({
      kind: 'bundle',
      header: {},
      observations: [{ type: 147842, value: { class: 'numeric', unit: 264864, number: floatOf(61, 0) } }],
    });
    const parts = splitSegments(observation, 10);
    expect(parts.length).toBeGreaterThan(1);
    const reader = new Reader(utc);
    const outcomes = parts.map((part) => read(0x2b8b, part, reader).kind);
    expect(outcomes.slice(0, -1).every((kind) => kind === 'nothing')).toBe(true);
    expect(outcomes.at(-1)).toBe('readings');
    read(0x2b8b, parts[0] as Uint8Array, reader);
    reader.restart(NOW);
    expect(read(0x2b8b, parts[1] as Uint8Array, reader).kind).toBe('nothing');
  });

  it('no octets of any characteristic throw', () => {
    const reader = new Reader(utc);
    fc.assert(
      fc.property(
        fc.constantFrom(
          0x2a18,
          0x2a19,
          0x2a1c,
          0x2a35,
          0x2a37,
          0x2a5e,
          0x2a5f,
          0x2a9c,
          0x2a9d,
          0x2aa7,
          0x2b8b,
          0x2bdd,
          0x1234,
        ),
        fc.uint8Array({ minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (characteristic, octets, asked) => {
          const upload = asked ? 'under-way' : 'before';
          for (const made of reader.read(characteristic, octets, NOW, { upload, settled: asked })) {
            if (made.kind !== 'readings') continue;
            expect(made.readings[0]?.source).toMatchObject({ characteristic });
            for (const { at } of made.readings)
              expect(at === undefined || (Number.isInteger(at) && at <= NOW)).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('a half whose link is lost is given alone, with its own octets', () => {
    const reader = new Reader(utc);
    const half = encodeBodyComposition({ unit: 'kg', partial: true, fat: 20, weight: 70, time });
    expect(read(0x2a9c, half, reader)).toEqual({ kind: 'nothing' });
    expect(reader.restart(NOW)).toMatchObject([
      { readings: [{ measurement: { kind: 'weight', value: 70 }, source: { octets: half } }] },
    ]);
    expect(reader.restart(NOW)).toEqual([]);
  });

  it('a half that stayed alone, and the whole value after it, are two records', () => {
    const reader = new Reader(utc);
    const half = encodeBodyComposition({ unit: 'kg', partial: true, fat: 20, weight: 70, time });
    const whole = encodeBodyComposition({
      unit: 'kg',
      partial: false,
      fat: 20,
      weight: 71,
      time: { ...time, minute: 58 },
    });
    reader.read(0x2a9c, half, NOW, CAME);
    expect(reader.read(0x2a9c, whole, NOW, CAME)).toMatchObject([
      { record: true, readings: [{ measurement: { value: 70 }, source: { octets: half, stored: true } }] },
      { record: true, readings: [{ measurement: { value: 71 }, source: { octets: whole, stored: true } }] },
    ]);
  });

  it('one weighing is one weight, whichever characteristic tells it first; two weighings are two', () => {
    const weight = (minute: number) => encodeWeight({ unit: 'kg', weight: 70, time: { ...time, minute } });
    const composition = (minute: number) =>
      encodeBodyComposition({ unit: 'kg', partial: false, fat: 20, weight: 70, time: { ...time, minute } });
    const reader = new Reader(utc);
    expect(read(0x2a9d, weight(1), reader).kind).toBe('readings');
    // What else it says has no kind: its octets are kept.
    expect(read(0x2a9c, composition(1), reader)).toMatchObject({ kind: 'refused', reason: 'no-kind' });
    expect(read(0x2a9c, composition(2), reader).kind).toBe('readings');
    expect(read(0x2a9d, weight(2), reader)).toMatchObject({ kind: 'refused', reason: 'no-kind' });
    // Sent again: its name tells that.
    expect(read(0x2a9d, weight(1), reader).kind).toBe('readings');
  });

  it('what there is no kind of reading for is handed on with all of its octets, once', () => {
    const reader = new Reader(utc);
    const meal = encodeGlucoseContext({ sequence: 7, meal: 'before-meal' });
    const pace = encodeRunning({ running: true, metresPerSecond: 3, cadence: 80 });
    const half = (fat: number, more: object): Uint8Array =>
      encodeBodyComposition({ unit: 'kg', partial: true, fat, ...more });
    const first = half(20, { muscle: 40 });
    const second = half(20, { waterMass: 38 });
    expect(read(0x2a34, meal, reader)).toEqual({ kind: 'refused', reason: 'no-kind', octets: meal });
    expect(read(0x2a34, meal, reader)).toEqual({ kind: 'nothing' });
    expect(read(0x2a53, pace, reader)).toEqual({ kind: 'refused', reason: 'no-kind', octets: pace });
    expect(read(0x2a9c, first, reader)).toEqual({ kind: 'nothing' });
    // A composition without a weight: both of its packets.
    const octets = Uint8Array.from([...first, ...second]);
    expect(read(0x2a9c, second, reader)).toEqual({ kind: 'refused', reason: 'no-kind', octets });
    read(0x2a9c, half(30, { muscle: 41 }), reader);
    expect(reader.restart(NOW)).toEqual([
      { kind: 'refused', reason: 'no-kind', octets: half(30, { muscle: 41 }) },
    ]);
  });

  it('a clock that cannot be read and says the time of just now is the witness of its records, in this connection', () => {
    const reader = new Reader(utc);
    const temperature = (atMs: number): Uint8Array =>
      encodeTemperature({ unit: 'Cel', temperature: floatOf(36.6, 1), time: dateTimeAt(atMs, 0) });
    const clockOf = (atMs: number, settled: boolean): string | undefined => {
      const [one] = reader.read(0x2a1c, temperature(atMs), NOW, { upload: 'before', settled });
      return one?.kind === 'readings' ? one.readings[0]?.source?.clock : undefined;
    };
    expect(clockOf(NOW - 7_400_000, false)).toBe('unverified');
    expect(clockOf(NOW - 2_000, true)).toBe('device');
    expect(clockOf(NOW - 7_500_000, false)).toBe('device');
    reader.restart(NOW);
    // Its battery may have been changed since.
    expect(clockOf(NOW - 7_600_000, false)).toBe('unverified');
  });

  it('a clock that restarts at 1970 says the same twice: two readings, and one where it repeats itself', () => {
    const octets = encodeTemperature({
      unit: 'Cel',
      temperature: floatOf(36.6, 1),
      time: { ...time, year: 1970 },
    });
    const reader = new Reader(utc);
    expect(read(0x2a1c, octets, reader)).toMatchObject({
      record: false,
      readings: [{ source: { clock: 'arrival', stored: false } }],
    });
    expect(read(0x2a1c, octets, reader)).toEqual({ kind: 'nothing' });
    reader.restart(NOW);
    expect(read(0x2a1c, octets, reader).kind).toBe('readings');
  });

  it('a record of some whole quarters of an hour ago is not moved to now; a value after a silence is', () => {
    const hourAgo = { ...time, hour: 11, minute: 59, second: 30 };
    const octets = encodeTemperature({ unit: 'Cel', temperature: floatOf(36.6, 1), time: hourAgo });
    const at = Date.UTC(2026, 10, 21, 11, 59, 30);
    expect(read(0x2a1c, octets)).toMatchObject({ readings: [{ at, source: { clock: 'unverified' } }] });
    const [settled] = new Reader(utc).read(0x2a1c, octets, NOW, { upload: 'before', settled: true });
    expect(settled).toMatchObject({ readings: [{ at: at + 7_200_000, source: { clock: 'corrected' } }] });
  });

  it('a value of an hour ago at the begin of a link is not believed, and is known when it comes again', () => {
    const hourAgo = { ...time, hour: 12, minute: 59, second: 30 };
    const octets = encodeTemperature({ unit: 'Cel', temperature: floatOf(36.6, 1), time: hourAgo });
    const reader = new Reader(utc);
    const [first] = reader.read(0x2a1c, octets, NOW, CAME);
    expect(first).toMatchObject({ record: true, readings: [{ source: { clock: 'arrival', shiftMs: 0 } }] });
    expect(first?.kind === 'readings' && first.readings[0]).not.toHaveProperty('at');
    reader.restart(NOW);
    const [again] = reader.read(0x2a1c, octets, NOW + 600_000, CAME);
    const nameOf = (one: typeof first) => one?.kind === 'readings' && recordOf(one.readings);
    expect(nameOf(first)).toBeTruthy();
    expect(nameOf(again)).toEqual(nameOf(first));
  });

  it('a thermometer that streams, each value with its time, is remembered for the first few alone', () => {
    const reader = new Reader(utc);
    const cursor = new DeviceCursor();
    for (let n = 0; n < 3_600; n++) {
      const stamp = { ...time, hour: 13, minute: Math.floor(n / 60), second: n % 60 };
      const octets = encodeTemperature({ unit: 'Cel', temperature: floatOf(36.6, 1), time: stamp });
      const nowMs = Date.UTC(2026, 10, 21, 13, 0, n) + 200;
      for (const one of reader.read(0x2a1c, octets, nowMs, CAME)) {
        expect(one).toMatchObject({ readings: [{ at: nowMs - 200, source: { clock: 'device' } }] });
        const record = one.kind === 'readings' ? recordOf(one.readings) : undefined;
        if (record !== undefined) cursor.addRecord(record);
      }
    }
    expect(cursor.records.names).toHaveLength(16);
    // Its memory, when it comes back: those are records, as the first ones of any link.
    reader.restart(NOW);
    const old = encodeTemperature({ unit: 'Cel', temperature: floatOf(36.6, 1), time: { ...time, day: 20 } });
    expect(read(0x2a1c, old, reader)).toMatchObject({ record: true });
  });

  it('a record of continuous glucose has one name, whether the hub believes its time or not', () => {
    const octets = encodeCgm([{ glucose: sfloatOf(100, 0), minutes: 200, checked: true }]);
    const start = encodeCgmSessionStart({ time: { ...time, hour: 8, minute: 0 }, zone: {}, checked: true });
    const named = (nowMs: number) => {
      const reader = new Reader(utc);
      expect(reader.sessionStarted(start)).toBe(true);
      const [one] = reader.read(0x2aa7, octets, nowMs, { upload: 'under-way', settled: false });
      if (one?.kind !== 'readings') throw new Error('nothing was read');
      // As the hub names it: from what came by its wire.
      const parsed = parseMessage(
        encodeMessageCbor({ boot: 1, seq: 0, readings: one.readings }),
        'application/cbor',
      );
      if (parsed.kind === 'refused') throw new Error(parsed.detail);
      const { source } = parsed.message.readings[0] ?? {};
      return { clock: source?.clock, name: recordOf(parsed.message.readings)?.name };
    };
    const right = named(NOW);
    const behind = named(NOW - 30 * 86_400_000);
    expect([right.clock, behind.clock]).toEqual(['unverified', 'arrival']);
    expect(behind.name).toBe(right.name);
    // And in another session another.
    const other = new Reader(utc);
    other.sessionStarted(encodeCgmSessionStart({ time: { ...time, day: 20 }, zone: {}, checked: true }));
    expect(other.names(0x2aa7, octets, NOW)[0]?.name).not.toBe(right.name);
  });

  it('a start of a session that cannot be read is none', () => {
    const start = encodeCgmSessionStart({ time, zone: {}, checked: true });
    const reader = new Reader(utc);
    expect(reader.sessionStarted(start.with(0, (start[0] as number) ^ 1))).toBe(false);
    expect(reader.sessionStarted(start)).toBe(true);
  });

  it('a glucose sensor: each record is one, and is the same beside another neighbour', () => {
    const record = (minutes: number) => ({ glucose: sfloatOf(100, 0), minutes, checked: true });
    const start = { time: { ...time, hour: 8, minute: 0 }, zone: {} };
    const reader = new Reader(utc);
    reader.sessionStarted(encodeCgmSessionStart({ ...start, checked: true }));
    const came = { upload: 'done', settled: false } as const;
    const both = reader.read(0x2aa7, encodeCgm([record(110), record(115)]), NOW, came);
    // Its zone unknown, it hangs in the house.
    expect(both).toMatchObject([
      { record: true, readings: [{ at: Date.UTC(2026, 10, 21, 9, 50), source: { stored: true } }] },
      { record: true, readings: [{ at: Date.UTC(2026, 10, 21, 9, 55), source: { stored: true } }] },
    ]);
    const names = (...minutes: number[]) =>
      reader.names(0x2aa7, encodeCgm(minutes.map(record)), NOW).map(({ name }) => name);
    expect(names(110, 115)).toEqual([...names(110), ...names(115)]);
    expect(names(110, 115)[1]).toBe(names(115, 120)[0]);
  });

  it('a glucose sensor that measures while its records are still to come says nothing to go on from', () => {
    const octets = encodeCgm([{ glucose: sfloatOf(100, 0), minutes: 359, checked: true }]);
    const old = encodeCgm([{ glucose: sfloatOf(100, 0), minutes: 200, checked: true }]);
    const reader = new Reader(utc);
    reader.sessionStarted(
      encodeCgmSessionStart({ time: { ...time, hour: 8, minute: 0 }, zone: {}, checked: true }),
    );
    const stored = (value: Uint8Array, upload: Came['upload']) => {
      const [one] = reader.read(0x2aa7, value, NOW, { upload, settled: false });
      return one?.kind === 'readings' && one.readings[0]?.source?.stored;
    };
    expect([stored(octets, 'before'), stored(octets, 'under-way'), stored(octets, 'done')]).toEqual([
      false,
      false,
      true,
    ]);
    expect(stored(old, 'under-way')).toBe(true);
  });
});
