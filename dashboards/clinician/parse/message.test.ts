import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heartRate, NOW, PATIENT, wireHeartRate, wireSnapshot } from '../feed-sample.ts';
import { MESSAGE_CHARS_MAX, type Parsed, parseFeed } from './message.ts';

const parse = (json: unknown): Parsed => parseFeed(JSON.stringify(json));
const readings = (...list: readonly unknown[]): Parsed =>
  parse({ type: 'readings', feed: 1, now: NOW, readings: list });

function message(parsed: Parsed): Extract<Parsed, { kind: 'message' }>['message'] {
  if (parsed.kind !== 'message') throw new Error(parsed.why);
  return parsed.message;
}

function oneReading(over: object): unknown {
  const parsed = message(readings(wireHeartRate('57.1.0', NOW, over)));
  return parsed.type === 'readings' ? parsed.readings[0]?.measurement : undefined;
}

describe('parseFeed', () => {
  it('takes a snapshot whole', () => {
    const parsed = message(parse(wireSnapshot()));
    expect(parsed).toMatchObject({ type: 'snapshot', feed: 100, batch: null });
    if (parsed.type !== 'snapshot') throw new Error('no snapshot');
    expect(parsed.patients[0]?.recent['heart-rate']).toEqual([heartRate('57.1.0', NOW - 1_000)]);
  });

  it('takes scores with their inputs, and none with points that no chart has', () => {
    const inputs = { pulse: { at: NOW, points: 2 }, spo2: { at: NOW }, mood: { at: NOW, points: 1 } };
    const score = { score: 2, most: 19, scale: 1, inputs };
    const scores = [{ patient: PATIENT, score }];
    expect(message(parse({ type: 'scores', feed: 1, now: NOW, scores }))).toMatchObject({
      scores: [
        {
          patient: PATIENT,
          score: { inputs: { pulse: { at: NOW, points: 2 }, spo2: { points: undefined } } },
        },
      ],
    });
    const odd = [{ patient: PATIENT, score: { ...score, inputs: { pulse: { at: NOW, points: 4 } } } }];
    expect(parse({ type: 'scores', feed: 1, now: NOW, scores: odd }).kind).toBe('malformed');
  });

  it('takes what the hub says of its disk, and no other word', () => {
    const disk = { state: 'full', since: NOW, freeBytes: 0 };
    const told = message(parse({ type: 'disk', feed: 1, now: NOW, disk }));
    expect(told).toEqual({ type: 'disk', feed: 1, now: NOW, disk });
    expect(message(parse(wireSnapshot({ disk })))).toMatchObject({ disk });
    expect(message(parse(wireSnapshot()))).toMatchObject({ disk: null });
    const other = parse({ type: 'disk', feed: 1, now: NOW, disk: { ...disk, state: 'tired' } });
    expect(other.kind).toBe('malformed');
  });

  it('takes every shape of measurement', () => {
    expect(oneReading({ value: undefined, kind: 'blood-pressure', systolic: 121, diastolic: 79 })).toEqual({
      kind: 'blood-pressure',
      systolic: 121,
      diastolic: 79,
    });
    expect(oneReading({ value: undefined, absent: 'sensor-off', quality: 'poor' })).toEqual({
      kind: 'heart-rate',
      absent: 'sensor-off',
      quality: 'poor',
    });
    const wave = { lead: 'MLII', rateHz: 250, gain: 200, baseline: 1024, samples: [1024, -32768, 1100] };
    expect(oneReading({ value: undefined, kind: 'ecg', wave })).toEqual({
      kind: 'ecg',
      wave: { ...wave, samples: Int32Array.of(1024, -32768, 1100) },
    });
  });

  it('ignores unknown types, fields and kinds', () => {
    expect(message(parse({ type: 'weather', feed: 3, now: NOW, rain: true })).type).toBe('other');
    expect(message(parse({ type: 'tick', feed: 3, now: NOW, more: 1 }))).toEqual({
      type: 'tick',
      feed: 3,
      now: NOW,
    });
    expect(message(readings(wireHeartRate('1.1.1', NOW, { kind: 'mood' })))).toMatchObject({ readings: [] });
  });

  it.each<[string, object]>([
    ['a text for a value', { value: '72' }],
    ['no value', { value: undefined }],
    ['a value beside "absent"', { absent: 'sensor-off' }],
    ['an absent reason of its own', { value: undefined, absent: 'asleep' }],
    ['an unknown origin', { origin: 'heaven' }],
    ['an unknown quality', { quality: 'superb' }],
    ['an id that leaves its path', { id: '../../policy' }],
    ['an id with markup', { id: '<b>1.2.3</b>' }],
    ['a patient that is no pseudonym', { patient: 'Ada' }],
    ['a negative time', { received: -1 }],
    ['a time beyond the calendar', { at: 9e15 }],
    ['a fractional sequence', { seq: 1.5 }],
    ['a device name without end', { device: 'x'.repeat(65) }],
  ])('refuses a reading with %s', (_what, over) => {
    expect(readings(wireHeartRate('57.1.0', NOW, over)).kind).toBe('malformed');
  });

  it.each<[string, object]>([
    ['a fractional sample', { samples: [0.5] }],
    ['a sample beyond 32 bits', { samples: [2 ** 31] }],
    ['samples that are no list', { samples: 'abc' }],
    ['too many samples', { samples: new Array(20_001).fill(0) }],
    ['a rate of zero', { rateHz: 0 }],
    ['a gain of zero', { gain: 0 }],
  ])('refuses a wave with %s', (_what, over) => {
    const wave = { lead: 'I', rateHz: 250, gain: 200, baseline: 0, samples: [1], ...over };
    const parsed = readings(wireHeartRate('57.1.0', NOW, { value: undefined, kind: 'ecg', wave }));
    expect(parsed.kind).toBe('malformed');
  });

  it('refuses the infinity that JSON can spell', () => {
    const text = JSON.stringify({
      type: 'readings',
      feed: 1,
      now: NOW,
      readings: [wireHeartRate('1.1.1', NOW)],
    });
    expect(parseFeed(text.replace('"value":72', '"value":1e999')).kind).toBe('malformed');
  });

  it('refuses one bad reading together with the good ones beside it', () => {
    expect(readings(wireHeartRate('1.1.0', NOW), wireHeartRate('1.1.1', NOW, { value: null })).kind).toBe(
      'malformed',
    );
  });

  it('finds no fields and no kinds on the prototype', () => {
    const parsed = parseFeed('{"type":"tick","now":1,"__proto__":{"feed":1}}');
    expect(parsed).toEqual({ kind: 'malformed', why: 'message.feed is not a number' });
    const snapshot = JSON.stringify(wireSnapshot()).replace(
      '"recent":{',
      '"recent":{"__proto__":[],"toString":[],',
    );
    const taken = message(parseFeed(snapshot));
    if (taken.type !== 'snapshot') throw new Error('no snapshot');
    expect(Object.keys(taken.patients[0]?.recent ?? {})).toEqual(['heart-rate']);
  });

  it('refuses a kind in the list of another', () => {
    const text = JSON.stringify(wireSnapshot()).replace('"recent":{"heart-rate"', '"recent":{"spo2"');
    expect(parseFeed(text).kind).toBe('malformed');
  });

  it('refuses too long a text unread', () => {
    expect(parseFeed(' '.repeat(MESSAGE_CHARS_MAX + 1)).kind).toBe('malformed');
  });

  it('never quotes a value in its complaint', () => {
    const parsed = parse({
      type: 'readings',
      feed: 1,
      now: NOW,
      readings: [wireHeartRate('1.1.1', NOW, { value: 'SECRET' })],
    });
    expect(JSON.stringify(parsed)).not.toContain('SECRET');
  });

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => parseFeed(text).kind !== undefined));
  });

  it('never throws on a message with any one part replaced', () => {
    const text = JSON.stringify({
      ...wireSnapshot(),
      batch: { sequence: 57, end: NOW, entries: 12, ledgerSize: 58 },
    });
    const parts = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|null/g)];
    fc.assert(
      fc.property(fc.nat(parts.length - 1), fc.json(), (index, json) => {
        const part = parts[index];
        if (part === undefined) return;
        const hostile = text.slice(0, part.index) + json + text.slice(part.index + part[0].length);
        const parsed = parseFeed(hostile);
        if (parsed.kind === 'message') expect(typeof parsed.message.feed).toBe('number');
        else expect(parsed.why).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });
});
