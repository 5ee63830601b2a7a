import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../base64.ts';
import { hexOf, joinBytes, utf8 } from '../bytes.ts';
import { sha256 } from '../primitive.ts';
import { samplePath } from './calendar-sample.ts';
import { formatOtsEvidence, parseOtsEvidence } from './evidence.ts';
import {
  type Attestation,
  apply,
  attestedBy,
  formatOtsFile,
  formatTimestamp,
  mergeTimestamps,
  type Operation,
  parseOtsFile,
  parseTimestamp,
  pruned,
  stampOf,
  type Timestamp,
} from './timestamp.ts';

const digest = sha256(utf8('a checkpoint'));
const bytes = (max: number, min = 1) => fc.uint8Array({ minLength: min, maxLength: max });
const pending = fc
  .stringMatching(/^[a-z]{1,8}$/)
  .map((host): Attestation => ({ kind: 'pending', uri: `https://${host}.example` }));
const unknown = fc
  .tuple(bytes(8, 8), bytes(40, 0))
  .map(([tag, payload]): Attestation => ({ kind: 'unknown', tag, payload }));
const bitcoin = fc.nat({ max: 2 ** 31 }).map((height): Attestation => ({ kind: 'bitcoin', height }));
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constant<Operation>({ name: 'sha256' }),
  bytes(70).map((argument): Operation => ({ name: 'append', argument })),
  bytes(70).map((argument): Operation => ({ name: 'prepend', argument })),
);
/** Its shape without messages, which follow from the first. */
type Shape = { attestations: Attestation[]; branches: [Operation, Shape][] };
const shapeOf = (depth: number): fc.Arbitrary<Shape> =>
  fc.record({
    attestations: fc.array(fc.oneof(pending, unknown), { maxLength: 3 }),
    branches:
      depth === 0 ? fc.constant([]) : fc.array(fc.tuple(operation, shapeOf(depth - 1)), { maxLength: 3 }),
  });
const shape = shapeOf(4);
const built = (message: Uint8Array, { attestations, branches }: Shape): Timestamp =>
  stampOf(
    message,
    // Something must stand at every end, and Bitcoin's only at 32 bytes.
    branches.length + attestations.length > 0
      ? attestations
      : [{ kind: 'pending', uri: 'https://end.example' }],
    branches.map(([one, inner]) => ({ operation: one, stamp: built(apply(one, message), inner) })),
  );
const stamps = fc.oneof(
  shape.map((one) => built(digest, one)),
  bitcoin.map((attestation) => samplePath(digest, [{ name: 'sha256' }], attestation)),
);

/** `hello` as OpenTimestamps' own documents have it in words: sha256, append, sha256, a promise. */
const simple = samplePath(digest, [{ name: 'append', argument: Uint8Array.of(1, 2) }, { name: 'sha256' }], {
  kind: 'pending',
  uri: 'https://a.example',
});

