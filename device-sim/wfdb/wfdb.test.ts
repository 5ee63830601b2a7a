import { type Message, NO_SAMPLE } from '@heartwood/vitals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messagesOf } from '../delivery.ts';
import { isBeat, letterOf, parseAnnotations } from './annotation.ts';
import { WfdbError, type WfdbErrorCode } from './error.ts';
import { parseHeader } from './header.ts';
import { readRecord } from './record.ts';
import { replayOf } from './replay.ts';
import { checksumOf, decodeSamples } from './signal.ts';

const code = (act: () => unknown): WfdbErrorCode | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof WfdbError) return error.code;
    throw error;
  }
  return undefined;
};

// Written from signal(5), apart from the decoder under test.
function encode16(samples: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, i) => {
    view.setInt16(2 * i, sample, true);
  });
  return bytes;
}
function encode212(samples: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < samples.length; i += 2) {
    const first = (samples[i]! + 4096) % 4096;
    const second = ((samples[i + 1] ?? 0) + 4096) % 4096;
    bytes.push(first % 256, Math.floor(first / 256) + 16 * Math.floor(second / 256));
    if (i + 1 < samples.length) bytes.push(second % 256);
  }
  return Uint8Array.from(bytes);
}
const words = (...pairs: [code: number, low: number][]): number[] =>
  pairs.flatMap(([high, low]) => [low & 0xff, (high << 2) | (low >> 8)]);

