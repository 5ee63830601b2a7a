import { describe, expect, it } from 'vitest';
import { equalBytes, hexOf, utf8 } from '../bytes.ts';
import { sha256 } from '../primitive.ts';
import {
  bytesOfHex,
  displayed,
  fromDisplayed,
  parseBitcoinHeader,
  parseHeaderFile,
} from './bitcoin-header.ts';
import { mineSample, samplePath } from './calendar-sample.ts';
import { bitcoinHeights, checkOpenTimestamps } from './check.ts';
import { formatOtsEvidence } from './evidence.ts';
import { apply, type Operation, stampOf } from './timestamp.ts';

/** The first block of Bitcoin, as every node has it. */
const GENESIS = bytesOfHex(
  `01000000${'00'.repeat(32)}3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c`,
);

const digest = sha256(utf8('a checkpoint'));
const operations: readonly Operation[] = [
  { name: 'append', argument: Uint8Array.of(1, 2, 3) },
  { name: 'sha256' },
  { name: 'prepend', argument: Uint8Array.of(4, 5) },
  { name: 'sha256' },
];
const root = operations.reduce((message, operation) => apply(operation, message), digest);
const stamp = samplePath(digest, operations, { kind: 'bitcoin', height: 930_000 });
const promise = samplePath(digest, operations, { kind: 'pending', uri: 'https://a.example' });
const header = mineSample(root, 1_795_000_000);
const bare = formatOtsEvidence({ stamp });
const whole = formatOtsEvidence({ stamp, header });
const easy = { difficultyMin: 0 };

describe('a Bitcoin block header', () => {
  it('is read as Bitcoin has it', () => {
    const { merkleRoot, hash, timeMs, difficulty } = parseBitcoinHeader(GENESIS);
    expect(displayed(hash)).toBe('000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f');
    expect(displayed(merkleRoot)).toBe('4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b');
    expect(fromDisplayed(displayed(hash))).toEqual(hash);
    expect(new Date(timeMs).toISOString()).toBe('2009-01-03T18:15:05.000Z');
    expect(difficulty).toBe(1);
  });

  it('is refused with any bit changed: no work was spent on that', () => {
    for (let bit = 0; bit < 640; bit++) {
      const changed = GENESIS.with(bit >> 3, GENESIS[bit >> 3]! ^ (1 << (bit & 7)));
      expect(() => parseBitcoinHeader(changed), `bit ${bit}`).toThrow(
        expect.objectContaining({ code: 'bad-anchor' }),
      );
    }
    for (const length of [0, 79, 81])
      expect(() => parseBitcoinHeader(new Uint8Array(length))).toThrow('bytes');
  });

  it('is refused where its target is no number', () => {
    const withBits = (...bits: number[]): Uint8Array => {
      const bytes = GENESIS.slice();
      bytes.set(bits, 72);
      return bytes;
    };
    // Negative, zero, and beyond 256 bits.
    for (const bits of [
      [1, 0, 0x80, 0x20],
      [0, 0, 0, 0x20],
      [1, 0, 0, 0x40],
      [1, 0, 0, 1],
    ]) {
      expect(() => parseBitcoinHeader(withBits(...bits))).toThrow('target');
    }
  });

  it('is read from a file, line by line', () => {
    const file = `# from my own node\n0 ${hexOf(GENESIS)}\r\n\n 930000  ${hexOf(header).toUpperCase()} \n`;
    expect([...parseHeaderFile(file)]).toEqual([
      [0, GENESIS],
      [930_000, header],
    ]);
    for (const wrong of ['x', `00 ${hexOf(header)}`, `1 ${hexOf(header)}00`, '-1 00', `0 ${hexOf(header)}`]) {
      expect(() => parseHeaderFile(`${file}${wrong}\n`)).toThrow(/line 5/);
    }
    expect(parseHeaderFile('').size).toBe(0);
  });
});

