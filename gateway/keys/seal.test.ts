import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKey, open, place, SealBroken, seal } from './seal.ts';

const key = randomBytes(32);

describe('a seal', () => {
  it('opens in its place, and shows nothing of the same bytes sealed twice', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (plain) => {
        const at = place('segment', 1, 2);
        const sealed = seal(key, at, plain);
        expect(open(key, at, sealed)).toEqual(Buffer.from(plain));
        expect(sealed).not.toEqual(seal(key, at, plain));
        expect(sealed.length).toBe(plain.length + 28);
      }),
      { numRuns: 50 },
    );
  });

  it('breaks with each changed bit, each shorter length, another key and another place', () => {
    const at = place('segment', 1, 2, Buffer.from('root'));
    const sealed = seal(key, at, Buffer.from('72 a minute'));
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => open(key, at, changed)).toThrow(SealBroken);
    }
    for (let length = 0; length < sealed.length; length++)
      expect(() => open(key, at, sealed.subarray(0, length))).toThrow(SealBroken);
    expect(() => open(key, at, Buffer.concat([sealed, Buffer.of(0)]))).toThrow(SealBroken);
    expect(() => open(randomBytes(32), at, sealed)).toThrow(SealBroken);
    for (const other of [
      place('staged', 1, 2, Buffer.from('root')),
      place('segment', 2, 2, Buffer.from('root')),
      place('segment', 1, 3, Buffer.from('root')),
      place('segment', 1, 2, Buffer.from('Root')),
      place('segment', 1, 2),
      place('segment', 1),
    ])
      expect(() => open(key, other, sealed)).toThrow(SealBroken);
  });

  it('gives two places never the same bytes', () => {
    const column = fc.oneof(fc.integer(), fc.uint8Array({ maxLength: 12 }));
    const columns = fc.tuple(fc.constantFrom('a', 'ab'), fc.array(column, { maxLength: 3 }));
    fc.assert(
      fc.property(columns, columns, ([a, as], [b, bs]) => {
        const same = a === b && JSON.stringify(as) === JSON.stringify(bs) && as.length === bs.length;
        const kinds = as.every((one, i) => typeof one === typeof bs[i]);
        expect(place(a, ...as).equals(place(b, ...bs))).toBe(same && kinds);
      }),
    );
    expect(place('t', 1, 2)).not.toEqual(place('t', 258));
    expect(place('t', Buffer.from('ab'))).not.toEqual(place('t', Buffer.from('a'), Buffer.from('b')));
  });

  it('never repeats a nonce: 100,000 seals, and processes started side by side', () => {
    const seen = new Set<string>();
    const at = place('nonce');
    for (let i = 0; i < 100_000; i++) seen.add(seal(key, at, Buffer.alloc(0)).toString('latin1', 0, 12));
    expect(seen.size).toBe(100_000);
    const program = `import { place, seal } from ${JSON.stringify(new URL('./seal.ts', import.meta.url).href)};
      for (let i = 0; i < 3; i++) console.log(seal(new Uint8Array(32), place('n'), new Uint8Array()).toString('hex', 0, 12));`;
    const lines = [1, 2, 3].flatMap(() => {
      const { stdout, status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      return stdout.trim().split('\n');
    });
    expect(lines).toHaveLength(9);
    expect(new Set(lines.map((line) => line.slice(0, 16))).size).toBe(3);
    expect(new Set(lines).size).toBe(9);
  });
});

it('derives another key for each purpose and context', () => {
  const keys = [
    deriveKey(key, 'box'),
    deriveKey(key, 'salt'),
    deriveKey(key, 'salt', Buffer.from('a')),
    deriveKey(randomBytes(32), 'box'),
  ];
  expect(new Set(keys.map((one) => one.export().toString('hex'))).size).toBe(4);
  expect(keys[0]?.equals(deriveKey(key, 'box'))).toBe(true);
});
