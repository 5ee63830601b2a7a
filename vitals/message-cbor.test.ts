import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { BODY_MAX_BYTES, CONTAINERS_MAX, ITEMS_MAX, READINGS_MAX, SAMPLES_MAX } from './limit.ts';
import { type ParsedMessage, parseMessage } from './message.ts';
import { NO_SAMPLE } from './reading.ts';
import { hexToBytes as hex } from './vector.ts';

const heart = new Map<unknown, unknown>([
  [0, 1],
  [1, 72],
]);
const expected = { seq: 1, readings: [{ measurement: { kind: 'heart-rate', value: 72 } }] };

function send(readings: unknown): ParsedMessage {
  return parseMessage(
    encode(
      new Map<unknown, unknown>([
        [0, 1],
        [3, readings],
      ]),
    ),
  );
}

function outcome(parsed: ParsedMessage): string {
  return parsed.kind === 'refused' ? parsed.reason : 'accepted';
}

function wave(samples: Uint8Array): Uint8Array {
  const head = hex('a2 00 01 03 81 a2 00 0c 06 a5 00 61 49 01 18 fa 02 18 c8 03 00 04');
  return Uint8Array.from([...head, ...samples]);
}

describe('a message in CBOR', () => {
  it('takes text keys, integer keys and the pair alike', () => {
    expect(send([heart])).toEqual({ kind: 'message', message: expected });
    expect(send([[1, 72]])).toEqual({ kind: 'message', message: expected });
    expect(send([['heart-rate', 72]])).toEqual({ kind: 'message', message: expected });
    const spelled = encode({ seq: 1, readings: [{ kind: 'heart-rate', value: 72 }] });
    expect(parseMessage(spelled)).toEqual({ kind: 'message', message: expected });
    expect(parseMessage(spelled, 'application/cbor')).toEqual({ kind: 'message', message: expected });
  });

  it('takes what streaming encoders write: no lengths, long heads, doubles, the self-described mark', () => {
    expect(parseMessage(hex('bf 00 01 03 9f bf 00 01 01 18 48 ff ff ff'))).toEqual({
      kind: 'message',
      message: expected,
    });
    expect(parseMessage(hex('b9 0002 1800 1b0000000000000001 03 81 82 01 fb4052000000000000'))).toEqual({
      kind: 'message',
      message: expected,
    });
    expect(parseMessage(hex('d9d9f7 a2 00 01 03 81 82 01 18 48'))).toEqual({
      kind: 'message',
      message: expected,
    });
  });

  it('takes codes for words, and blood pressure as a pair with gaps', () => {
    const parsed = send([
      new Map([
        [0, 2],
        [5, 1],
        [7, 3],
      ]),
      [5, [121, null, 93]],
    ]);
    expect(parsed).toMatchObject({
      message: {
        readings: [
          { measurement: { kind: 'spo2', absent: 'sensor-off', quality: 'poor' } },
          { measurement: { kind: 'blood-pressure', systolic: 121, mean: 93 } },
        ],
      },
    });
  });

  it.each([
    ['uint8', '40', 'd840 43 01ff80', [1, 255, 128]],
    ['uint16 big', '41', 'd841 44 0001ffff', [1, 65535]],
    ['uint16 little', '45', 'd845 44 0100ffff', [1, 65535]],
    ['sint8', '48', 'd848 42 01ff', [1, -1]],
    ['sint16 big', '49', 'd849 44 0001ffff', [1, -1]],
    ['sint32 big', '4a', 'd84a 44 fffffffe', [-2]],
    ['sint16 little', '4d', 'd84d 46 0100ffff0080', [1, -1, NO_SAMPLE]],
    ['sint32 little', '4e', 'd84e 44 feffffff', [-2]],
    ['a plain array', '', '83 01 f6 20', [1, NO_SAMPLE, -1]],
  ])('takes samples as %s', (_name, _tag, samples, values) => {
    const parsed = parseMessage(wave(hex(samples)));
    expect(parsed).toMatchObject({
      message: { readings: [{ measurement: { wave: { samples: Int32Array.from(values) } } }] },
    });
  });

  it.each([
    ['bad-waveform', 'd84d 43 010203'],
    ['bad-waveform', 'd84d 40'],
    ['bad-waveform', 'd84d 01'],
    ['bad-waveform', '81 fb3ff8000000000000'],
    ['not-cbor', 'd851 48 0000000000000000'],
    ['not-cbor', 'd84d 5a 7fffffff'],
  ])('refuses samples as %s: %s', (reason, samples) => {
    expect(outcome(parseMessage(wave(hex(samples))))).toBe(reason);
  });

  it('bounds the samples of a typed array', () => {
    const length = SAMPLES_MAX + 1;
    const typed = hex(`d840 5a ${length.toString(16).padStart(8, '0')}`);
    expect(outcome(parseMessage(wave(Uint8Array.from([...typed, ...new Uint8Array(length)]))))).toBe(
      'bad-waveform',
    );
  });

  it('bounds the items, and the maps, arrays and tags, before it has made them all', () => {
    const fill = (byte: number, count: number): Uint8Array =>
      Uint8Array.from([
        ...hex('a2 00 01 03 9a'),
        ...hex(count.toString(16).padStart(8, '0')),
        ...new Uint8Array(count).fill(byte),
      ]);
    expect(outcome(parseMessage(fill(0xa0, READINGS_MAX + 1)))).toBe('too-many-readings');
    expect(outcome(parseMessage(fill(0xa0, CONTAINERS_MAX)))).toBe('too-large');
    expect(outcome(parseMessage(fill(0x00, ITEMS_MAX)))).toBe('too-large');
    // An endless array counts as well.
    expect(outcome(parseMessage(Uint8Array.from([0x9f, ...new Uint8Array(ITEMS_MAX)])))).toBe('too-large');
  });

  it('takes the most that a message may hold, written as long as it can be', () => {
    const samples = Array.from({ length: SAMPLES_MAX / 512 }, (_, i) => i % 20);
    const parsed = send(
      Array.from(
        { length: READINGS_MAX },
        (_, i) =>
          new Map<unknown, unknown>([
            ['kind', 'ecg'],
            ['at', i],
            ['quality', 'ok'],
            [
              'waveform',
              new Map<unknown, unknown>([
                ['lead', 'II'],
                ['rateHz', 500],
                ['gain', 200],
                ['baseline', 0],
                ['samples', samples],
              ]),
            ],
          ]),
      ),
    );
    expect(parsed.kind).toBe('message');
  });

  it.each([
    ['duplicate-field', 'a3 00 01 00 02 03 81 82 01 18 48'],
    ['duplicate-field', 'a3 00 01 63 736571 02 03 81 82 01 18 48'],
    ['unknown-field', 'a3 00 01 03 81 82 01 18 48 04 00'],
    ['unknown-field', 'a3 00 01 03 81 82 01 18 48 69 5f5f70726f746f5f5f a0'],
    ['unknown-field', 'a2 00 01 03 81 a3 00 01 01 18 48 0b 00'],
    ['unknown-kind', 'a2 00 01 03 81 82 18 63 18 48'],
    ['unknown-word', 'a2 00 01 03 81 a2 00 01 05 09'],
    ['unknown-word', 'a2 00 01 03 81 a3 00 01 01 18 48 07 00'],
    ['wrong-type', 'a2 00 01 03 81 83 01 18 48 00'],
    ['wrong-type', 'a2 00 01 03 81 82 05 82 18 79 18 4f'],
    ['wrong-type', 'a2 00 01 03 81 82 01 f6'],
    ['wrong-type', 'a2 00 01 03 05'],
    ['implausible', 'a2 00 01 03 81 82 01 00'],
    ['not-cbor', 'a2 00 01 03 81 82 01 f97e00'],
    ['not-cbor', 'a2 00 01 03 81 82 01 f97c00'],
    ['not-cbor', 'a2 00 01 03 81 82 01 f7'],
    ['not-cbor', 'a2 00 1b ffffffffffffffff 03 81 82 01 18 48'],
    ['not-cbor', 'a2 00 01 03 81 82 01 18'],
    ['not-cbor', 'a2 00 01 03 81 82 01 18 48 00'],
    ['not-cbor', 'a2 00 01 03 ff'],
    ['not-cbor', 'a2 00 01 03 81 82 01 c2 41 48'],
    ['bad-sequence', 'a2 00 20 03 81 82 01 18 48'],
    ['missing-field', 'a0'],
    ['not-cbor', 'bf'],
  ])('refuses as %s: %s', (reason, body) => {
    expect(outcome(parseMessage(hex(body)))).toBe(reason);
  });

  it.each([
    ['arrays', '81'],
    ['maps', 'a100'],
    ['arrays without length', '9f'],
    ['maps without length', 'bf00'],
    ['tags', 'd84d'],
    ['maps whose count a stray break might close', 'a200ff01'],
    ['maps without length and a stray break', 'bf00ff01'],
  ])('bounds the nesting of %s', (_name, unit) => {
    const part = hex(unit);
    const bomb = new Uint8Array(BODY_MAX_BYTES);
    for (let at = 4; at + part.length <= bomb.length; at += part.length) bomb.set(part, at);
    bomb.set(hex('a2 00 01 03'));
    const started = performance.now();
    expect(['too-deep', 'not-cbor']).toContain(outcome(parseMessage(bomb)));
    expect(performance.now() - started).toBeLessThan(50);
  });

  it('allocates nothing for a length that is only claimed', () => {
    for (const claim of [
      '9b 001fffffffffffff',
      'bb 001fffffffffffff',
      '5b 001fffffffffffff',
      '7b 001fffffffffffff',
    ]) {
      const started = performance.now();
      expect(outcome(parseMessage(hex(`a2 00 01 03 ${claim}`)))).toBe('not-cbor');
      expect(performance.now() - started).toBeLessThan(50);
    }
  });
});
