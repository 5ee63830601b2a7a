// Octets with their meaning from elsewhere. S3: HL7/phd, MderFLOATsandSFLOATs.md. S5: the tests of Nordic
// Semiconductor's Android-BLE-Common-Library, at 0c84d7a and 1c86e44. CGMS: the specification of that service.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import {
  crc16,
  decodeBloodPressure,
  decodeCgm,
  decodeGlucose,
  decodeHeartRate,
  decodeSfloat,
  decodeTemperature,
  encodeBloodPressure,
  encodeCgm,
  encodeRecordRequest,
  floatDecimals,
  floatOf,
  floatValue,
  measureBloodPressure,
  measureGlucose,
  measureTemperature,
  sfloatOf,
} from './index.ts';
import { decoded } from './outcome.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('CRC-16/MCRF4XX', () => {
  it.each([
    ['an A (S5)', ascii('A'), 0x5c0a],
    [
      'Microchip application note 752, octets of the example as on the wire (S5)',
      hexToBytes('58251f98'),
      0x07f1,
    ],
    ['the catalogue check value (S5)', ascii('123456789'), 0x6f91],
    [
      'CGMS 1.0.1 section 3.11, printed there with its octets swapped (S5)',
      hexToBytes('3e010203040506070809'),
      0x2f01,
    ],
    ['nothing', new Uint8Array(), 0xffff],
  ])('%s', (_, bytes, expected) => {
    expect(crc16(bytes)).toBe(expected);
  });
});

describe('SFLOAT', () => {
  it('keeps the precision: F014 is 2.0 and 0002 is 2 (S3)', () => {
    const [fine, plain] = [decodeSfloat(0xf014), decodeSfloat(0x0002)];
    expect([floatValue(fine), floatDecimals(fine)]).toEqual([2, 1]);
    expect([floatValue(plain), floatDecimals(plain)]).toEqual([2, 0]);
  });
});

describe('Blood Pressure Measurement', () => {
  it('138/88, mean 120 mmHg, of an unknown year, with all fields (S5)', () => {
    const bytes = hexToBytes('1e 8a00 5800 7800 0000 04 11 14 29 3b 3c00 01 2700');
    const value = decoded(decodeBloodPressure(bytes));
    expect(value).toStrictEqual({
      unit: 'mm[Hg]',
      systolic: sfloatOf(138),
      diastolic: sfloatOf(88),
      mean: sfloatOf(120),
      time: { year: 0, month: 4, day: 17, hour: 20, minute: 41, second: 59 },
      pulse: sfloatOf(60),
      user: 1,
      status: {
        bodyMovement: true,
        cuffLoose: true,
        irregularPulse: true,
        pulseRange: 'within',
        improperPosition: true,
      },
    });
    expect(encodeBloodPressure(value)).toEqual(bytes);
    expect(measureBloodPressure(value, { offsetMinutes: 0 })).toStrictEqual([
      {
        measurement: {
          kind: 'blood-pressure',
          systolic: 138,
          diastolic: 88,
          mean: 120,
          quality: 'poor',
        },
      },
      { measurement: { kind: 'heart-rate', value: 60, quality: 'poor' } },
    ]);
  });

  it('18.9/11, mean 15.9 kPa, pulse below its range (S5)', () => {
    const value = decoded(decodeBloodPressure(hexToBytes('15 bdf0 0b00 9ff0 3c00 1200')));
    expect(value.systolic).toStrictEqual(sfloatOf(18.9, 1));
    expect(value.status?.pulseRange).toBe('below');
    expect(measureBloodPressure(value, {})[0]?.measurement).toStrictEqual({
      kind: 'blood-pressure',
      systolic: 141.8,
      diastolic: 82.5,
      mean: 119.3,
      quality: 'poor',
    });
  });

  it('six octets, and a time that is promised and not there (S5)', () => {
    expect(decodeBloodPressure(hexToBytes('010203040506'))).toMatchObject({ reason: 'too-short' });
    expect(decodeBloodPressure(hexToBytes('03020304050607'))).toMatchObject({ reason: 'flag-without-data' });
  });
});

describe('Heart Rate Measurement', () => {
  it.each([
    ['0055', { beatsPerMinute: 85, contact: 'unsupported' }],
    ['04ff', { beatsPerMinute: 255, contact: 'not-detected' }],
    ['1e5532002100', { beatsPerMinute: 85, contact: 'detected', energyKj: 50, intervals1024: [33] }],
    [
      '1f010132010100 0201ffff',
      { beatsPerMinute: 257, contact: 'detected', energyKj: 306, intervals1024: [1, 258, 65535] },
    ],
  ])('%s (S5)', (hex, expected) => {
    expect(decodeHeartRate(hexToBytes(hex))).toStrictEqual({ kind: 'decoded', value: expected });
  });
});

