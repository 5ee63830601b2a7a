// Both directions of every characteristic, and what hostile octets can do to it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../message.ts';
import { encodeMessageJson } from '../message-encode.ts';
import { bytesToHex } from '../vector.ts';
import { CODECS } from './arbitrary.ts';
import { type DeviceClock, GATT_DECODERS, GATT_REFUSALS } from './index.ts';

const CLOCK: DeviceClock = { offsetMinutes: 60, sessionStartMs: 1_795_262_400_000 };

/** Octets that look like the characteristic's own: short, with plausible flags, and then cut, grown or flipped. */
function hostileTo(index: number): fc.Arbitrary<Uint8Array> {
  const { structures, encode } = CODECS[index]!;
  const mutated = fc
    .tuple(
      structures,
      fc.nat(),
      fc.nat(255),
      fc.integer({ min: -6, max: 6 }),
      fc.uint8Array({ maxLength: 6 }),
    )
    .map(([value, place, flip, change, tail]) => {
      const bytes = encode(value);
      if (bytes.length > 0) bytes[place % bytes.length] = bytes[place % bytes.length]! ^ flip;
      const kept = bytes.subarray(0, Math.max(0, bytes.length + Math.min(0, change)));
      return Uint8Array.of(...kept, ...(change > 0 ? tail : []));
    });
  return fc.oneof(fc.uint8Array({ maxLength: 40 }), mutated, mutated);
}

describe.each(CODECS.map((codec, index) => ({ ...codec, index })))('$name', (codec) => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(codec.structures, (value) => {
        // fast-check's records have no prototype; a clone has one.
        const plain = structuredClone(value);
        expect(codec.decode(codec.encode(value))).toStrictEqual({ kind: 'decoded', value: plain });
      }),
      { numRuns: 200 },
    );
  });

  it('survives any octets, and what it takes it would send so that it is taken the same', () => {
    fc.assert(
      fc.property(hostileTo(codec.index), (bytes) => {
        const before = bytesToHex(bytes);
        const outcome = codec.decode(bytes);
        expect(bytesToHex(bytes)).toBe(before);
        if (outcome.kind === 'refused') expect(GATT_REFUSALS).toContain(outcome.reason);
        else if (!codec.name.startsWith('RACP')) {
          expect(codec.decode(codec.encode(outcome.value))).toStrictEqual(outcome);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('every decoder of the registry', () => {
  const decoders = [...GATT_DECODERS.values()];

  it.each(decoders)('$name yields only measurements that the language itself takes', (decoder) => {
    const anyOctets = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(CODECS.length - 1).chain(hostileTo),
      fc.nat(CODECS.length - 1).chain((index) => CODECS[index]!.structures.map(CODECS[index]!.encode)),
    );
    fc.assert(
      fc.property(anyOctets, fc.boolean(), (bytes, known) => {
        const outcome = decoder.measure(bytes, known ? CLOCK : {});
        if (outcome.kind === 'refused') {
          expect(GATT_REFUSALS).toContain(outcome.reason);
          return;
        }
        const readings = outcome.value;
        if (readings.length === 0) return;
        const parsed = parseMessage(encodeMessageJson({ seq: 0, readings }));
        expect(parsed).toStrictEqual({ kind: 'message', message: { seq: 0, readings } });
      }),
      { numRuns: 400 },
    );
  });

  it('never puts a measured number into a refusal', () => {
    // What a heart rate of 77, intervals of 833 and a pressure of 121 would leave behind.
    const details = decoders.flatMap(({ measure }) => {
      const bytes = Uint8Array.of(0xff, 77, 0x41, 0x03, 121, 0xf0, 77, 77, 121, 77, 121, 77, 121, 77);
      return Array.from({ length: bytes.length }, (_, length) => measure(bytes.subarray(0, length), {}));
    });
    const refused = details.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome.detail] : []));
    expect(refused.length).toBeGreaterThan(100);
    for (const detail of refused) expect(detail).not.toMatch(/77|833|121/);
  });

  it('reads out of the middle of a larger buffer as it reads a buffer of its own', () => {
    for (const { structures, encode, decode } of CODECS) {
      fc.assert(
        fc.property(structures, (value) => {
          const own = encode(value);
          const larger = new Uint8Array(own.length + 7).fill(0xff);
          larger.set(own, 3);
          expect(decode(larger.subarray(3, 3 + own.length))).toStrictEqual(decode(own));
        }),
        { numRuns: 20 },
      );
    }
  });
});
