// What glucose meters and sensors do. The quirks are listed in docs/spec/gatt.md.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import { decodeCgm, decodeGlucose, measureCgm, measureGlucose } from './index.ts';
import { decoded, refused } from './outcome.ts';

const CLOCK = { offsetMinutes: 0 };

describe('glucose meters', () => {
  const record = (flags: string, rest: string): Uint8Array =>
    hexToBytes(`${flags} 0700 ea07 0b 15 0c 00 00 ${rest}`);
  const measured = (flags: string, rest: string) =>
    measureGlucose(decoded(decodeGlucose(record(flags, rest))), CLOCK);

  it('99e-5 kg/L is 99 mg/dL; 55e-4 mol/L is 5.5 mmol/L, 99.1 mg/dL', () => {
    expect(measured('02', '63b0 11')[0]?.measurement).toStrictEqual({ kind: 'glucose', value: 99 });
    expect(measured('06', '37c0 11')[0]?.measurement).toStrictEqual({ kind: 'glucose', value: 99.1 });
  });
  it('a control solution is nobody and gives no measurement', () => {
    expect(measured('02', '63b0 1a')).toStrictEqual([]);
    expect(measured('02', '63b0 41')).toStrictEqual([]);
  });
  it('HI and LO are out of range, whatever number stands beside them', () => {
    for (const status of ['2000', '4000']) {
      expect(measured('0a', `63b0 11 ${status}`)[0]?.measurement).toStrictEqual({
        kind: 'glucose',
        absent: 'out-of-range',
      });
    }
  });
  it('a time fault takes the time and leaves the glucose', () => {
    expect(measured('0a', '63b0 11 0008')).toStrictEqual([
      { measurement: { kind: 'glucose', value: 99, quality: 'ok' } },
    ]);
  });
  it('an offset that overran is no offset', () => {
    expect(measured('03', 'ff7f 63b0 11')[0]?.at).toBeUndefined();
    expect(measured('03', '3c00 63b0 11')[0]?.at).toBe(Date.parse('2026-11-21T13:00:00Z'));
  });
  it('a record without a concentration says nothing, unless it says that it failed', () => {
    expect(measured('00', '')).toStrictEqual([]);
    expect(measured('08', '0400')[0]?.measurement).toStrictEqual({ kind: 'glucose', absent: 'device-error' });
  });
});

describe('glucose sensors', () => {
  it('CGM annunciation flag order: bit 7 is the first octet, bit 6 the second, bit 5 the third', () => {
    const only = (flag: string) => decoded(decodeCgm(hexToBytes(`07 ${flag} 7800 0500 08`)))[0];
    expect(only('80')).toMatchObject({ status: 8 });
    expect(only('40')).toMatchObject({ calibration: 8 });
    expect(only('20')).toMatchObject({ warning: 8 });
  });
  it('a malfunction is absent, a glucose above the sensor too, a due calibration uncertain', () => {
    const measured = (hex: string) => measureCgm(decoded(decodeCgm(hexToBytes(hex))), {})[0]?.measurement;
    expect(measured('07 80 7800 0500 08')).toStrictEqual({ kind: 'glucose', absent: 'device-error' });
    expect(measured('07 20 7800 0500 80')).toStrictEqual({ kind: 'glucose', absent: 'out-of-range' });
    expect(measured('07 40 7800 0500 08')).toStrictEqual({
      kind: 'glucose',
      value: 120,
      quality: 'uncertain',
    });
    expect(measured('07 20 7800 0500 08')).toStrictEqual({ kind: 'glucose', value: 120, quality: 'ok' });
  });
  it('minutes count from the start of the session, where it is known', () => {
    const records = decoded(decodeCgm(hexToBytes('0600 7800 0500')));
    expect(measureCgm(records, { sessionStartMs: 1_000_000 })[0]?.at).toBe(1_300_000);
    expect(measureCgm(records, {})[0]?.at).toBeUndefined();
  });
  it('a size of 0 does not read for ever', () => {
    expect(refused(decodeCgm(hexToBytes('0600 7800 0500 00')))).toBe('bad-length');
    expect(refused(decodeCgm(new Uint8Array()))).toBe('too-short');
  });
});
