// What real devices do, each by its name. Where a quirk was seen is told in docs/spec/gatt.md.

import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../vector.ts';
import {
  type Decoded,
  decodeBattery,
  decodeBloodPressure,
  decodeBodyComposition,
  decodeBodySensorLocation,
  decodeCgm,
  decodeContinuousOximetry,
  decodeCuffPressure,
  decodeDateTime,
  decodeDeviceText,
  decodeFloat,
  decodeGlucose,
  decodeHeartRate,
  decodeLocalTime,
  decodeRecordAnswer,
  decodeSfloat,
  decodeSpotOximetry,
  decodeTemperature,
  decodeWeight,
  encodeContinuousOximetry,
  encodeDateTime,
  encodeHeartRate,
  floatValue,
  GATT_DECODERS,
  type GattRefusal,
  measureBloodPressure,
  measureCgm,
  measureContinuousOximetry,
  measureGlucose,
  measureHeartRate,
  measureIntermediateTemperature,
  measureSpotOximetry,
  measureTemperature,
  measureWeight,
  OXIMETER_MEASUREMENT_BITS,
  OXIMETER_SENSOR_BITS,
  sfloatOf,
  toEpochMs,
} from './index.ts';

function decoded<Value>(outcome: Decoded<Value>): Value {
  if (outcome.kind === 'refused') throw new Error(`${outcome.reason}: ${outcome.detail}`);
  return outcome.value;
}
function refused(outcome: Decoded<unknown>): GattRefusal | undefined {
  return outcome.kind === 'refused' ? outcome.reason : undefined;
}
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

describe('clocks', () => {
  const withTime = (time: string): Uint8Array => hexToBytes(`02 7900 4f00 5d00 ${time}`);
  const at = (time: string, offsetMinutes?: number): number | undefined => {
    const clock = offsetMinutes === undefined ? {} : { offsetMinutes };
    return measureBloodPressure(decoded(decodeBloodPressure(withTime(time))), clock)[0]?.at;
  };

  it('the zone is nowhere in it: an offset makes it a moment, without one it has none', () => {
    const noon = 'ea07 0b 15 0c 00 00';
    expect(at(noon, 60)).toBe(Date.parse('2026-11-21T11:00:00Z'));
    expect(at(noon, -330)).toBe(Date.parse('2026-11-21T17:30:00Z'));
    expect(at(noon)).toBeUndefined();
  });
  it('year 0, month 0 and day 0 are unknown: a time that is no moment', () => {
    for (const time of ['0000 0b 15 0c 00 00', 'ea07 00 15 0c 00 00', 'ea07 0b 00 0c 00 00']) {
      expect(at(time, 0)).toBeUndefined();
      expect(decodeDateTime(hexToBytes(time)).kind).toBe('decoded');
    }
  });
  it('years 1970 and 2094 are said as they are: whether to believe them is not for a decoder', () => {
    expect(at('b207 01 01 00 00 00', 0)).toBe(0);
    expect(at('2e08 01 01 00 00 00', 0)).toBe(Date.parse('2094-01-01T00:00:00Z'));
    expect(at('b207 01 01 00 00 00', 60)).toBeUndefined();
  });
  it('nonsense for a time does not cost the measurement', () => {
    for (const time of [
      'ffff ff ff ff ff ff',
      'ea07 0d 15 0c 00 00',
      'ea07 0b 15 18 00 00',
      '0100 01 01 00 00 00',
    ]) {
      const value = decoded(decodeBloodPressure(withTime(time)));
      expect(value.time).toBe('invalid');
      expect(measureBloodPressure(value, CLOCK)).toStrictEqual([
        { measurement: { kind: 'blood-pressure', systolic: 121, diastolic: 79, mean: 93 } },
      ]);
      expect(refused(decodeDateTime(hexToBytes(time)))).toBe('out-of-range');
    }
  });
  it('the 31st of November and the 29th of February 2100 are no moments', () => {
    const midnight = { hour: 0, minute: 0, second: 0 };
    expect(toEpochMs({ year: 2026, month: 11, day: 31, ...midnight }, 0)).toBeUndefined();
    expect(toEpochMs({ year: 2100, month: 2, day: 29, ...midnight }, 0)).toBeUndefined();
    expect(toEpochMs({ year: 2024, month: 2, day: 29, ...midnight }, 0)).toBe(Date.parse('2024-02-29'));
    expect(toEpochMs({ year: 2000, month: 2, day: 29, ...midnight }, 0)).toBe(Date.parse('2000-02-29'));
    expect(() => encodeDateTime({ year: 1500, month: 1, day: 1, ...midnight })).toThrow(RangeError);
  });
  it('clock not set flag: the oximeter has a time and does not mean it', () => {
    const time = 'ea07 0b 15 0c 00 00';
    const set = decoded(decodeSpotOximetry(hexToBytes(`01 6100 4800 ${time}`)));
    const unset = decoded(decodeSpotOximetry(hexToBytes(`11 6100 4800 ${time}`)));
    expect(measureSpotOximetry(set, CLOCK)[0]?.at).toBe(Date.parse('2026-11-21T12:00:00Z'));
    expect(measureSpotOximetry(unset, CLOCK)).toStrictEqual([
      { measurement: { kind: 'spo2', value: 97 } },
      { measurement: { kind: 'heart-rate', value: 72 } },
    ]);
  });
  it('zone -128 and daylight saving 255 are unknown, other oddities are refused', () => {
    expect(decoded(decodeLocalTime(hexToBytes('80 ff')))).toStrictEqual({});
    expect(decoded(decodeLocalTime(hexToBytes('fc 04')))).toStrictEqual({
      zoneMinutes: -60,
      daylightMinutes: 60,
    });
    expect(refused(decodeLocalTime(hexToBytes('39 00')))).toBe('out-of-range');
    expect(refused(decodeLocalTime(hexToBytes('00 03')))).toBe('reserved-value');
  });
});

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
  it('70.5 kg and 155.4 lb', () => {
    const kilos = decoded(decodeWeight(hexToBytes('00 1437')));
    const pounds = decoded(decodeWeight(hexToBytes('01 b43c')));
    expect(measureWeight(kilos, CLOCK)[0]?.measurement).toStrictEqual({ kind: 'weight', value: 70.5 });
    expect(measureWeight(pounds, CLOCK)[0]?.measurement).toStrictEqual({ kind: 'weight', value: 70.488 });
  });
});

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