describe('a timestamp', () => {
  it('is written byte for byte as the format says', () => {
    const head = '004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e89294';
    const promise = `0083dfe30d2ef90c8e1211${hexOf(utf8('https://a.example'))}`;
    expect(hexOf(formatOtsFile(simple))).toBe(`${head}0108${hexOf(digest)}f002010208${promise}`);
    const block = samplePath(digest, [], { kind: 'bitcoin', height: 358_391 });
    expect(hexOf(formatTimestamp(block))).toBe('000588960d73d7190103f7ef15');
  });

  it('is read as it was written, and written as it was read', () => {
    fc.assert(
      fc.property(stamps, (stamp) => {
        const file = formatOtsFile(stamp);
        expect(parseOtsFile(file)).toEqual(stamp);
        expect(formatOtsFile(parseOtsFile(file))).toEqual(file);
        expect(parseTimestamp(digest, formatTimestamp(stamp))).toEqual(stamp);
      }),
      { numRuns: 300 },
    );
  });

  it('computes every message itself', () => {
    const [promise] = attestedBy(parseOtsFile(formatOtsFile(simple)), 'pending');
    expect(promise?.message).toEqual(sha256(joinBytes(digest, Uint8Array.of(1, 2))));
  });

  it('is merged with another over the same message, whichever comes first', () => {
    fc.assert(
      fc.property(stamps, stamps, (one, other) => {
        const both = mergeTimestamps(one, other);
        expect(mergeTimestamps(other, one)).toEqual(both);
        expect(mergeTimestamps(both, one)).toEqual(both);
        const count = (stamp: Timestamp): number => attestedBy(stamp, 'pending').length;
        expect(count(both)).toBeGreaterThanOrEqual(Math.max(count(one), count(other)));
        expect(parseOtsFile(formatOtsFile(both))).toEqual(both);
      }),
      { numRuns: 200 },
    );
    expect(() =>
      mergeTimestamps(simple, samplePath(sha256(digest), [], { kind: 'bitcoin', height: 1 })),
    ).toThrow('different messages');
  });

  it('is pruned to what is kept, and to nothing where nothing is', () => {
    fc.assert(
      fc.property(stamps, (stamp) => {
        expect(pruned(stamp, () => true)).toEqual(stamp);
        expect(pruned(stamp, () => false)).toBeUndefined();
        const promises = pruned(stamp, ({ attestation }) => attestation.kind === 'pending');
        if (promises) expect(attestedBy(promises, 'pending')).toEqual(attestedBy(stamp, 'pending'));
        if (promises) expect(attestedBy(promises, 'unknown')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('takes an answer in any order, and a file in the one order only', () => {
    const end = (uri: string) => formatTimestamp(samplePath(digest, [], { kind: 'pending', uri }));
    const fork = Uint8Array.of(0xff);
    const [a, b] = [end('https://a.example'), end('https://b.example')];
    const answer = joinBytes(fork, b, a);
    expect(formatTimestamp(parseTimestamp(digest, answer))).toEqual(joinBytes(fork, a, b));
    const head = formatOtsFile(simple).slice(0, 32 + 33);
    expect(() => parseOtsFile(joinBytes(head, answer))).toThrow('not printed in the one order');
    expect(() => parseOtsFile(joinBytes(head, fork, a, a))).toThrow('not printed in the one order');
    expect(parseOtsFile(joinBytes(head, fork, a, b)).attestations).toHaveLength(2);
  });

  const file = formatOtsFile(simple);
  const withTree = (...tree: number[]): Uint8Array => joinBytes(file.slice(0, 65), Uint8Array.from(tree));
  const promise = [...formatTimestamp(samplePath(digest, [], { kind: 'pending', uri: 'a' }))];
  const block = [0, 5, 0x88, 0x96, 0x0d, 0x73, 0xd7, 0x19, 1];
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /cut off/],
    ['another kind of file', new Uint8Array(100), /does not begin as one/],
    ['version 2', file.with(31, 2), /version 2/],
    ['another hash', file.with(32, 2), /another hash/],
    ['a file cut off', file.slice(0, -1), /cut off/],
    ['bytes after the end', joinBytes(file, Uint8Array.of(0)), /after its end/],
    ['no attestation', withTree(), /cut off/],
    ['an end without one', withTree(8), /cut off/],
    ['an operation of another kind', withTree(2, ...promise), /operation sha1/],
    ['an operation that nobody knows', withTree(0x77, ...promise), /operation 119/],
    ['an append of nothing', withTree(0xf0, 0, ...promise), /appends nothing/],
    ['an append of too much', withTree(0xf0, 0xff, 0x7f, ...promise), /larger than 4096/],
    ['a number spelled long', withTree(0xf0, 0x81, 0, 1, ...promise), /longer than need be/],
    ['a number without end', withTree(0xf0, ...Array<number>(90).fill(0xff)), /larger than/],
    ['a Bitcoin block of 33 bytes', withTree(0xf0, 1, 1, ...block, 1, 5), /no Merkle root/],
    ['a Bitcoin block with more behind', withTree(...block, 2, 5, 5), /after its end/],
    ['a height of 40 bits', withTree(...block, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 1), /larger than/],
    ['a calendar with a query', withTree(...promise.with(-1, 0x3f)), /not allowed/],
    ['a calendar with a newline', withTree(...promise.with(-1, 0x0a)), /not allowed/],
    ['300 operations in a row', withTree(...Array<number>(300).fill(8), ...promise), /deeper than 256/],
    [
      '3,000 operations side by side',
      withTree(
        ...Array<number[]>(3000)
          .fill([0xff, 8, ...promise])
          .flat(),
        ...promise,
      ),
      /longer than 32768|more than 2048/,
    ],
    ['a megabyte', new Uint8Array(1_000_000), /longer than 32768/],
  ])('refuses %s', (_, wrong, why) => {
    expect(() => parseOtsFile(wrong)).toThrow(why);
    expect(() => parseOtsFile(wrong)).toThrow(expect.objectContaining({ code: 'bad-anchor' }));
  });

  it('costs little, whatever is in it', () => {
    // The dearest shape: as long a message as there may be, hashed as often as there may be.
    const long = [0xf0, 0xe0, 0x1f, ...Array<number>(4064).fill(7)];
    const side = [0xff, 8, 0, ...Array<number>(8).fill(3), 0];
    const tree = [...long, ...Array<number[]>(2040).fill(side).flat(), 8, 0, ...Array<number>(8).fill(3), 0];
    const began = performance.now();
    expect(parseTimestamp(digest, Uint8Array.from(tree)).branches).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('is refused, or another one, with any byte changed', () => {
    fc.assert(
      fc.property(stamps, fc.nat(), fc.integer({ min: 1, max: 255 }), (stamp, place, flip) => {
        const whole = formatOtsFile(stamp);
        const at = place % whole.length;
        let other: Timestamp | undefined;
        try {
          other = parseOtsFile(whole.with(at, whole[at]! ^ flip));
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-anchor' });
        }
        expect(other).not.toEqual(stamp);
      }),
      { numRuns: 500 },
    );
  });
});

describe('evidence', () => {
  const header = new Uint8Array(80).fill(3);

  it('is one text, with or without a header', () => {
    for (const one of [{ stamp: simple }, { stamp: simple, header }]) {
      expect(parseOtsEvidence(formatOtsEvidence(one))).toEqual(one);
    }
  });

  it.each([
    ['nothing', ''],
    ['no base64', '!'],
    ['a newline at the end', `${formatOtsEvidence({ stamp: simple })}\n`],
    ['three lines', `${formatOtsEvidence({ stamp: simple, header })}\n${encodeBase64(header)}`],
    ['a header with stray bits', formatOtsEvidence({ stamp: simple, header }).replace(/M=$/, 'N=')],
  ])('refuses %s', (_, wrong) => {
    expect(() => parseOtsEvidence(wrong)).toThrow(expect.objectContaining({ code: 'bad-anchor' }));
  });
});
