import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { events, readings } from './arbitrary.ts';
import { encodeReading } from './canonical.ts';
import { EntryError } from './cbor-reader.ts';
import { decodeEntry, decodeEvent, encodeEvent, type HubEvent } from './event.ts';
import { bytesToHex, hexToBytes as hex } from './vector.ts';

const event: HubEvent = {
  subject: new Uint8Array(16),
  at: 1,
  name: 'login',
  detail: { user: 'x', 'a-b': 1.5, n: -2 },
};
const HEAD = '0002 01 50 00000000000000000000000000000000 02 01';

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'accepted';
  } catch (error) {
    return error instanceof EntryError ? error.code : `threw ${String(error)}`;
  }
}

describe('canonical bytes of a hub event', () => {
  it('have their details in the order of RFC 8949', () => {
    expect(bytesToHex(encodeEvent(event))).toBe(
      `a5 ${HEAD} 03 09 04 a3 616e 21 63612d62 f93e00 6475736572 6178`.replaceAll(' ', ''),
    );
  });

  it('come back as the event they were', () => {
    fc.assert(
      fc.property(events, (made) => {
        expect(decodeEntry(encodeEvent(made))).toEqual({ type: 'event', event: made });
      }),
    );
  });

  it('tell readings and events apart', () => {
    fc.assert(
      fc.property(readings, (reading) => {
        expect(decodeEntry(encodeReading(reading))).toEqual({ type: 'reading', reading });
      }),
      { numRuns: 30 },
    );
  });

  it('are the only bytes of their event', () => {
    fc.assert(
      fc.property(events, fc.nat(), fc.nat(255), (made, at, byte) => {
        const bytes = encodeEvent(made);
        bytes[at % bytes.length] = byte;
        let decoded: HubEvent;
        try {
          decoded = decodeEvent(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(EntryError);
          return;
        }
        expect(bytesToHex(encodeEvent(decoded))).toBe(bytesToHex(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['accepted', `a5 ${HEAD} 03 09 04 a0`],
    ['unknown-code', `a5 ${HEAD} 03 00 04 a0`],
    ['unknown-code', `a5 ${HEAD} 03 1864 04 a0`],
    ['unknown-code', `a5 ${HEAD.replace('0002', '0003')} 03 09 04 a0`],
    ['missing-key', `a4 ${HEAD} 03 09`],
    ['not-deterministic', `a5 ${HEAD} 03 09 04 a2 6162 01 6161 01`],
    ['not-deterministic', `a5 ${HEAD} 03 09 04 a2 6161 01 6161 01`],
    ['not-deterministic', `a5 ${HEAD} 03 09 04 a1 6161 f93c00`],
    ['not-deterministic', `a5 ${HEAD} 03 09 04 a1 6161 f98000`],
    ['out-of-range', `a5 ${HEAD} 03 09 04 a1 6141 01`],
    ['out-of-range', `a5 ${HEAD} 03 09 04 a1 6161 f97e00`],
    ['wrong-type', `a5 ${HEAD} 03 09 04 a1 6161 61ff`],
    ['wrong-type', `a5 ${HEAD} 03 09 04 a1 6161 f6`],
    ['trailing-bytes', `a5 ${HEAD} 03 09 04 a0 00`],
  ])('decode as %s: %s', (code, bytes) => {
    expect(codeOf(() => decodeEntry(hex(bytes)))).toBe(code);
  });

  it('refuse to be written beyond their limits', () => {
    const written = (detail: HubEvent['detail']) => codeOf(() => encodeEvent({ ...event, detail }));
    expect(written({ Name: 'x' })).toBe('out-of-range');
    expect(written({ name: 'x'.repeat(257) })).toBe('out-of-range');
    expect(written({ name: '\ud800' })).toBe('out-of-range');
    expect(written({ count: Number.NaN })).toBe('out-of-range');
    expect(written(Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, at])))).toBe(
      'out-of-range',
    );
    expect(codeOf(() => encodeEvent({ ...event, at: -1 }))).toBe('out-of-range');
    expect(codeOf(() => encodeEvent({ ...event, subject: new Uint8Array(8) }))).toBe('out-of-range');
  });
});
