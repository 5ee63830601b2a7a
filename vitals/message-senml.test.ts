import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { type ParsedMessage, parseMessage } from './message.ts';

const parse = (pack: unknown): ParsedMessage => parseMessage(new TextEncoder().encode(JSON.stringify(pack)));
const seq = { n: 'seq', v: 1207 };
const heart = { n: 'heart-rate', u: 'beat/min', v: 72 };

function outcome(parsed: ParsedMessage): unknown {
  return parsed.kind === 'refused' ? `${parsed.reason}` : parsed.message;
}

describe('a message in SenML', () => {
  it('resolves base name, time and unit, and joins the parts of a blood pressure', () => {
    const pack = [
      { bn: 'urn:dev:mac:0024befffe804ff1:', bt: 1795262400.123, n: 'seq', v: 1207 },
      { n: 'boot', v: 3 },
      { n: 'heart-rate', u: 'beat/min', v: 72 },
      { bu: 'mm[Hg]', n: 'blood-pressure/systolic', v: 121 },
      { n: 'blood-pressure/diastolic', v: 79 },
      { n: 'blood-pressure/mean', v: 93 },
      { n: 'body-temperature', u: 'Cel', v: 36.6, t: -60 },
      { n: 'spo2', u: '/', v: 0.97 },
      { n: 'battery', u: '%EL', v: 88 },
      { n: 'respiratory-rate', vs: 'sensor-off' },
    ];
    const at = 1795262400123;
    const message = {
      boot: 3,
      seq: 1207,
      readings: [
        { at, measurement: { kind: 'heart-rate', value: 72 } },
        { at, measurement: { kind: 'blood-pressure', systolic: 121, diastolic: 79, mean: 93 } },
        { at: at - 60_000, measurement: { kind: 'body-temperature', value: 36.6 } },
        { at, measurement: { kind: 'spo2', value: 97 } },
        { at, measurement: { kind: 'battery', value: 88 } },
        { at, measurement: { kind: 'respiratory-rate', absent: 'sensor-off' } },
      ],
    };
    expect(parse(pack)).toEqual({ kind: 'message', message });
    const numbers = new Map(
      Object.entries({ bver: -1, bn: -2, bt: -3, bu: -4, bv: -5, n: 0, u: 1, v: 2, vs: 3, t: 6 }),
    );
    const cbor = encode(
      pack.map(
        (record) => new Map(Object.entries(record).map(([label, value]) => [numbers.get(label)!, value])),
      ),
    );
    expect(parseMessage(cbor)).toEqual({ kind: 'message', message });
    expect(parseMessage(cbor, 'application/senml+cbor')).toEqual({ kind: 'message', message });
    expect(outcome(parseMessage(cbor, 'application/cbor'))).toBe('wrong-type');
  });

  it('has no device time where times count from now', () => {
    const pack = [
      { ...seq, bt: 0 },
      { ...heart, t: -5 },
      { ...heart, t: 2 ** 28 - 1 },
    ];
    const reading = { measurement: { kind: 'heart-rate', value: 72 } };
    expect(outcome(parse(pack))).toEqual({ seq: 1207, readings: [reading, reading] });
    expect(outcome(parse([seq, { ...heart, t: 2 ** 28 }]))).toMatchObject({
      readings: [{ at: 2 ** 28 * 1000 }],
    });
  });

  it('adds base values, and takes them where a record has none', () => {
    const pack = [seq, { bv: 70, n: 'heart-rate', v: 2 }, { n: 'heart-rate' }];
    expect(outcome(parse(pack))).toMatchObject({
      readings: [{ measurement: { value: 72 } }, { measurement: { value: 70 } }],
    });
  });

  it('begins another blood pressure where a part comes again or the time differs', () => {
    const part = (name: string, v: number, t = 0) => ({ n: `blood-pressure/${name}`, v, t });
    const pack = [
      seq,
      part('systolic', 120),
      part('systolic', 130),
      part('diastolic', 80),
      part('mean', 93, 2 ** 29),
    ];
    expect(outcome(parse(pack))).toMatchObject({
      readings: [
        { measurement: { systolic: 120 } },
        { measurement: { systolic: 130, diastolic: 80 } },
        { measurement: { mean: 93 } },
      ],
    });
  });

  it('ignores labels that need not be understood, and a record of base fields only', () => {
    expect(outcome(parse([{ bn: 'a:' }, { ...seq, foo: 1 }, { ...heart, ut: 5 }]))).toMatchObject({
      seq: 1207,
    });
  });

  it.each([
    ['missing-field', [heart]],
    ['missing-field', [seq, { n: 'heart-rate' }]],
    ['missing-field', [{ n: 'seq', vs: '1' }, heart]],
    ['no-readings', []],
    ['no-readings', [seq]],
    ['too-many-readings', [seq, ...Array.from({ length: 513 }, () => heart)]],
    ['bad-sequence', [{ n: 'seq', v: -1 }, heart]],
    ['bad-sequence', [{ n: 'seq', v: 1.5 }, heart]],
    ['duplicate-field', [seq, seq, heart]],
    ['unknown-kind', [seq, { n: 'voltage', v: 230 }]],
    ['unknown-kind', [seq, { n: 'blood-pressure/pulse', v: 60 }]],
    ['unknown-kind', [seq, { n: 'heart-rate/mean', v: 60 }]],
    ['unknown-kind', [seq, { n: 'blood-pressure/mean', vs: 'artefact' }]],
    ['unknown-unit', [seq, { n: 'heart-rate', u: 'bpm', v: 60 }]],
    ['unknown-unit', [seq, { n: 'perfusion-index', u: '/', v: 0.3 }]],
    ['unknown-word', [seq, { n: 'heart-rate', vs: 'off' }]],
    ['implausible', [seq, { n: 'heart-rate', v: 0 }]],
    ['conflicting-fields', [seq, { n: 'heart-rate', v: 60, vs: 'unknown' }]],
    [
      'conflicting-fields',
      [seq, { n: 'blood-pressure/systolic', v: 16, u: 'kPa' }, { n: 'blood-pressure/mean', v: 93 }],
    ],
    ['conflicting-fields', [seq, { n: 'blood-pressure', v: 120 }]],
    ['conflicting-fields', [seq, { n: 'ecg', v: 1 }]],
    ['wrong-type', [seq, 7]],
    ['wrong-type', [seq, { n: 7, v: 7 }]],
    ['wrong-type', [seq, { n: 'heart-rate', v: '72' }]],
    ['wrong-type', [seq, { n: 'heart-rate', vb: true }]],
    ['wrong-type', [seq, { n: 'ecg', vd: 'AAAA' }]],
    ['bad-time', [seq, { ...heart, t: -(2 ** 29) }]],
    ['bad-time', [seq, { ...heart, t: 1e15 }]],
    ['bad-senml', [seq, { ...heart, new_: 1 }]],
    ['bad-senml', [seq, { ...heart, s: 1 }]],
    ['bad-senml', [{ ...seq, bver: 11 }, heart]],
    [
      'bad-senml',
      [
        { ...seq, bn: 'a:' },
        { ...heart, bn: 'b:' },
      ],
    ],
  ])('refuses as %s: %j', (reason, pack) => {
    expect(outcome(parse(pack))).toBe(reason);
  });
});
