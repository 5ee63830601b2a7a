// What straps, cuffs, thermometers, scales and others do. The quirks are listed in docs/spec/gatt.md.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import {
  decodeBattery,
  decodeBloodPressure,
  decodeBodyComposition,
  decodeBodySensorLocation,
  decodeCuffPressure,
  decodeDeviceText,
  decodeHeartRate,
  decodeRecordAnswer,
  decodeTemperature,
  decodeWeight,
  encodeHeartRate,
  GATT_DECODERS,
  measureBloodPressure,
  measureBodyComposition,
  measureHeartRate,
  measureIntermediateTemperature,
  measureTemperature,
  measureWeight,
  sfloatOf,
} from './index.ts';
import { decoded, refused } from './outcome.ts';

const CLOCK = { offsetMinutes: 0 };

describe('heart-rate straps', () => {
  it('contact bits 01 mean unsupported: the number counts', () => {
    const value = decoded(decodeHeartRate(hexToBytes('02 48')));
    expect(value.contact).toBe('unsupported');
    expect(measureHeartRate(value)).toStrictEqual([{ measurement: { kind: 'heart-rate', value: 72 } }]);
  });
  it('contact not detected: sensor-off, intervals too', () => {
    const value = decoded(decodeHeartRate(hexToBytes('14 48 0004 0004')));
    expect(measureHeartRate(value)).toStrictEqual([
      { measurement: { kind: 'heart-rate', absent: 'sensor-off' } },
      { measurement: { kind: 'rr-interval', absent: 'sensor-off' } },
    ]);
  });
  it('0 beats a minute is sensor-off and no heart rate', () => {
    expect(measureHeartRate(decoded(decodeHeartRate(hexToBytes('00 00'))))).toStrictEqual([
      { measurement: { kind: 'heart-rate', absent: 'sensor-off' } },
    ]);
  });
  it('RR flag with zero octets is malformed', () => {
    expect(refused(decodeHeartRate(hexToBytes('10 48')))).toBe('flag-without-data');
  });
  it('nor is such a thing ever encoded', () => {
    const value = { beatsPerMinute: 72, contact: 'unsupported', intervals1024: [] } as const;
    expect(() => encodeHeartRate(value)).toThrow(RangeError);
  });
  it('half an interval is malformed', () => {
    expect(refused(decodeHeartRate(hexToBytes('10 48 0004 00')))).toBe('too-long');
  });
  it('intervals count in 1/1024 s: 853 is 833.0 ms', () => {
    const value = decoded(decodeHeartRate(hexToBytes('10 48 5503 3200')));
    expect(measureHeartRate(value).slice(1)).toStrictEqual([
      { measurement: { kind: 'rr-interval', value: 833 } },
      { measurement: { kind: 'rr-interval', absent: 'out-of-range' } },
    ]);
  });
  it('a full notification of 20 octets holds nine intervals', () => {
    const bytes = hexToBytes(`10 48 ${'5503'.repeat(9)}`);
    expect(bytes).toHaveLength(20);
    expect(decoded(decodeHeartRate(bytes)).intervals1024).toHaveLength(9);
  });
  it('a location above 6 is reserved', () => {
    expect(decoded(decodeBodySensorLocation(hexToBytes('01')))).toBe('chest');
    expect(refused(decodeBodySensorLocation(hexToBytes('07')))).toBe('reserved-value');
  });
});

describe('reserved bits', () => {
  it('are ignored as devices set them', () => {
    const plain = decoded(decodeBloodPressure(hexToBytes('00 7900 4f00 5d00')));
    expect(decoded(decodeBloodPressure(hexToBytes('e0 7900 4f00 5d00')))).toStrictEqual(plain);
    expect(decoded(decodeHeartRate(hexToBytes('e0 48'))).beatsPerMinute).toBe(72);
  });
  it('may bring a field of a later version at the end; without them it is left over', () => {
    expect(decodeBloodPressure(hexToBytes('80 7900 4f00 5d00 1234')).kind).toBe('decoded');
    expect(refused(decodeBloodPressure(hexToBytes('00 7900 4f00 5d00 1234')))).toBe('too-long');
  });
  it('in a status do not make a measurement worse', () => {
    const value = decoded(decodeBloodPressure(hexToBytes('10 7900 4f00 5d00 c0ff')));
    expect(measureBloodPressure(value, CLOCK)[0]?.measurement).toMatchObject({ quality: 'ok' });
  });
});

