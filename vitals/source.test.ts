import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourcedMessages } from './arbitrary.ts';
import { parseMessage } from './message.ts';
import { encodeMessageCbor, encodeMessageJson } from './message-encode.ts';

function outcome(source: unknown): string {
  const heart = new Map<unknown, unknown>([
    [0, 1],
    [1, 72],
    [10, source],
  ]);
  const parsed = parseMessage(
    encode(
      new Map<unknown, unknown>([
        [0, 1],
        [3, [heart]],
      ]),
    ),
  );
  return parsed.kind === 'refused' ? parsed.reason : 'accepted';
}
const octets = Uint8Array.of(0, 72);

describe('the source of a reading', () => {
  it('comes back as it was sent, octet for octet', () => {
    fc.assert(
      fc.property(sourcedMessages, (message) => {
        expect(parseMessage(encodeMessageCbor(message), 'application/cbor')).toEqual({
          kind: 'message',
          message,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('is taken in CBOR alone, for JSON has no octets', () => {
    expect(outcome([0x2a37, 1, octets, 3, 0, 0])).toBe('accepted');
    const body = '{"seq":1,"readings":[{"kind":"heart-rate","value":72,"source":[10807,1,"0048",3,0,0]}]}';
    const parsed = parseMessage(new TextEncoder().encode(body));
    expect(parsed.kind === 'refused' && parsed.reason).toBe('wrong-type');
    const source = {
      characteristic: 0x2a37,
      version: 1,
      octets,
      clock: 'arrival',
      stored: false,
      shiftMs: 0,
    } as const;
    const measurement = { kind: 'heart-rate', value: 72 } as const;
    expect(() => encodeMessageJson({ seq: 1, readings: [{ measurement, source }] })).toThrow(RangeError);
  });

  it('is refused whole where one of its six places is wrong', () => {
    expect(outcome([0x2a37, 1, octets, 3, 0])).toBe('wrong-type');
    expect(outcome([0, 1, octets, 3, 0, 0])).toBe('wrong-type');
    expect(outcome([0x2a37, 256, octets, 3, 0, 0])).toBe('wrong-type');
    expect(outcome([0x2a37, 1, Uint8Array.of(), 3, 0, 0])).toBe('wrong-type');
    expect(outcome([0x2a37, 1, 'text', 3, 0, 0])).toBe('wrong-type');
    expect(outcome([0x2a37, 1, octets, 4, 0, 0])).toBe('accepted');
    expect(outcome([0x2a37, 1, octets, 5, 0, 0])).toBe('unknown-word');
    expect(outcome([0x2a37, 1, octets, 3, 2, 0])).toBe('wrong-type');
    expect(outcome([0x2a37, 1, octets, 3, 0, 0.5])).toBe('wrong-type');
  });
});