describe('Temperature Measurement', () => {
  it('37.60 degrees at a finger on 2012-12-05 (S5)', () => {
    const value = decoded(decodeTemperature(hexToBytes('06 b00e00fe dc07 0c 05 0b 32 1b 04')));
    expect(value).toStrictEqual({
      unit: 'Cel',
      temperature: floatOf(37.6, 2),
      time: { year: 2012, month: 12, day: 5, hour: 11, minute: 50, second: 27 },
      site: 'finger',
    });
    expect(measureTemperature(value, { offsetMinutes: 60 })).toStrictEqual([
      {
        at: Date.parse('2012-12-05T10:50:27Z'),
        measurement: { kind: 'body-temperature', value: 37.6, quality: 'uncertain' },
      },
    ]);
  });

  it('a site that is promised and not there (S5)', () => {
    const cut = hexToBytes('06 b00e00fe dc07 0c 05 0b 32 1b');
    expect(decodeTemperature(cut)).toMatchObject({ reason: 'flag-without-data' });
  });
});

describe('Glucose Measurement', () => {
  it('a failed sample, five minutes before its base time (S5)', () => {
    const value = decoded(decodeGlucose(hexToBytes('1b 0100 e307 02 1b 0b 0a 1e fbff 1e00 12 0501')));
    expect(value).toStrictEqual({
      sequence: 1,
      baseTime: { year: 2019, month: 2, day: 27, hour: 11, minute: 10, second: 30 },
      offsetMinutes: -5,
      sample: {
        unit: 'kg/L',
        concentration: sfloatOf(30),
        fluid: 'capillary-plasma',
        site: 'finger',
      },
      status: 0x105,
      contextFollows: true,
    });
    expect(measureGlucose(value, { offsetMinutes: 0 })).toStrictEqual([
      { at: Date.parse('2019-02-27T11:05:30Z'), measurement: { kind: 'glucose', absent: 'device-error' } },
    ]);
  });

  it('its offset promised and not there: the rest no longer fits (S5)', () => {
    const cut = hexToBytes('1b 0000 e207 04 1a 0b 09 1e 1e00 12 0501');
    expect(decodeGlucose(cut)).toMatchObject({ kind: 'refused', reason: 'flag-without-data' });
  });
});

describe('CGM Measurement', () => {
  it('all fields with a CRC (S5)', () => {
    const bytes = hexToBytes('0f e3 d2e4 0500 02 14 ff 02f0 e5f3 8e3f');
    const records = decoded(decodeCgm(bytes));
    expect(records).toStrictEqual([
      {
        glucose: sfloatOf(12.34, 2),
        minutes: 5,
        status: 0x02,
        calibration: 0x14,
        warning: 0xff,
        trend: sfloatOf(0.2, 1),
        quality: sfloatOf(99.7, 1),
        checked: true,
      },
    ]);
    expect(encodeCgm(records)).toEqual(bytes);
  });

  it('two records in one value (S5)', () => {
    const records = decoded(decodeCgm(hexToBytes('0600 0c10 0500 0600 0c10 0600')));
    expect(records.map(({ minutes, glucose }) => [minutes, floatValue(glucose)])).toEqual([
      [5, 120],
      [6, 120],
    ]);
  });

  it('a wrong CRC, and the right one (S5)', () => {
    expect(decodeCgm(hexToBytes('0800 0c10 0600 586f'))).toMatchObject({ reason: 'bad-crc' });
    expect(decodeCgm(hexToBytes('0800 0c10 0600 596f'))).toMatchObject({ kind: 'decoded' });
  });

  it('octets missing, and flags that promise what is not there (S5)', () => {
    expect(decodeCgm(hexToBytes('06e3 0c1006'))).toMatchObject({ reason: 'too-short' });
    expect(decodeCgm(hexToBytes('07e3 0c10 0600 00'))).toMatchObject({ reason: 'flag-without-data' });
  });
});

describe('Record Access Control Point', () => {
  it('asks for all new records: 01 03 01 and the number after the last', () => {
    const mark = { by: 'number', number: 0x0123 + 1 } as const;
    const request = { procedure: 'report', filter: { which: 'from', mark } } as const;
    expect(encodeRecordRequest(request)).toEqual(hexToBytes('010301 2401'));
    expect(encodeRecordRequest(request, 32)).toEqual(hexToBytes('010301 24010000'));
    expect(encodeRecordRequest({ procedure: 'abort' })).toEqual(hexToBytes('0300'));
    expect(encodeRecordRequest({ procedure: 'count', filter: { which: 'all' } })).toEqual(hexToBytes('0401'));
  });
});
