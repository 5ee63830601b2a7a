// Numbers that are none, as real devices send them. The quirks are listed in docs/spec/gatt.md.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import {
  decodeBloodPressure,
  decodeCgm,
  decodeContinuousOximetry,
  decodeFloat,
  decodeSfloat,
  decodeTemperature,
  floatValue,
  measureBloodPressure,
  measureCgm,
  measureContinuousOximetry,
  measureTemperature,
} from './index.ts';
import { decoded } from './outcome.ts';

const CLOCK = { offsetMinutes: 0 };

describe('medical floats', () => {
  it.each([
    [0x07ff, 'nan'],
    [0x0800, 'nres'],
    [0x07fe, '+inf'],
    [0x0802, '-inf'],
    [0x0801, 'reserved'],
  ])('SFLOAT %i is no number', (word, kind) => {
    expect(decodeSfloat(word)).toStrictEqual({ kind });
    expect(floatValue(decodeSfloat(word))).toBeUndefined();
  });

  it.each([
    [0x007fffff, 'nan'],
    [0x00800000, 'nres'],
    [0x007ffffe, '+inf'],
    [0x00800002, '-inf'],
    [0x00800001, 'reserved'],
  ])('FLOAT %i is no number', (word, kind) => {
    expect(decodeFloat(word)).toStrictEqual({ kind });
  });

  it('a special mantissa under another exponent is no number either', () => {
    expect(decodeSfloat(0xf7ff)).toStrictEqual({ kind: 'nan' });
    expect(decodeSfloat(0xf800)).toStrictEqual({ kind: 'nan' });
    expect(decodeSfloat(0xf7fd)).toStrictEqual({ kind: 'number', mantissa: 2045, exponent: -1 });
    expect(decodeFloat(0xff7fffff)).toStrictEqual({ kind: 'nan' });
  });

  it("a vendor header's wrong FLOAT specials, 07FFFFFF and 08000000, become no temperature", () => {
    for (const hex of ['00 ffffff07', '00 00000008']) {
      const value = decoded(decodeTemperature(hexToBytes(hex)));
      expect(measureTemperature(value, CLOCK)).toStrictEqual([
        { measurement: { kind: 'body-temperature', absent: 'out-of-range' } },
      ]);
    }
  });

  it('exponent F or 0 for the same value makes the same measurement', () => {
    for (const hex of ['00 6100 4800', '00 caf3 d0f2']) {
      const value = decoded(decodeContinuousOximetry(hexToBytes(hex)));
      expect(measureContinuousOximetry(value).map(({ measurement }) => measurement)).toStrictEqual([
        { kind: 'spo2', value: 97 },
        { kind: 'heart-rate', value: 72 },
      ]);
    }
  });

  it('decimals come without dust: F003 is 0.3, E4D2 is 12.34', () => {
    expect(floatValue(decodeSfloat(0xf003))).toBe(0.3);
    expect(floatValue(decodeSfloat(0xe4d2))).toBe(12.34);
    expect(floatValue(decodeSfloat(0x100c))).toBe(120);
  });

  it('0078 is 120 and not 120e-8', () => {
    expect(floatValue(decodeSfloat(0x0078))).toBe(120);
  });
});

describe('NaN 07FF is never 2047', () => {
  it('mmHg', () => {
    const value = decoded(decodeBloodPressure(hexToBytes('00 ff07 ff07 ff07')));
    expect(measureBloodPressure(value, CLOCK)).toStrictEqual([
      { measurement: { kind: 'blood-pressure', absent: 'unknown' } },
    ]);
  });
  it('mmHg of one part: the others stay', () => {
    const value = decoded(decodeBloodPressure(hexToBytes('00 7900 4f00 ff07')));
    expect(measureBloodPressure(value, CLOCK)).toStrictEqual([
      { measurement: { kind: 'blood-pressure', systolic: 121, diastolic: 79 } },
    ]);
  });
  it('% of oxygen', () => {
    const value = decoded(decodeContinuousOximetry(hexToBytes('00 ff07 ff07')));
    expect(measureContinuousOximetry(value)).toStrictEqual([
      { measurement: { kind: 'spo2', absent: 'unknown' } },
      { measurement: { kind: 'heart-rate', absent: 'unknown' } },
    ]);
  });
  it('mg/dL', () => {
    expect(measureCgm(decoded(decodeCgm(hexToBytes('0600 ff07 0500'))), {})).toStrictEqual([
      { measurement: { kind: 'glucose', absent: 'unknown' } },
    ]);
  });
  it('says why where the status does', () => {
    const loose = decoded(decodeBloodPressure(hexToBytes('10 ff07 ff07 ff07 0200')));
    const moved = decoded(decodeBloodPressure(hexToBytes('10 ff07 ff07 ff07 0100')));
    expect([loose, moved].map((value) => measureBloodPressure(value, CLOCK)[0]?.measurement)).toStrictEqual([
      { kind: 'blood-pressure', absent: 'sensor-off' },
      { kind: 'blood-pressure', absent: 'artefact' },
    ]);
  });
  it('an infinite pressure is out of range', () => {
    const value = decoded(decodeBloodPressure(hexToBytes('00 fe07 0208 0008')));
    expect(measureBloodPressure(value, CLOCK)[0]?.measurement).toStrictEqual({
      kind: 'blood-pressure',
      absent: 'out-of-range',
    });
  });
});
