import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messages } from './arbitrary.ts';
import { BODY_MAX_BYTES, COUNTER_MAX, READINGS_MAX, SAMPLES_MAX, TIME_MAX_MS } from './limit.ts';
import { parseMessage } from './message.ts';
import { encodeMessageCbor, encodeMessageJson } from './message-encode.ts';
import { NO_SAMPLE, type TimedMeasurement } from './reading.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (value: unknown, contentType?: string) =>
  parseMessage(bytes(JSON.stringify(value)), contentType);
const one = (reading: object) => parse({ seq: 1, readings: [reading] });
const heart = { kind: 'heart-rate', value: 72 };
const ecg = { lead: 'MLII', rateHz: 360, gain: 200, baseline: 1024, samples: [1, null, -3] };

function refusal(parsed: ReturnType<typeof parseMessage>): string {
  return parsed.kind === 'refused' ? parsed.reason : `accepted ${JSON.stringify(parsed.message)}`;
}

function first(parsed: ReturnType<typeof parseMessage>): TimedMeasurement | string {
  return parsed.kind === 'message' ? parsed.message.readings[0]! : `${parsed.reason}: ${parsed.detail}`;
}

describe('a message in JSON', () => {
  it('takes the example of the design', () => {
    const parsed = parseMessage(
      bytes(`{"seq": 1207, "at": 1795262400123, "readings": [
        {"kind": "heart-rate", "value": 72},
        {"kind": "spo2", "value": 97, "quality": "ok"},
        {"kind": "blood-pressure", "systolic": 121, "diastolic": 79, "mean": 93, "at": 1795262399000}]}`),
    );
    expect(parsed).toEqual({
      kind: 'message',
      message: {
        seq: 1207,
        readings: [
          { at: 1795262400123, measurement: { kind: 'heart-rate', value: 72 } },
          { at: 1795262400123, measurement: { kind: 'spo2', value: 97, quality: 'ok' } },
          {
            at: 1795262399000,
            measurement: { kind: 'blood-pressure', systolic: 121, diastolic: 79, mean: 93 },
          },
        ],
      },
    });
  });

  it('takes absence, waveforms, boots and other units', () => {
    expect(first(one({ kind: 'spo2', absent: 'sensor-off', quality: 'poor' }))).toEqual({
      measurement: { kind: 'spo2', absent: 'sensor-off', quality: 'poor' },
    });
    expect(first(one({ kind: 'ecg', waveform: ecg }))).toEqual({
      measurement: { kind: 'ecg', wave: { ...ecg, samples: Int32Array.of(1, NO_SAMPLE, -3) } },
    });
    expect(first(one({ kind: 'body-temperature', value: 98.6, unit: '[degF]' }))).toEqual({
      measurement: { kind: 'body-temperature', value: 37 },
    });
    expect(parse({ seq: 0, boot: COUNTER_MAX, readings: [heart] })).toMatchObject({
      message: { boot: COUNTER_MAX, seq: 0 },
    });
  });

  it.each([
    ['missing-field', {}],
    ['missing-field', { readings: [heart] }],
    ['missing-field', { seq: 1 }],
    ['wrong-type', { seq: 1, readings: {} }],
    ['wrong-type', { seq: 1, readings: ['x'] }],
    ['wrong-type', { seq: 1, readings: [[1, 72]] }],
    ['no-readings', { seq: 1, readings: [] }],
    ['too-many-readings', { seq: 1, readings: Array.from({ length: READINGS_MAX + 1 }, () => heart) }],
    ['bad-sequence', { seq: -1, readings: [heart] }],
    ['bad-sequence', { seq: 1.5, readings: [heart] }],
    ['bad-sequence', { seq: '1', readings: [heart] }],
    ['bad-sequence', { seq: COUNTER_MAX + 1, readings: [heart] }],
    ['bad-sequence', { seq: null, readings: [heart] }],
    ['bad-sequence', { seq: 1, boot: -1, readings: [heart] }],
    ['bad-time', { seq: 1, at: -1, readings: [heart] }],
    ['bad-time', { seq: 1, at: TIME_MAX_MS + 1, readings: [heart] }],
    ['bad-time', { seq: 1, at: '2026-11-21', readings: [heart] }],
    ['bad-time', { seq: 1, readings: [{ ...heart, at: 1.5 }] }],
    ['bad-time', { seq: 1, readings: [{ ...heart, at: null }] }],
    ['unknown-field', { seq: 1, readings: [heart], extra: 1 }],
    ['unknown-field', { seq: 1, readings: [{ ...heart, note: 'x' }] }],
  ])('refuses as %s: %j', (reason, message) => {
    expect(refusal(parse(message))).toBe(reason);
  });

  it.each([
    ['missing-field', {}],
    ['missing-field', { value: 72 }],
    ['missing-field', { kind: 'heart-rate' }],
    ['missing-field', { kind: 'blood-pressure' }],
    ['missing-field', { kind: 'ecg' }],
    ['unknown-kind', { kind: 'mood', value: 1 }],
    ['unknown-kind', { kind: 1, value: 72 }],
    ['unknown-kind', { kind: '__proto__', value: 72 }],
    ['unknown-kind', { kind: ['heart-rate'], value: 72 }],
    ['wrong-type', { kind: 'heart-rate', value: null }],
    ['wrong-type', { kind: 'heart-rate', value: '72' }],
    ['wrong-type', { kind: 'heart-rate', value: [72] }],
    ['implausible', { kind: 'heart-rate', value: 0 }],
    ['implausible', { kind: 'heart-rate', value: -72 }],
    ['implausible', { kind: 'spo2', value: 0 }],
    ['implausible', { kind: 'spo2', value: 101 }],
    ['implausible', { kind: 'body-temperature', value: 98.6 }],
    ['implausible', { kind: 'heart-rate', value: 1e308 }],
    ['implausible', { kind: 'blood-pressure', systolic: 79, diastolic: 121 }],
    ['unknown-unit', { kind: 'heart-rate', value: 72, unit: 'bpm' }],
    ['unknown-unit', { kind: 'heart-rate', value: 72, unit: 1 }],
    ['unknown-unit', { kind: 'heart-rate', absent: 'unknown', unit: 'mmHg' }],
    ['unknown-word', { kind: 'heart-rate', value: 72, quality: 'good' }],
    ['unknown-word', { kind: 'heart-rate', absent: 'off' }],
    ['unknown-word', { kind: 'heart-rate', absent: null }],
    ['conflicting-fields', { kind: 'heart-rate', value: 72, absent: 'unknown' }],
    ['conflicting-fields', { kind: 'heart-rate', value: 72, systolic: 120 }],
    ['conflicting-fields', { kind: 'heart-rate', systolic: 120 }],
    ['conflicting-fields', { kind: 'blood-pressure', value: 120 }],
    ['conflicting-fields', { kind: 'ecg', value: 1 }],
    ['wrong-type', { kind: 'ecg', waveform: [1, 2] }],
    ['unknown-field', { kind: 'ecg', waveform: { ...ecg, unit: 'mV' } }],
    ['bad-waveform', { kind: 'ecg', waveform: {} }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, lead: '' } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, lead: 'x'.repeat(17) } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, lead: 'I\n' } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, rateHz: 0 } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, gain: 0 } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, gain: -200 } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, baseline: 0.5 } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, samples: [] } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, samples: [1.5] } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, samples: [2 ** 31] } }],
    ['bad-waveform', { kind: 'ecg', waveform: { ...ecg, samples: 'AAAA' } }],
    [
      'bad-waveform',
      { kind: 'ecg', waveform: { ...ecg, samples: Array.from({ length: SAMPLES_MAX + 1 }, () => 0) } },
    ],
  ])('refuses a reading as %s: %j', (reason, reading) => {
    expect(refusal(one(reading))).toBe(reason);
  });

  it('refuses more samples than the limit in all waveforms together, and says what to do', () => {
    const waves = (lengths: readonly number[]): ReturnType<typeof parseMessage> =>
      parse({
        seq: 1,
        readings: lengths.map((length) => ({
          kind: 'ecg',
          waveform: { ...ecg, samples: Array.from({ length }, () => 0) },
        })),
      });
    // Twelve leads of ten seconds at 500 Hz.
    expect(waves(Array.from({ length: 12 }, () => 5000)).kind).toBe('message');
    expect(waves([SAMPLES_MAX - 1, 1]).kind).toBe('message');
    const refused = waves([SAMPLES_MAX - 1, 1, 1]);
    expect(refused).toMatchObject({ kind: 'refused', reason: 'bad-waveform' });
    expect(refused.kind === 'refused' && refused.detail).toMatch(/65536 samples in all: split it/);
  });

  it.each([
    ['empty', ''],
    ['unknown-format', 'hello'],
    ['unknown-format', '   '],
    ['unknown-format', '\ufeff{"seq":1,"readings":[]}'],
    ['not-json', '{"seq":1'],
    ['not-json', '{"seq":NaN,"readings":[]}'],
    ['bad-sequence', '{"seq":1e999,"readings":[{"kind":"heart-rate","value":72}]}'],
    ['not-a-number', '{"seq":1,"readings":[{"kind":"heart-rate","value":1e999}]}'],
    ['unknown-field', '{"seq":1,"readings":[{"kind":"heart-rate","value":72}],"__proto__":{"boot":1}}'],
    ['unknown-field', '{"seq":1,"readings":[{"__proto__":{"value":72},"kind":"heart-rate"}]}'],
  ])('refuses the text as %s: %j', (reason, text) => {
    expect(refusal(parseMessage(bytes(text)))).toBe(reason);
  });

  it('refuses too large a body, and text that is not UTF-8', () => {
    expect(refusal(parseMessage(new Uint8Array(BODY_MAX_BYTES + 1).fill(0x20)))).toBe('too-large');
    expect(refusal(parseMessage(Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x7d)))).toBe('not-utf8');
    expect(refusal(parseMessage(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d)))).toBe('not-utf8');
  });

  it('refuses a byte order mark, whatever the content type says', () => {
    const marked = bytes('\ufeff{"seq":1,"readings":[{"kind":"heart-rate","value":72}]}');
    expect(refusal(parseMessage(marked, 'application/json'))).toBe('not-json');
  });

  it('keeps the last of two fields of one name, as JSON.parse does', () => {
    const parsed = parseMessage(bytes('{"seq":1,"seq":2,"readings":[{"kind":"heart-rate","value":72}]}'));
    expect(parsed).toMatchObject({ message: { seq: 2 } });
  });

  it('lets the content type win over the first byte', () => {
    expect(parse({ seq: 1, readings: [heart] }, 'Application/JSON; charset=utf-8').kind).toBe('message');
    expect(parse({ seq: 1, readings: [heart] }, '').kind).toBe('message');
    expect(refusal(parse({ seq: 1, readings: [heart] }, 'application/cbor'))).toBe('not-cbor');
    expect(refusal(parse({ seq: 1, readings: [heart] }, 'application/senml+json'))).toBe('wrong-type');
    expect(refusal(parse({ seq: 1, readings: [heart] }, 'text/plain'))).toBe('unknown-content-type');
    expect(refusal(parse([], 'application/json'))).toBe('wrong-type');
  });

  it('names the place and never a value', () => {
    const parsed = parse({ seq: 1, readings: [heart, heart, { kind: 'spo2', value: 6789 }] });
    expect(parsed).toMatchObject({
      reason: 'implausible',
      detail: expect.stringContaining('readings[2].value'),
    });
    expect(JSON.stringify(parsed)).not.toContain('6789');
    const hint = one({ kind: 'heart-rate', value: null });
    expect(hint).toMatchObject({ detail: expect.stringContaining('absent') });
  });
});

describe('a message as a device sends it', () => {
  it('comes back from JSON', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(parseMessage(encodeMessageJson(message))).toEqual({ kind: 'message', message });
      }),
    );
  });

  it('comes back from CBOR', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(parseMessage(encodeMessageCbor(message))).toEqual({ kind: 'message', message });
      }),
    );
  });

  it('takes 44 bytes of CBOR for 7 vitals', () => {
    const at = 1795262400123;
    const body = encodeMessageCbor({
      seq: 1207,
      readings: [
        { at, measurement: { kind: 'heart-rate', value: 72 } },
        { at, measurement: { kind: 'spo2', value: 97 } },
        { at, measurement: { kind: 'respiratory-rate', value: 16 } },
        { at, measurement: { kind: 'body-temperature', value: 36.6 } },
        { at, measurement: { kind: 'blood-pressure', systolic: 121, diastolic: 79, mean: 93 } },
      ],
    });
    expect(body.length).toBe(44);
  });
});
