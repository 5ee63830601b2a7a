import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arrival } from '../ingest/ingest.ts';
import { packArrivals, unpackArrivals } from './wire.ts';

const arrival = fc
  .record({
    device: fc.oneof(fc.constantFrom('strap-1', 'strap-2'), fc.string({ unit: 'binary', minLength: 1 })),
    received: fc.nat(8_640_000_000_000_000),
    body: fc.uint8Array({ maxLength: 60 }),
    contentType: fc.option(fc.string({ unit: 'binary', minLength: 1 }), { nil: undefined }),
  })
  .map(({ contentType, ...rest }): Arrival => (contentType === undefined ? rest : { ...rest, contentType }));

const plain = (arrivals: readonly Arrival[]): object[] =>
  arrivals.map((one) => ({ ...one, body: Buffer.from(one.body).toString('hex') }));

describe('arrivals between the threads', () => {
  it('come out as they went in, whatever they are called and hold', () => {
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 40 }), (arrivals) => {
        expect(plain(unpackArrivals(packArrivals(arrivals)))).toEqual(plain(arrivals));
      }),
    );
  });

  it('lie in one buffer of their own, which can be handed over', () => {
    const pool = new Uint8Array(1000).fill(5);
    const packed = packArrivals([{ device: 'strap-1', received: 1, body: pool.subarray(10, 20) }]);
    expect(packed.buffer.byteLength).toBe(packed.length);
    pool.fill(0);
    expect(unpackArrivals(structuredClone(packed, { transfer: [packed.buffer] }))[0]?.body).toEqual(
      new Uint8Array(10).fill(5),
    );
  });
});