describe('header', () => {
  it('reads every field, with carriage returns, comments and empty lines between', () => {
    const header = parseHeader(
      '# a comment\r\nrec_1 2 0.0166666666667/125(3.5) 1936    31:25.894 10/10/2896\r\n\r\n' +
        'a.dat 16 10(-5)/mmHg 16 7 230 -32345 0 ABP Sys\r\n# more\nb.dat 212+24 0 11 1024\n',
    );
    expect(header).toEqual({
      name: 'rec_1',
      rateHz: 0.0166666666667,
      counterHz: 125,
      samples: 1936,
      baseTimeMs: (31 * 60 + 25) * 1000 + 894,
      baseDate: '2896-10-10',
      signals: [
        {
          fileName: 'a.dat',
          format: 16,
          byteOffset: 0,
          gain: 10,
          baseline: -5,
          units: 'mmHg',
          adcResolution: 16,
          adcZero: 7,
          initialValue: 230,
          checksum: -32345,
          description: 'ABP Sys',
        },
        // No gain: 200. No baseline: the ADC zero. No unit: mV.
        {
          fileName: 'b.dat',
          format: 212,
          byteOffset: 24,
          gain: 200,
          baseline: 1024,
          units: 'mV',
          adcResolution: 11,
          adcZero: 1024,
          description: '',
        },
      ],
    });
    expect(parseHeader('r 0').rateHz).toBe(250);
    expect(parseHeader('r 0 360 0').samples).toBeUndefined();
  });

  it.each<[string, WfdbErrorCode]>([
    ['', 'bad-header'],
    ['# only a comment', 'bad-header'],
    ['r', 'bad-header'],
    ['r two', 'bad-header'],
    ['r -1', 'bad-header'],
    ['r 2 360 10\na.dat 16', 'bad-header'],
    ['r 1 0 10\na.dat 16', 'bad-header'],
    ['r 1 fast 10\na.dat 16', 'bad-header'],
    ['r 1 360 ten\na.dat 16', 'bad-header'],
    ['r 1 360 10 noon\na.dat 16', 'bad-header'],
    ['r 1 360 10 12:00:00 yesterday\na.dat 16', 'bad-header'],
    ['r 1 360 10\na.dat', 'bad-header'],
    ['r 1 360 10\na.dat x', 'bad-header'],
    ['r 1 360 10\na.dat 16 much', 'bad-header'],
    ['r 1 360 10\n../../etc/passwd 16', 'bad-header'],
    ['r 1 360 10\n.. 16', 'bad-header'],
    ['r 1 360 10\na.dat 16 200 11 1024 abc', 'bad-header'],
    ['r/3 2 360 10', 'unsupported'],
    ['r 1 360 10\na.dat 16x4', 'unsupported'],
    ['r 1 360 10\na.dat 16:3', 'unsupported'],
  ])('refuses %j as %s', (text, expected) => {
    expect(code(() => parseHeader(text))).toBe(expected);
  });

  it('never fails otherwise, whatever the text', () => {
    const token = fc.constantFrom(
      'r',
      '1',
      '2',
      '-1',
      '360',
      '1e9',
      'a.dat',
      '212',
      '16+9',
      '\n',
      '/',
      '#',
      '10/mV',
      '(',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(token).map((t) => t.join(' ')),
        ),
        (text) => {
          code(() => parseHeader(text));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('samples', () => {
  it('are decoded as they were encoded: format 212 with its sign, odd counts too', () => {
    const samples = fc.array(fc.integer({ min: -2048, max: 2047 }), { maxLength: 40 });
    fc.assert(
      fc.property(samples, (list) => {
        expect([...decodeSamples(212, encode212(list), list.length, 'x')]).toEqual(list);
      }),
      { numRuns: 300 },
    );
  });

  it('are decoded as they were encoded: format 16', () => {
    const samples = fc.array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 40 });
    fc.assert(
      fc.property(samples, (list) => {
        expect([...decodeSamples(16, encode16(list), list.length, 'x')]).toEqual(list);
      }),
      { numRuns: 300 },
    );
  });

  it('follow the layout of signal(5) by hand: 0x123 and -2 are 23 E1 FE', () => {
    expect([...decodeSamples(212, Uint8Array.of(0x23, 0xf1, 0xfe), 2, 'x')]).toEqual([0x123, -2]);
    expect([...decodeSamples(212, Uint8Array.of(0xff, 0x0f), 1, 'x')]).toEqual([-1]);
    expect([...decodeSamples(16, Uint8Array.of(0x34, 0x12, 0xff, 0xff), 2, 'x')]).toEqual([0x1234, -1]);
  });

  it('are refused when bytes are missing or the format is another', () => {
    expect(code(() => decodeSamples(212, new Uint8Array(4), 3, 'x'))).toBe('truncated');
    expect(code(() => decodeSamples(16, new Uint8Array(5), 3, 'x'))).toBe('truncated');
    expect(code(() => decodeSamples(80, new Uint8Array(5), 3, 'x'))).toBe('unsupported');
  });

  it('add up to a signed 16-bit checksum', () => {
    expect(checksumOf(Int32Array.of(32767, 1))).toBe(-32768);
    expect(checksumOf(Int32Array.of(-32768, -1))).toBe(32767);
  });
});

describe('annotations', () => {
  it('read steps, long steps, fields and texts', () => {
    const bytes = Uint8Array.from([
      ...words([28, 18], [63, 3]),
      ...[...'(N\0'].map((c) => c.charCodeAt(0)),
      0,
      ...words([1, 59], [8, 1023], [61, 2], [62, 1], [60, 0x3ff]),
      // 70,000 samples on: 0x00011170, the high half first.
      ...words([59, 0]),
      ...[0x01, 0x00, 0x70, 0x11],
      ...words([5, 0], [22, 4], [63, 2]),
      ...[...'ok'].map((c) => c.charCodeAt(0)),
      0,
      0,
    ]);
    const annotations = parseAnnotations(bytes);
    expect(annotations).toEqual([
      { sample: 18, code: 28, subtype: 0, channel: 0, num: 0, aux: '(N' },
      { sample: 77, code: 1, subtype: 0, channel: 0, num: 0, aux: '' },
      { sample: 1100, code: 8, subtype: 2, channel: 1, num: -1, aux: '' },
      { sample: 71_100, code: 5, subtype: 0, channel: 1, num: -1, aux: '' },
      { sample: 71_104, code: 22, subtype: 0, channel: 1, num: -1, aux: 'ok' },
    ]);
    expect(annotations.map(isBeat)).toEqual([false, true, true, true, false]);
    expect(annotations.map(letterOf)).toEqual(['+', 'N', 'A', 'V', '#22']);
  });

  it('are refused without their end mark, and when a field or a code makes no sense', () => {
    expect(code(() => parseAnnotations(Uint8Array.from(words([1, 5]))))).toBe('truncated');
    expect(code(() => parseAnnotations(Uint8Array.of(1)))).toBe('truncated');
    expect(code(() => parseAnnotations(Uint8Array.from(words([1, 5], [63, 9]))))).toBe('truncated');
    expect(code(() => parseAnnotations(Uint8Array.from(words([59, 0]))))).toBe('truncated');
    expect(code(() => parseAnnotations(Uint8Array.from(words([61, 5], [0, 0]))))).toBe('bad-annotation');
    expect(code(() => parseAnnotations(Uint8Array.from(words([55, 5], [0, 0]))))).toBe('bad-annotation');
    const backwards = [...words([59, 0]), 0xff, 0xff, 0, 0, ...words([1, 1], [0, 0])];
    expect(code(() => parseAnnotations(Uint8Array.from(backwards)))).toBe('bad-annotation');
    expect(parseAnnotations(Uint8Array.of(0, 0))).toEqual([]);
  });

  it('never fail otherwise, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        code(() => parseAnnotations(bytes));
      }),
      { numRuns: 1000 },
    );
  });
});

