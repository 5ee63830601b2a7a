import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readings } from './arbitrary.ts';
import { decodeReading, encodeReading, lendReading } from './canonical.ts';
import { EntryError } from './cbor-reader.ts';
import type { Measurement, Reading } from './reading.ts';
import { bytesToHex, hexToBytes as hex } from './vector.ts';

const subject = hex('00112233445566778899aabbccddeeff');
const base: Reading = {
  subject,
  device: 'chest-strap-1',
  seq: 1207,
  index: 0,
  at: 1795262400123,
  received: 1795262400456,
  origin: 'wearable',
  measurement: { kind: 'heart-rate', value: 72 },
};
const HEAD = '0001 01 50 00112233445566778899aabbccddeeff 02 6d 63686573742d73747261702d31';
const TIMES = '06 1b000001a1fdfa467b 07 1b000001a1fdfa47c8';

function codeOf(bytes: Uint8Array): string {
  try {
    decodeReading(bytes);
    return 'accepted';
  } catch (error) {
    return error instanceof EntryError ? error.code : `threw ${String(error)}`;
  }
}

function encodeCode(change: object): string {
  try {
    encodeReading({ ...base, ...change });
    return 'encoded';
  } catch (error) {
    return error instanceof EntryError ? error.code : `threw ${String(error)}`;
  }
}

