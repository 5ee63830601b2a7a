// Whatever bytes come, `parseMessage` answers: it never throws, never takes half, and never lets a value out.

import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messages } from './arbitrary.ts';
import { BODY_MAX_BYTES, READINGS_MAX } from './limit.ts';
import { CONTENT_TYPES, parseMessage } from './message.ts';
import { encodeMessageCbor, encodeMessageJson } from './message-encode.ts';
import { REFUSAL_REASONS } from './refusal.ts';

const types = fc.option(fc.constantFrom(...CONTENT_TYPES, 'application/x', ''), { nil: undefined });

/** What must hold of every answer; an accepted message must be one that can be sent again and means the same. */
function check(body: Uint8Array, contentType: string | undefined): void {
  const parsed = parseMessage(body, contentType);
  // As the broker gives it: a Buffer within a larger one.
  const view = Buffer.concat([Buffer.of(0x7b), body, Buffer.of(0xff)]).subarray(1, -1);
  expect(parseMessage(view, contentType)).toEqual(parsed);
  if (parsed.kind === 'refused') {
    expect(REFUSAL_REASONS).toContain(parsed.reason);
    expect(parsed.detail).toMatch(/^[\x20-\x7e]{10,200}$/);
    return;
  }
  expect(parsed.message.readings.length).toBeGreaterThan(0);
  expect(parsed.message.readings.length).toBeLessThanOrEqual(READINGS_MAX);
  expect(parseMessage(encodeMessageJson(parsed.message))).toEqual(parsed);
  expect(parseMessage(encodeMessageCbor(parsed.message))).toEqual(parsed);
}

const senml: Arbitrary<Uint8Array> = fc
  .array(
    fc.record(
      {
        bn: fc.constantFrom('', 'urn:dev:x:', 'a/'),
        bt: fc.oneof(fc.constantFrom(0, 1795262400.123), fc.double()),
        bu: fc.constantFrom('/min', 'Cel', '/'),
        bv: fc.double(),
        n: fc.constantFrom(
          'seq',
          'boot',
          'heart-rate',
          'spo2',
          'blood-pressure/systolic',
          'ecg',
          '__proto__',
          'x',
        ),
        u: fc.constantFrom('beat/min', '%', 'Cel', 'kPa'),
        v: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.double()),
        vs: fc.constantFrom('sensor-off', 'x'),
        t: fc.oneof(fc.integer(), fc.double()),
        x_: fc.constant(1),
      },
      { requiredKeys: ['n'] },
    ),
    { maxLength: 8 },
  )
  .map((pack) => new TextEncoder().encode(JSON.stringify([{ n: 'seq', v: 1 }, ...pack])));

const valid: Arbitrary<Uint8Array> = fc.oneof(
  messages.map(encodeMessageJson),
  messages.map(encodeMessageCbor),
  senml,
);

describe('a hostile message', () => {
  it('of random bytes is answered', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), types, check), { numRuns: 1500 });
  });

  it('that was valid before some bytes changed, came or went is answered', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: -1, max: 255 }), fc.boolean()), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(valid, edits, types, (body, changes, contentType) => {
        const bytes = Array.from(body);
        for (const [at, byte, insert] of changes) {
          bytes.splice(at % (bytes.length + 1), insert ? 0 : 1, ...(byte < 0 ? [] : [byte]));
        }
        check(Uint8Array.from(bytes), contentType);
      }),
      { numRuns: 3000 },
    );
  });

  it('of any JSON where a message is due is answered', () => {
    const field = fc.oneof(
      fc.json({ maxDepth: 3 }).map((text): unknown => JSON.parse(text)),
      fc.double(),
      fc.constant(1),
    );
    const reading = fc.record(
      {
        kind: fc.constantFrom('heart-rate', 'ecg', 'blood-pressure'),
        value: field,
        systolic: field,
        waveform: field,
        at: field,
        unit: field,
        absent: field,
        quality: field,
      },
      { requiredKeys: ['kind'] },
    );
    const message = fc.record(
      { seq: field, at: field, boot: field, readings: fc.oneof(field, fc.array(reading)) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(message, (made) => check(new TextEncoder().encode(JSON.stringify(made)), undefined)),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['arrays in JSON', '[', undefined],
    ['objects in JSON', '{"readings":', undefined],
    ['arrays where readings are due', '[', '{"seq":1,"readings":'],
    ['a long number', '9', '{"seq":'],
    ['a long text', 'a', '{"seq":"'],
    ['many readings', '{"kind":"heart-rate","value":72},', '{"seq":1,"readings":['],
    ['many fields', '"a":1,', '{'],
    ['many parts of blood pressure', '{"n":"blood-pressure/mean","v":93},', '[{"n":"seq","v":1},'],
  ])('bomb of %s is harmless', (_name, unit, head = '') => {
    const text = head + unit.repeat(Math.floor((BODY_MAX_BYTES - head.length) / unit.length));
    const closed = [text, `${text.replace(/,$/, '')}]`, `${text.replace(/,$/, '')}]}`];
    for (const body of closed) {
      const started = performance.now();
      check(new TextEncoder().encode(body).subarray(0, BODY_MAX_BYTES), undefined);
      expect(performance.now() - started).toBeLessThan(250);
    }
  });

  it('never leaves a trace on the prototype of objects', () => {
    for (const key of ['__proto__', 'constructor', 'prototype', 'toString']) {
      check(
        new TextEncoder().encode(`{"${key}":{"polluted":1},"seq":1,"readings":[{"${key}":{"polluted":1}}]}`),
        undefined,
      );
      check(new TextEncoder().encode(`[{"${key}":{"polluted":1},"n":"seq","v":1}]`), undefined);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