const START = Date.UTC(2026, 10, 21, 8);
const files = (all: Record<string, Uint8Array>) => (name: string) => all[name];
const kindsOf = (messages: readonly Message[]) =>
  messages.flatMap((m) => m.readings).map((r) => r.measurement);

// 25 samples at 10 Hz... of an ECG are too slow: 100 Hz, 2.5 s, two leads that take turns.
const LEADS = [
  Array.from({ length: 250 }, (_, i) => i - 100),
  Array.from({ length: 250 }, (_, i) => (i === 7 ? -2048 : 5 * i)),
];
const ecg = {
  header: 'e 2 100 250\ne.dat 212 200 12 0 -100 0 0 MLII\ne.dat 212 100(50) 12 0 0 0 0 V5\n'.replace(
    /-100 0 0 MLII\n(.*) 0 0 0 V5/,
    `-100 ${checksumOf(Int32Array.from(LEADS[0]!))} 0 MLII\n$1 0 ${checksumOf(Int32Array.from(LEADS[1]!))} 0 V5`,
  ),
  files: {
    'e.dat': encode212(LEADS[0]!.flatMap((sample, i) => [sample, LEADS[1]![i]!])),
    'e.atr': Uint8Array.from(words([28, 1], [1, 9], [1, 80], [8, 70], [14, 5], [1, 75], [0, 0])),
  },
};

describe('a record of an ECG', () => {
  const record = readRecord(ecg.header, files(ecg.files));

  it('is read bit for bit', () => {
    expect(record.signals.map((signal) => [...signal.samples])).toEqual(LEADS);
    expect(record.durationMs).toBe(2500);
  });

  it('is replayed as one recorder: frames of a second, the last shorter, and the intervals of its beats', () => {
    const { devices, skipped } = replayOf(record);
    expect(devices.map((device) => device.role)).toEqual(['ecg']);
    expect(skipped).toEqual([]);
    const deliveries = [...devices[0]!.stream(START)];
    expect(messagesOf(deliveries).map((m) => m.seq)).toEqual(deliveries.map((_, i) => i));
    const readings = messagesOf(deliveries).flatMap((m) => m.readings);
    const frames = readings.flatMap(({ at, measurement }) =>
      'wave' in measurement ? [{ at, wave: measurement.wave }] : [],
    );
    expect(
      frames.map(({ at, wave }) => [at! - START, wave.lead, wave.samples.length, wave.gain, wave.baseline]),
    ).toEqual([
      [-2500, 'MLII', 100, 200, 0],
      [-2500, 'V5', 100, 100, 50],
      [-1500, 'MLII', 100, 200, 0],
      [-1500, 'V5', 100, 100, 50],
      [-500, 'MLII', 50, 200, 0],
      [-500, 'V5', 50, 100, 50],
    ]);
    const mlii = frames.filter(({ wave }) => wave.lead === 'MLII').flatMap(({ wave }) => [...wave.samples]);
    expect(mlii).toEqual(LEADS[0]);
    const v5 = frames.filter(({ wave }) => wave.lead === 'V5').flatMap(({ wave }) => [...wave.samples]);
    expect(v5).toEqual(LEADS[1]!.map((sample) => (sample === -2048 ? NO_SAMPLE : sample)));
    // Beats at samples 10, 90, 160 and 240: a rhythm mark and a note about noise are no beats.
    const intervals = readings.filter((r) => r.measurement.kind === 'rr-interval');
    expect(intervals).toEqual([
      { at: START - 2500 + 900, measurement: { kind: 'rr-interval', value: 800 } },
      { at: START - 2500 + 1600, measurement: { kind: 'rr-interval', value: 700 } },
      { at: START - 2500 + 2400, measurement: { kind: 'rr-interval', value: 800 } },
    ]);
    const last = readings.filter((r) => r.measurement.kind === 'heart-rate').at(-1);
    expect(last?.measurement).toEqual({ kind: 'heart-rate', value: 78.3 });
    for (const { sendAtMs } of deliveries) expect(sendAtMs).toBeLessThanOrEqual(START + 2500);
    for (const { at } of readings) expect(at).toBeLessThan(START);
  });

  it('is refused when a file is missing, short or not the one that the header was written for', () => {
    expect(code(() => readRecord(ecg.header, files({})))).toBe('missing-file');
    const short = { 'e.dat': ecg.files['e.dat'].subarray(0, 700) };
    expect(code(() => readRecord(ecg.header, files(short)))).toBe('truncated');
    const damaged = Uint8Array.from(ecg.files['e.dat']);
    damaged[300]! ^= 1;
    expect(code(() => readRecord(ecg.header, files({ 'e.dat': damaged })))).toBe('checksum');
    expect(code(() => readRecord(ecg.header.replace('-100', '-99'), files(ecg.files)))).toBe('checksum');
    expect(code(() => readRecord(ecg.header.replaceAll(' 212 ', ' 310 '), files(ecg.files)))).toBe(
      'unsupported',
    );
    expect(code(() => readRecord(ecg.header.replace(' 212 ', ' 16 '), files(ecg.files)))).toBe('bad-header');
  });

  it('is as long as its file where the header does not say', () => {
    expect(readRecord(ecg.header.replace('e 2 100 250', 'e 2 100'), files(ecg.files)).length).toBe(250);
  });
});

