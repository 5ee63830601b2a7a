import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue, LARGE_BYTES } from './fair-queue.ts';

/** Messages are called `<device><number>`. */
function filled(...counts: [device: string, count: number, bytes: number][]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const [device, count, bytes] of counts)
    for (let n = 0; n < count; n++) queue.push(device, `${device}${n}`, bytes);
  return queue;
}

describe('what waits for a commit', () => {
  it('is taken in turns: a flood stands behind everybody’s first message', () => {
    const queue = filled(['flood', 1000, 3000], ['a', 1, 200], ['b', 2, 200]);
    expect(queue.take(6, 1e9)).toEqual(['flood0', 'a0', 'b0', 'b1', 'flood1', 'flood2']);
  });

  it('never leaves a large message behind for ever, and takes it alone where it fills the group', () => {
    const queue = filled(['small', 3, 100], ['wave', 2, 5000], ['late', 1, 100]);
    expect(queue.take(100, 1000)).toEqual(['small0', 'small1', 'small2']);
    expect(queue.take(100, 1000)).toEqual(['wave0']);
    expect(queue.take(100, 1000)).toEqual(['late0']);
    expect(queue.take(100, 1000)).toEqual(['wave1']);
    expect(queue.take(100, 1000)).toEqual([]);
  });

  it('has one large message at most in a group, in turns, and what is small does not wait for them', () => {
    const large = LARGE_BYTES + 1;
    const queue = filled(['x', 2, large], ['y', 2, large], ['z', 1, large], ['a', 2, 200]);
    expect(queue.take(100, 1e9)).toEqual(['x0', 'a0', 'a1']);
    queue.push('b', 'b0', 200);
    expect(queue.take(100, 1e9)).toEqual(['y0', 'b0']);
    expect(queue.take(100, 1e9)).toEqual(['z0']);
    expect(queue.take(100, 1e9)).toEqual(['x1']);
    expect(queue.take(100, 1e9)).toEqual(['y1']);
    expect(queue.length).toBe(0);
  });

  it('keeps its order when a commit did not reach it', () => {
    const queue = filled(['a', 4, 100], ['b', 2, 100]);
    expect(queue.take(100, 1e9)).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1']);
    queue.push('b', 'b2', 100);
    queue.push('c', 'c0', 100);
    expect(queue.length).toBe(2);
    queue.settle(2);
    expect(queue.length).toBe(6);
    // Nobody had served b, nor c, who came later; a was served.
    expect(queue.take(100, 1e9)).toEqual(['b0', 'b1', 'b2', 'c0', 'a2', 'a3']);
    queue.settle(0);
    expect(queue.take(100, 1e9)).toEqual(['b0', 'b1', 'b2', 'c0', 'a2', 'a3']);
  });

  it('goes behind all others once it was served, also where more of it waits or came meanwhile', () => {
    const queue = filled(['flood', 9, 3000], ['backlog', 9, 3000], ['late', 1, 100]);
    expect(queue.take(4, 1e9)).toEqual(['flood0', 'backlog0', 'late0', 'flood1']);
    queue.push('late', 'late1', 100);
    queue.settle(1);
    expect(queue.take(4, 1e9)).toEqual(['backlog0', 'late0', 'late1', 'flood1']);
    queue.push('backlog', 'backlog9', 100);
    queue.settle(2);
    expect(queue.take(3, 1e9)).toEqual(['flood1', 'backlog1', 'late1']);
  });

  it('keeps its place before those that were behind it, when its large message is passed over', () => {
    const large = LARGE_BYTES + 1;
    const queue = filled(['x', 1, large], ['y', 1, large], ['a', 1, 200], ['z', 1, large]);
    expect(queue.take(100, 1e9)).toEqual(['x0', 'a0']);
    queue.settle(1);
    expect(queue.take(100, 1e9)).toEqual(['y0', 'a0']);
  });

  it('is whole, in order for each device, and served within one turn of all, however far commits come', () => {
    const device = fc.constantFrom('a', 'b', 'c', 'd');
    const size = fc.oneof(fc.integer({ min: 0, max: 9000 }), fc.constantFrom(LARGE_BYTES, LARGE_BYTES + 1));
    const arrivals = fc.array(fc.tuple(device, size), { maxLength: 300 });
    fc.assert(
      fc.property(
        arrivals,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 40 }),
        (all, items, bytes, reached) => {
          const queue = new FairQueue<{ device: string; n: number; bytes: number }>();
          for (const [n, [name, size]] of all.entries())
            queue.push(name, { device: name, n, bytes: size }, size);
          const out = [];
          while (queue.length > 0) {
            const group = queue.take(items, bytes);
            expect(group.length).toBeGreaterThan(0);
            expect(group.length).toBeLessThanOrEqual(items);
            const beside = group.slice(1).reduce((sum, one) => sum + one.bytes, 0);
            expect(beside).toBeLessThanOrEqual(bytes);
            expect(group.filter((one) => one.bytes > LARGE_BYTES).length).toBeLessThanOrEqual(1);
            out.push(...group.slice(0, reached));
            queue.settle(Math.min(reached, group.length));
            expect(queue.length).toBe(all.length - out.length);
          }
          expect(out).toHaveLength(all.length);
          for (const name of 'abcd') {
            const mine = out.filter((one) => one.device === name).map(({ n }) => n);
            expect(mine).toEqual(mine.toSorted((x, y) => x - y));
          }
        },
      ),
    );
  });

  it('is given up with the message before it: nothing overtakes what could not be stored', () => {
    const queue = filled(['a', 3, 3000], ['b', 2, 3000]);
    expect(queue.take(2, 1e9)).toEqual(['a0', 'b0']);
    expect(queue.drop('a')).toEqual(['a1', 'a2']);
    expect(queue.drop('a')).toEqual([]);
    expect(queue.length).toBe(1);
    queue.push('a', 'a0 again', 1);
    queue.settle(0);
    expect(queue.length).toBe(3);
    expect(queue.take(9, 1e9)).toEqual(['b0', 'a0 again', 'b1']);
  });

  it('is given up all at once when nothing is stored any more', () => {
    const queue = filled(['a', 2, 1], ['b', 1, 1]);
    queue.take(1, 1e9);
    expect(queue.clear()).toEqual(['a1', 'b0']);
    expect(queue.length).toBe(0);
  });
});