describe('canonical bytes of a reading', () => {
  it('are written as the specification works them out', () => {
    expect(bytesToHex(encodeReading(base))).toBe(
      `aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0`.replaceAll(' ', ''),
    );
  });

  it('come back as the reading they were', () => {
    fc.assert(
      fc.property(readings, (reading) => {
        expect(decodeReading(encodeReading(reading))).toEqual(reading);
      }),
      { numRuns: 500 },
    );
  });

  it('are lent the same, behind whatever room the caller asks for', () => {
    fc.assert(
      fc.property(readings, fc.nat(2_000), (reading, behind) => {
        const { subject: whose, device, ...told } = reading;
        const lent = lendReading(behind, told, whose, device).slice(behind);
        expect(lent).toEqual(encodeReading(reading));
      }),
      { numRuns: 300 },
    );
  });

  it('are the only bytes of their reading: whatever else decodes encodes to itself', () => {
    fc.assert(
      fc.property(
        readings,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: -3, max: 3 }),
        (reading, changes, grown) => {
          const made = encodeReading(reading);
          const bytes = new Uint8Array(Math.max(0, made.length + grown));
          bytes.set(made.subarray(0, bytes.length));
          for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          let decoded: Reading;
          try {
            decoded = decodeReading(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(EntryError);
            return;
          }
          expect(bytesToHex(encodeReading(decoded))).toBe(bytesToHex(bytes));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('throws its own error for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(codeOf(bytes)).not.toMatch(/^(accepted|threw)/);
      }),
    );
  });

  it('refuses every reading cut short, and one with a byte behind it', () => {
    const bytes = encodeReading(base);
    for (let length = 0; length < bytes.length; length += 1)
      expect(codeOf(bytes.subarray(0, length))).toBe('truncated');
    expect(codeOf(Uint8Array.from([...bytes, 0]))).toBe('trailing-bytes');
  });

  it.each([
    ['accepted', `aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0`],
    ['not-deterministic', `b80a ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0`],
    ['not-deterministic', `aa ${HEAD} 04 1a000004b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0`],
    ['not-deterministic', `bf ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0 ff`],
    ['not-deterministic', `aa ${HEAD} 04 1904b7 04 00 ${TIMES} 08 01 09 01 0a 1902d0`],
    ['missing-key', `a9 ${HEAD} 05 00 ${TIMES} 08 01 09 01 0a 1902d0`],
    ['missing-key', `a9 ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01`],
    ['wrong-type', `aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a f94880`],
    ['wrong-type', `aa ${HEAD} 04 20 05 00 ${TIMES} 08 01 09 01 0a 1902d0`],
    ['wrong-type', `aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 05 0a 1902d0`],
    ['missing-key', `aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 05 0a 83f6f6f6`],
    ['unknown-code', `aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 09 09 01 0a 1902d0`],
    ['unknown-code', `aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 18ff 0a 1902d0`],
    ['unknown-code', `aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0c 00`],
    ['unknown-code', `aa ${HEAD.replace('0001', '0002')} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0`],
    ['unknown-key', `ab ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0 0c 01`],
    ['unknown-key', `ab ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0 0f 01`],
    ['out-of-range', `aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1a80000000`],
    ['out-of-range', `aa ${HEAD} 04 1b0020000000000000 05 00 ${TIMES} 08 01 09 01 0a 1902d0`],
    ['out-of-range', `aa ${HEAD.replace('6d 63', '6d 43')} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0`],
    ['out-of-range', `aa ${HEAD.replace('50 00', '4f ')} 04 1904b7 05 00 ${TIMES} 08 01 09 01 0a 1902d0`],
  ])('decodes as %s: %s', (code, bytes) => {
    expect(codeOf(hex(bytes))).toBe(code);
  });

  it.each([
    ['not-deterministic', 'a5 00 6149 01 f95c80 02 01 03 00 04 d84d 420100'],
    ['not-deterministic', 'a5 00 6149 01 01 02 fa3f000000 03 00 04 d84d 420100'],
    ['not-deterministic', 'a5 00 6149 01 01 02 fb3fe0000000000000 03 00 04 d84d 420100'],
    ['not-deterministic', 'a5 00 6149 01 01 02 fb3ff19999a0000000 03 00 04 d84d 420100'],
    ['accepted', 'a5 00 6149 01 01 02 fa3f8ccccd 03 00 04 d84d 420100'],
    ['accepted', 'a5 00 6149 01 01 02 fb3ff199999999999a 03 00 04 d84d 420100'],
    ['not-deterministic', 'a5 00 6149 01 01 02 f93800 03 00 04 d84e 4401000000'],
    ['wrong-type', 'a5 00 6149 01 01 02 f93800 03 00 04 d84d 4101'],
    ['wrong-type', 'a5 00 6149 01 01 02 f93800 03 00 04 d849 420100'],
    ['out-of-range', 'a5 00 6149 01 01 02 f97c00 03 00 04 d84d 420100'],
    ['out-of-range', 'a5 00 6149 01 01 02 00 03 00 04 d84d 420100'],
    ['out-of-range', 'a5 00 6149 01 01 02 f93800 03 00 04 d84d 40'],
    ['out-of-range', 'a5 00 60 01 01 02 f93800 03 00 04 d84d 420100'],
    ['missing-key', 'a4 00 6149 01 01 02 f93800 03 00'],
    ['accepted', 'a5 00 6149 01 01 02 f93800 03 00 04 d84d 420100'],
  ])('decodes a waveform as %s: %s', (code, wave) => {
    expect(codeOf(hex(`aa ${HEAD} 04 1904b7 05 00 ${TIMES} 08 01 09 0c 0b ${wave}`))).toBe(code);
  });

  it('refuses to write what breaks an invariant', () => {
    const measured = (measurement: Measurement) => encodeCode({ measurement });
    expect(measured({ kind: 'heart-rate', value: 72.25 })).toBe('out-of-range');
    expect(measured({ kind: 'heart-rate', value: Number.NaN })).toBe('out-of-range');
    expect(measured({ kind: 'heart-rate', value: 1e12 })).toBe('out-of-range');
    expect(measured({ kind: 'blood-pressure' })).toBe('missing-key');
    expect(encodeCode({ device: 'Nobody' })).toBe('out-of-range');
    expect(encodeCode({ subject: new Uint8Array(15) })).toBe('out-of-range');
    expect(encodeCode({ seq: -1 })).toBe('out-of-range');
    expect(encodeCode({ received: 1.5 })).toBe('out-of-range');
    expect(encodeCode({ origin: 'nowhere' })).toBe('unknown-code');
    expect(encodeCode({})).toBe('encoded');
  });
});