describe('cuffs', () => {
  it('an irregular pulse or a wrong position is uncertain, a pulse out of its range is not', () => {
    const quality = (status: string): unknown => {
      const value = decoded(decodeBloodPressure(hexToBytes(`10 7900 4f00 5d00 ${status}00`)));
      return measureBloodPressure(value, CLOCK)[0]?.measurement.quality;
    };
    expect(['04', '20', '08', '10', '01', '02'].map(quality)).toEqual([
      'uncertain',
      'uncertain',
      'ok',
      'ok',
      'poor',
      'poor',
    ]);
  });
  it('a mean of 0 means none, and does not spoil the rest', () => {
    const value = decoded(decodeBloodPressure(hexToBytes('00 7900 4f00 0000')));
    expect(measureBloodPressure(value, CLOCK)[0]?.measurement).toStrictEqual({
      kind: 'blood-pressure',
      systolic: 121,
      diastolic: 79,
    });
  });
  it('systolic 0 is no pressure at all', () => {
    const value = decoded(decodeBloodPressure(hexToBytes('00 0000 4f00 5d00')));
    expect(measureBloodPressure(value, CLOCK)[0]?.measurement).toStrictEqual({
      kind: 'blood-pressure',
      absent: 'out-of-range',
    });
  });
  it('systolic below diastolic is an artefact', () => {
    const value = decoded(decodeBloodPressure(hexToBytes('00 4f00 7900 5d00')));
    expect(measureBloodPressure(value, CLOCK)[0]?.measurement).toMatchObject({ absent: 'artefact' });
  });
  it('an inflating cuff is no blood pressure, with NaN or 0 in the unused fields', () => {
    for (const hex of ['00 a000 ff07 ff07', '00 a000 0000 0000']) {
      expect(decoded(decodeCuffPressure(hexToBytes(hex)))).toStrictEqual({
        unit: 'mm[Hg]',
        cuff: sfloatOf(160),
      });
      expect(GATT_DECODERS.get(0x2a36)?.measure(hexToBytes(hex), CLOCK)).toStrictEqual({
        kind: 'decoded',
        value: [],
      });
    }
  });
});

describe('thermometers and scales', () => {
  it('98.6 degrees Fahrenheit is 37', () => {
    const value = decoded(decodeTemperature(hexToBytes('01 da0300ff')));
    expect(measureTemperature(value, CLOCK)).toStrictEqual([
      { measurement: { kind: 'body-temperature', value: 37 } },
    ]);
    expect(measureIntermediateTemperature(value, CLOCK)[0]?.measurement).toMatchObject({
      quality: 'uncertain',
    });
  });
  it('0xFFFF weight is unsuccessful, not 327.675 kg', () => {
    const value = decoded(decodeWeight(hexToBytes('00 ffff')));
    expect(value.weight).toBe('unsuccessful');
    expect(measureWeight(value, CLOCK)).toStrictEqual([
      { measurement: { kind: 'weight', absent: 'device-error' } },
    ]);
    expect(decoded(decodeBodyComposition(hexToBytes('0000 ffff'))).fat).toBe('unsuccessful');
  });
  it.each([
    '02a6 ea07 0b15 0d0a00 f401 d036',
    '02a2 ea07 0b15 0d0a00 f401 d036',
    '0326 ea07 0b15 0d0a00 0000 d036',
  ])('Xiaomi’s private layout under 2A9C, %s, becomes no weight', (octets) => {
    const value = decodeBodyComposition(hexToBytes(octets));
    expect(value.kind === 'refused' ? [] : measureBodyComposition(value.value, CLOCK)).toStrictEqual([]);
  });
  it('70.5 kg and 155.4 lb', () => {
    const kilos = decoded(decodeWeight(hexToBytes('00 1437')));
    const pounds = decoded(decodeWeight(hexToBytes('01 b43c')));
    expect(measureWeight(kilos, CLOCK)[0]?.measurement).toStrictEqual({ kind: 'weight', value: 70.5 });
    expect(measureWeight(pounds, CLOCK)[0]?.measurement).toStrictEqual({ kind: 'weight', value: 70.488 });
  });
});

describe('everything else', () => {
  it('battery over 100 is invalid', () => {
    expect(decoded(decodeBattery(hexToBytes('64')))).toBe(100);
    expect(refused(decodeBattery(hexToBytes('65')))).toBe('out-of-range');
    expect(refused(decodeBattery(hexToBytes('ff')))).toBe('out-of-range');
  });
  it('texts are cut at NUL and blanks; control characters and bad UTF-8 are refused', () => {
    expect(decoded(decodeDeviceText(hexToBytes('41636d65 20 00 00 58')))).toBe('Acme');
    expect(refused(decodeDeviceText(hexToBytes('41 1b 5b 32 4a')))).toBe('bad-text');
    expect(refused(decodeDeviceText(hexToBytes('41 e2 80 ae 42')))).toBe('bad-text');
    expect(refused(decodeDeviceText(hexToBytes('c3')))).toBe('bad-text');
    expect(refused(decodeDeviceText(new Uint8Array(513).fill(65)))).toBe('too-long');
  });
  it('the control point answers with a count, with success, and with what failed', () => {
    expect(decoded(decodeRecordAnswer(hexToBytes('0500 2a00')))).toStrictEqual({
      kind: 'count',
      records: 42,
    });
    expect(decoded(decodeRecordAnswer(hexToBytes('0600 0101')))).toStrictEqual({
      kind: 'response',
      to: 'report',
      response: 'success',
    });
    expect(decoded(decodeRecordAnswer(hexToBytes('0600 0106')))).toMatchObject({ response: 'no-records' });
    expect(decoded(decodeRecordAnswer(hexToBytes('0800 2a000000')))).toStrictEqual({
      kind: 'combined-report',
      records: 42,
    });
    expect(refused(decodeRecordAnswer(hexToBytes('0600 010b')))).toBe('reserved-value');
    expect(refused(decodeRecordAnswer(hexToBytes('0700 0101')))).toBe('reserved-value');
  });
});
