// The hot path's tree and leaves against the plain ones, which verifiers use: the same bytes, whatever comes.

import {
  appendLeaf,
  EMPTY_FRONTIER,
  type Frontier,
  frontierOf,
  leafHash,
  segmentRootOf,
} from '@heartwood/anchor';
import { nodeSha256, sha256Text } from '@heartwood/anchor/node';
import { encodeReading } from '@heartwood/vitals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toReading } from '../ingest/ingest.ts';
import type { EpochKeys } from '../keys/keyring.ts';
import type { KeptReading } from '../store/segment-codec.ts';
import { GrowingTree } from './growing-tree.ts';
import { entryOf, hashEntry, leafOf, SaltStream } from './leaf.ts';

const hex = ({ size, subtrees }: Frontier): object => ({
  size,
  subtrees: subtrees.map((hash) => Buffer.from(hash).toString('hex')),
});

describe('a tree that grows', () => {
  it('is the tree of its leaves at every size', () => {
    const tree = new GrowingTree();
    const hashes: Uint8Array[] = [];
    let frontier = EMPTY_FRONTIER;
    expect(hex(tree.frontier)).toEqual(hex(frontier));
    expect(() => tree.root).toThrow('a segment has at least one entry');
    for (let n = 0; n < 300; n++) {
      const entry = Buffer.from(`entry ${n * n}`);
      tree.append(Buffer.concat([Buffer.of(0), entry]));
      hashes.push(leafHash(entry));
      frontier = appendLeaf(frontier, leafHash(entry));
      expect(hex(tree.frontier)).toEqual(hex(frontier));
      if (n % 37 === 0) expect(Buffer.from(tree.root)).toEqual(Buffer.from(segmentRootOf(hashes)));
    }
    expect(hex(tree.frontier)).toEqual(hex(frontierOf(hashes)));
  });

  it('does not keep the leaf’s bytes, which are lent', () => {
    const lent = Buffer.from([0, 1, 2, 3]);
    const tree = new GrowingTree();
    tree.append(lent);
    lent.fill(9);
    expect(hex(tree.frontier)).toEqual(hex(frontierOf([leafHash(Uint8Array.of(1, 2, 3))])));
  });
});

it('a hash as text has the bytes that the plain one has', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(Buffer.from(sha256Text(bytes), 'latin1')).toEqual(Buffer.from(nodeSha256(bytes)));
    }),
  );
});

describe('a leaf', () => {
  const keys = { salt: Buffer.alloc(32, 7) } as unknown as EpochKeys;
  const subject = Buffer.alloc(16, 1);

  it('is its entry behind a zero, salt by salt, of numbers and of waveforms that need more room', () => {
    const numbers = fc.record({ seq: fc.maxSafeNat(), value: fc.integer({ min: 30, max: 200 }) });
    const waves = fc.array(fc.integer({ min: -40_000, max: 40_000 }), { minLength: 1, maxLength: 2_000 });
    fc.assert(
      fc.property(fc.array(fc.oneof(numbers, waves), { minLength: 1, maxLength: 300 }), (told) => {
        const [lent, plain] = [new SaltStream(keys, 5, 3), new SaltStream(keys, 5, 3)];
        for (const [index, one] of told.entries()) {
          const kept: KeptReading = {
            device: 1,
            seq: Array.isArray(one) ? index : one.seq,
            index,
            at: 1_795_262_400_000,
            received: 1_795_262_400_456,
            origin: 'wearable',
            measurement: Array.isArray(one)
              ? {
                  kind: 'ecg',
                  wave: { lead: 'I', rateHz: 250, gain: 0.001, baseline: 0, samples: Int32Array.from(one) },
                }
              : { kind: 'heart-rate', value: one.value },
          };
          const leaf = Buffer.from(leafOf(lent, kept, subject, 'strap-1'));
          const entry = entryOf(plain.next(), encodeReading(toReading(kept, subject, 'strap-1')));
          expect(leaf.equals(Buffer.concat([Buffer.of(0), entry]))).toBe(true);
          expect(Buffer.from(sha256Text(leaf), 'latin1').equals(hashEntry(entry))).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});
