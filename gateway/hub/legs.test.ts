import { expect, it } from 'vitest';
import type { CommittedReading } from '../stream/feed-reading.ts';
import { Legs } from './legs.ts';

it('notes each reading’s way to the disk once, and its wait for the engine when that has looked', () => {
  const legs = new Legs();
  const reading = (at: number | undefined, received: number) =>
    ({ kept: { at, received } }) as unknown as CommittedReading;
  // Believable, without a clock, out of a memory, ahead of its time.
  const all = [reading(900, 1_000), reading(undefined, 1_000), reading(1, 90_000), reading(2_000, 1_000)];
  legs.stored(all, 90_004);
  const first = legs.take();
  expect(first?.get('sensor')).toMatchObject({ count: 1, sumMs: 100 });
  expect(first?.get('store')).toMatchObject({ count: 4 });
  expect(first?.get('engine')).toBeUndefined();
  legs.stored([reading(undefined, 90_100)], 90_104);
  legs.looked(90_504);
  expect(legs.take()?.get('engine')).toMatchObject({ count: 5, sumMs: 4 * 500 + 400 });
  legs.looked(91_504);
  expect(legs.take()).toBeUndefined();
});
