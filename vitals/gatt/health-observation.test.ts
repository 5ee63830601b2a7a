// Generic health observations by hand: octets laid out field by field, as docs/spec/gatt.md has them.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import {
  decodeElapsedTime,
  decodeHealthObservations,
  decodeStoredObservations,
  type ElapsedTime,
  elapsedMoment,
  encodeHealthObservations,
  floatOf,
  type HealthObservation,
  type HealthObservations,
  measureHealthObservations,
  OBSERVATION_STATUS_BITS,
} from './index.ts';
import { decoded } from './outcome.ts';

const single = (observation: HealthObservation): HealthObservations => ({ kind: 'single', observation });
const numeric = (unit: number, value: number, decimals = 0) =>
  ({ class: 'numeric', unit, number: floatOf(value, decimals) }) as const;

/** Heart rate 72, at 2026-11-21T12:00:00.0 UTC + 60 min: class 1, length 26, flags type and time. */
const HEART_RATE = '01 1a00 0300 82410200 36 80aacaf90100 01 04 a00a0400 48000000';
const NOON_UTC: ElapsedTime = {
  base: 'utc',
  stepUs: 100_000,
  count: ((Date.parse('2026-11-21T12:00:00Z') - Date.parse('2000-01-01T00:00:00Z')) / 1000) * 10,
  current: true,
  source: 'network',
  offsetMinutes: 60,
};

describe('an observation', () => {
  it('octet by octet: a heart rate of 72 with its time', () => {
    const value = decoded(decodeHealthObservations(hexToBytes(HEART_RATE)));
    expect(value).toStrictEqual(single({ type: 147842, time: NOON_UTC, value: numeric(264864, 72) }));
    expect(encodeHealthObservations(value)).toEqual(hexToBytes(HEART_RATE));
    expect(measureHealthObservations(value, {})).toStrictEqual([
      { at: Date.parse('2026-11-21T12:00:00Z'), measurement: { kind: 'heart-rate', value: 72 } },
    ]);
  });

  it('whose length counts what follows it is the same', () => {
    const counted = hexToBytes(HEART_RATE.replace('1a00', '1700'));
    expect(decodeHealthObservations(counted)).toStrictEqual(decodeHealthObservations(hexToBytes(HEART_RATE)));
    const wrong = hexToBytes(HEART_RATE.replace('1a00', '1800'));
    expect(decodeHealthObservations(wrong)).toMatchObject({ reason: 'bad-length' });
  });

  it('of the memory has its record number before it', () => {
    const stored = decoded(decodeStoredObservations(hexToBytes(`07000000 ${HEART_RATE}`)));
    expect(stored.record).toBe(7);
    expect(stored.said).toStrictEqual(decoded(decodeHealthObservations(hexToBytes(HEART_RATE))));
  });

  it('with a list of attributes, or of an unknown class, is unsupported', () => {
    expect(decodeHealthObservations(hexToBytes('01 0500 0002'))).toMatchObject({ reason: 'unsupported' });
    expect(decodeHealthObservations(hexToBytes('08 0500 0000'))).toMatchObject({ reason: 'unsupported' });
    const inBundle = hexToBytes('ff 0b00 0000 01 ff 0500 0000');
    expect(decodeHealthObservations(inBundle)).toMatchObject({ reason: 'unsupported' });
  });

  it('cut short after its flagged fields is too short, within them a flag without data', () => {
    const cut = (octets: number) => {
      const bytes = hexToBytes(HEART_RATE).subarray(0, octets);
      bytes[1] = octets;
      return decodeHealthObservations(bytes);
    };
    expect(cut(20)).toMatchObject({ reason: 'too-short' });
    expect(cut(12)).toMatchObject({ reason: 'flag-without-data' });
  });

  it('that claims four thousand million samples is too short, at once', () => {
    const samples = hexToBytes(`04 1d00 0000 00000000 ${'00000000'.repeat(3)} 01 04 ffffffff 0000`);
    expect(decodeHealthObservations(samples)).toMatchObject({ reason: 'too-short' });
  });

  it('of blood pressure has three parts, and a pulse', () => {
    const value = single({
      type: 150020,
      value: {
        class: 'compound',
        components: [
          { type: 150021, value: numeric(265987, 16, 1) },
          { type: 150022, value: numeric(265987, 10.7, 1) },
          { type: 150023, value: { class: 'numeric', unit: 265987, number: { kind: 'nan' } } },
          { type: 149546, value: numeric(264864, 61) },
        ],
      },
    });
    expect(measureHealthObservations(value, {})).toStrictEqual([
      { measurement: { kind: 'blood-pressure', systolic: 120, diastolic: 80.3 } },
      { measurement: { kind: 'heart-rate', value: 61 } },
    ]);
  });

  it('in a unit that does not convert is absent, of an unknown type is left alone', () => {
    expect(measureHealthObservations(single({ type: 150456, value: numeric(264864, 97) }), {})).toStrictEqual(
      [{ measurement: { kind: 'spo2', absent: 'device-error' } }],
    );
    expect(measureHealthObservations(single({ type: 1, value: numeric(264864, 97) }), {})).toEqual([]);
    expect(measureHealthObservations(single({ value: numeric(264864, 97) }), {})).toEqual([]);
  });

  it('of blood pressure in two units at once is absent', () => {
    const components = [
      { type: 150021, value: numeric(266016, 120) },
      { type: 150022, value: numeric(265987, 10.7, 1) },
    ];
    const value = single({ type: 150020, value: { class: 'compound', components } });
    expect(measureHealthObservations(value, {})).toStrictEqual([
      { measurement: { kind: 'blood-pressure', absent: 'device-error' } },
    ]);
  });

  it.each([
    ['validated', { value: 36.6, quality: 'ok' }],
    ['questionable', { value: 36.6, quality: 'uncertain' }],
    ['earlyEstimate', { value: 36.6, quality: 'uncertain' }],
    ['invalid', { absent: 'artefact' }],
    ['unavailable', { absent: 'unknown' }],
    ['calibrating', { absent: 'device-error' }],
    ['testing', { absent: 'device-error' }],
    ['demonstration', { absent: 'device-error' }],
  ] as const)('%s', (bit, expected) => {
    const status = OBSERVATION_STATUS_BITS[bit];
    const value = single({ type: 150364, status, value: numeric(268192, 36.6, 1) });
    expect(measureHealthObservations(value, {})[0]?.measurement).toStrictEqual({
      kind: 'body-temperature',
      ...expected,
    });
  });
});