describe('checkOpenTimestamps', () => {
  it('says of a promise that it shows nothing yet', () => {
    const finding = checkOpenTimestamps(formatOtsEvidence({ stamp: promise }), digest);
    expect(finding.text).toBe('OpenTimestamps: not in Bitcoin yet; promised by https://a.example.');
    expect(finding.proves).toBeUndefined();
    expect(finding.doesNotProve).toContain('shows nothing until');
  });

  it('says of a block without its header what must stand there', () => {
    const finding = checkOpenTimestamps(bare, digest);
    expect(finding.text).toBe(
      `OpenTimestamps: Bitcoin block 930000 must have the Merkle root ${displayed(root)}.`,
    );
    expect(finding.proves).toBeUndefined();
    expect(finding.doesNotProve).toContain('any Bitcoin node tells, and until then this shows nothing');
    expect(bitcoinHeights(bare)).toEqual([930_000]);
  });

  it('says of a header that came along what it cost and what it leaves open', () => {
    const finding = checkOpenTimestamps(whole, digest, easy);
    expect(finding.text).toContain('block header of 2026-11-18T11:06:40.000Z');
    expect(finding.proves).toBeUndefined();
    expect(finding.doesNotProve).toContain(`block 930000 is ${displayed(parseBitcoinHeader(header).hash)}`);
  });

  it('proves a time by a header that the verifier brought', () => {
    const headers = new Map([[930_000, header]]);
    for (const evidence of [bare, whole]) {
      const finding = checkOpenTimestamps(evidence, digest, { ...easy, headers });
      expect(finding.proves).toContain(
        'existed at 2026-11-18T11:06:40.000Z at the latest, by Bitcoin block 930000',
      );
      expect(finding.doesNotProve).toBeUndefined();
    }
    expect(checkOpenTimestamps(bare, digest, { headers: new Map([[5, header]]) }).proves).toBeUndefined();
  });

  it.each<[string, () => unknown, RegExp]>([
    ['another digest', () => checkOpenTimestamps(bare, sha256(digest)), /something else than the checkpoint/],
    [
      'a header on which too little work was spent',
      () => checkOpenTimestamps(whole, digest),
      /it was made up/,
    ],
    [
      'a header of another block',
      () => checkOpenTimestamps(formatOtsEvidence({ stamp, header: GENESIS }), digest, easy),
      /do not lead to the Merkle root/,
    ],
    [
      'a header beside a promise',
      () => checkOpenTimestamps(formatOtsEvidence({ stamp: promise, header }), digest, easy),
      /do not lead to the Merkle root/,
    ],
    [
      'a block that the verifier has otherwise',
      () => checkOpenTimestamps(bare, digest, { headers: new Map([[930_000, GENESIS]]) }),
      /never in that block/,
    ],
    [
      'a root in the order of people',
      () => {
        const turned = mineSample(root.toReversed(), 1);
        return checkOpenTimestamps(formatOtsEvidence({ stamp, header: turned }), digest, easy);
      },
      /do not lead to the Merkle root/,
    ],
    [
      "a verifier's header that is none",
      () => checkOpenTimestamps(bare, digest, { headers: new Map([[930_000, header.with(40, 1)]]) }),
      /no work was spent/,
    ],
  ])('refuses %s', (_, check, why) => {
    expect(check).toThrow(why);
    expect(check).toThrow(expect.objectContaining({ code: 'bad-anchor' }));
  });

  it('finds any change of the operations by the header', () => {
    const file = whole.split('\n')[0]!;
    let passed = 0;
    for (let n = 0; n < operations.length; n++) {
      const others = operations.toSpliced(n, 1);
      const led = others.reduce((message, operation) => apply(operation, message), digest);
      const shorter = samplePath(digest, others, { kind: 'bitcoin', height: 930_000 });
      if (led.length !== 32 || equalBytes(led, root)) passed++;
      else {
        expect(() =>
          checkOpenTimestamps(formatOtsEvidence({ stamp: shorter, header }), digest, easy),
        ).toThrow('do not lead');
      }
    }
    expect(passed).toBeLessThan(operations.length);
    expect(file.length).toBeGreaterThan(100);
  });

  it('lists every block that it is said to be in', () => {
    const two = stampOf(digest, [{ kind: 'bitcoin', height: 7 }], stamp.branches);
    const { text } = checkOpenTimestamps(formatOtsEvidence({ stamp: two }), digest);
    expect(text).toMatch(/block 7 must have .*, and Bitcoin block 930000 must have/);
  });
});