describe('a record of numbers', () => {
  const table = [
    //   HR SpO2 RESP PULSE sys dia NBPs NBPd NBPm
    [0, 970, 120, 600, 0, 0, -32768, -32768, -32768],
    [605, 0, 118, 601, 1200, 0, 131, 66, 88],
    [610, 975, 0, 602, 1210, 800, 131, 66, 88],
    [7000, 965, 110, 603, 1220, 810, 140, 70, -32768],
  ];
  const names = ['HR', 'SpO2', 'RESP', 'PULSE', 'ABPSys', 'ABPDias', 'NBPSys', 'NBPDias', 'NBPMean'];
  const units = ['10/bpm', '10/%', '10/pm', '10/bpm', '10/mmHg', '10/mmHg', '1/mmHg', '1/mmHg', '1/mmHg'];
  const header = `n 9 0.0166666666667/125 4\n${names.map((name, i) => `n.dat 16 ${units[i]} 16 0 ${table[0]![i]} ${checksumOf(Int32Array.from(table.map((row) => row[i]!)))} 0 ${name}`).join('\n')}`;
  const replay = replayOf(readRecord(header, files({ 'n.dat': encode16(table.flat()) })));
  const [bedside, cuff] = replay.devices.map((device) => messagesOf(device.stream(START)));

  it('becomes a bedside monitor and a cuff; PULSE is skipped, and said to be', () => {
    expect(replay.devices.map((device) => device.role)).toEqual(['bedside', 'cuff']);
    expect(replay.skipped).toEqual(['PULSE']);
  });

  it('never makes a 0 of a sensor that was off', () => {
    expect(kindsOf(bedside!)).toEqual([
      { kind: 'heart-rate', absent: 'sensor-off' },
      { kind: 'spo2', value: 97 },
      { kind: 'respiratory-rate', value: 12 },
      { kind: 'blood-pressure', absent: 'sensor-off' },
      { kind: 'heart-rate', value: 60.5 },
      { kind: 'spo2', absent: 'sensor-off' },
      { kind: 'respiratory-rate', value: 11.8 },
      { kind: 'blood-pressure', systolic: 120 },
      { kind: 'heart-rate', value: 61 },
      { kind: 'spo2', value: 97.5 },
      { kind: 'respiratory-rate', absent: 'sensor-off' },
      { kind: 'blood-pressure', systolic: 121, diastolic: 80 },
      { kind: 'heart-rate', absent: 'out-of-range' },
      { kind: 'spo2', value: 96.5 },
      { kind: 'respiratory-rate', value: 11 },
      { kind: 'blood-pressure', systolic: 122, diastolic: 81 },
    ]);
  });

  it('sends a cuff pressure once, when it is new', () => {
    expect(kindsOf(cuff!)).toEqual([
      { kind: 'blood-pressure', systolic: 131, diastolic: 66, mean: 88 },
      { kind: 'blood-pressure', systolic: 140, diastolic: 70 },
    ]);
  });

  it('ends when the replay starts: the last minute is one minute ago', () => {
    expect(bedside!.map((m) => m.readings[0]!.at! - START)).toEqual([-240_000, -180_000, -120_000, -60_000]);
  });
});