describe('a bundle', () => {
  it('speaks for its members where they are silent', () => {
    const bundle: HealthObservations = {
      kind: 'bundle',
      header: { type: 150456, time: NOON_UTC },
      observations: [
        { value: numeric(262688, 97) },
        { type: 147842, time: { ...NOON_UTC, count: NOON_UTC.count + 10 }, value: numeric(264864, 72) },
      ],
    };
    const value = decoded(decodeHealthObservations(encodeHealthObservations(bundle)));
    const noon = Date.parse('2026-11-21T12:00:00Z');
    expect(measureHealthObservations(value, {})).toStrictEqual([
      { at: noon, measurement: { kind: 'spo2', value: 97 } },
      { at: noon + 1000, measurement: { kind: 'heart-rate', value: 72 } },
    ]);
  });

  it('whose member has another length than it says is refused', () => {
    const bytes = encodeHealthObservations({
      kind: 'bundle',
      header: {},
      observations: [{ value: numeric(262688, 97) }],
    });
    bytes[7] = bytes[7]! + 1;
    expect(decodeHealthObservations(bytes)).toMatchObject({ reason: 'bad-length' });
  });
});

describe('elapsed time', () => {
  const at = (change: Partial<ElapsedTime>, offsetMinutes?: number): number | undefined => {
    const { offsetMinutes: _, ...plain } = NOON_UTC;
    return elapsedMoment({ ...plain, ...change }, offsetMinutes === undefined ? {} : { offsetMinutes });
  };
  const noon = Date.parse('2026-11-21T12:00:00Z');

  it('in UTC is a moment whatever the zone', () => {
    expect(at({ offsetMinutes: 60 }, -300)).toBe(noon);
  });
  it("on the wall needs an offset: its own, else the hub's", () => {
    expect(at({ base: 'local' })).toBeUndefined();
    expect(at({ base: 'local' }, 120)).toBe(noon - 120 * 60_000);
    expect(at({ base: 'local', offsetMinutes: 60 }, 120)).toBe(noon - 60 * 60_000);
  });
  it('counts in four steps', () => {
    const counts = [
      [1_000_000, 10],
      [100_000, 100],
      [1000, 10_000],
      [100, 100_009],
    ] as const;
    for (const [stepUs, count] of counts)
      expect(at({ stepUs, count })).toBe(Date.parse('2000-01-01T00:00:10Z'));
  });
  it('of ticks, or from before the clock was set, is no moment', () => {
    expect(at({ base: 'ticks' })).toBeUndefined();
    expect(at({ current: false })).toBeUndefined();
  });
  it('beyond the year 9999 is no moment', () => {
    expect(at({ count: 2 ** 48 - 1, stepUs: 1_000_000 })).toBeUndefined();
  });
  it('octet by octet: flags, six of count, source, zone', () => {
    expect(decodeElapsedTime(hexToBytes('32 0a0000000000 07 fc'))).toStrictEqual({
      kind: 'decoded',
      value: { base: 'utc', stepUs: 1_000_000, count: 10, current: true, source: 'none', offsetMinutes: -60 },
    });
  });
});
