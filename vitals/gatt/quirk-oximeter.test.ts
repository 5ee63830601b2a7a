// What oximeters say of themselves. The quirks are listed in docs/spec/gatt.md.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import {
  decodeContinuousOximetry,
  encodeContinuousOximetry,
  measureContinuousOximetry,
  OXIMETER_MEASUREMENT_BITS,
  OXIMETER_SENSOR_BITS,
  sfloatOf,
} from './index.ts';
import { decoded } from './outcome.ts';

describe('oximeters', () => {
  const M = OXIMETER_MEASUREMENT_BITS;
  const S = OXIMETER_SENSOR_BITS;
  const judged = (status?: number, sensor?: number, spo2 = sfloatOf(97)): unknown => {
    const value = {
      spo2,
      pulse: sfloatOf(72),
      ...(status !== undefined && { status }),
      ...(sensor !== undefined && { sensor }),
    };
    const there = decoded(decodeContinuousOximetry(encodeContinuousOximetry(value)));
    const { kind, ...rest } = measureContinuousOximetry(there)[0]!.measurement;
    expect(kind).toBe('spo2');
    return rest;
  };

  it('say nothing without a status', () => {
    expect(judged()).toStrictEqual({ value: 97 });
  });
  it.each([
    ['fullyQualified', { value: 97, quality: 'ok' }],
    ['fromStorage', { value: 97, quality: 'ok' }],
    ['questionable', { value: 97, quality: 'uncertain' }],
    ['earlyEstimate', { value: 97, quality: 'uncertain' }],
    ['invalid', { absent: 'artefact' }],
    ['unavailable', { absent: 'unknown' }],
    ['demonstration', { absent: 'device-error' }],
    ['testing', { absent: 'device-error' }],
    ['calibrating', { absent: 'device-error' }],
  ] as const)('%s', (bit, expected) => {
    expect(judged(M[bit])).toStrictEqual(expected);
  });
  it.each([
    ['extendedDisplay', { value: 97, quality: 'ok' }],
    ['lowPerfusion', { value: 97, quality: 'poor' }],
    ['erratic', { value: 97, quality: 'poor' }],
    ['interference', { value: 97, quality: 'poor' }],
    ['questionablePulse', { value: 97, quality: 'uncertain' }],
    ['unconnectedToUser', { absent: 'sensor-off' }],
    ['displaced', { absent: 'sensor-off' }],
    ['disconnected', { absent: 'sensor-off' }],
    ['malfunction', { absent: 'device-error' }],
    ['sensorMalfunction', { absent: 'device-error' }],
  ] as const)('%s', (bit, expected) => {
    expect(judged(undefined, S[bit])).toStrictEqual(expected);
  });
  it('a finger out of the clip beats everything else said', () => {
    expect(judged(M.fullyQualified | M.invalid, S.unconnectedToUser | S.malfunction)).toStrictEqual({
      absent: 'sensor-off',
    });
  });
  it('a missing number under a poor signal is an artefact', () => {
    expect(judged(undefined, S.lowPerfusion, { kind: 'nan' })).toStrictEqual({ absent: 'artefact' });
  });
  it('0 % and 127 % of saturation are no saturations', () => {
    expect(judged(undefined, undefined, sfloatOf(0))).toStrictEqual({ absent: 'out-of-range' });
    expect(judged(undefined, undefined, sfloatOf(127))).toStrictEqual({ absent: 'out-of-range' });
  });
  it('the fast pair comes before the slow one', () => {
    const value = decoded(decodeContinuousOximetry(hexToBytes('03 6100 4800 6200 4900 6000 4700')));
    expect(value.fast).toStrictEqual({ spo2: sfloatOf(98), pulse: sfloatOf(73) });
    expect(value.slow).toStrictEqual({ spo2: sfloatOf(96), pulse: sfloatOf(71) });
  });
});
