import { describe, expect, it } from 'vitest';
import { createOutbox, type Outbox } from './outbox.ts';

const add = (outbox: Outbox, ...names: string[]): void => {
  for (const topic of names) outbox.add({ topic, payload: new Uint8Array(), offeredMs: 0 });
};
/** Takes and acknowledges so many. */
const sent = (outbox: Outbox, count: number): (string | undefined)[] =>
  Array.from({ length: count }, () => {
    const next = outbox.take();
    if (next) outbox.acknowledge(next.token);
    return next?.entry.topic;
  });

describe('an outbox', () => {
  it('goes on with the oldest after a break', () => {
    const outbox = createOutbox();
    add(outbox, 'a', 'b', 'c');
    const first = outbox.take();
    outbox.take();
    expect(outbox.acknowledge(first?.token ?? -1)).toBe(true);
    outbox.rewind();
    outbox.resume();
    add(outbox, 'd');
    expect(sent(outbox, 4)).toEqual(['b', 'c', 'd', undefined]);
    expect(outbox.size).toBe(0);
  });

  it('sends the present first where it is told to, and the memory behind it, each in order', () => {
    const outbox = createOutbox(true);
    const memory = Array.from({ length: 500 }, (_, n) => `m${n}`);
    add(outbox, ...memory.slice(0, 300));
    outbox.rewind();
    add(outbox, ...memory.slice(300));
    outbox.resume();
    const out: (string | undefined)[] = [];
    for (let n = 0; n < 250; n++) {
      add(outbox, `p${n}`);
      out.push(...sent(outbox, 3));
    }
    const present = out.filter((one) => one?.startsWith('p'));
    expect(present).toEqual(Array.from({ length: 250 }, (_, n) => `p${n}`));
    expect(out.filter((one) => one?.startsWith('m'))).toEqual(memory);
    expect(out.slice(0, 6)).toEqual(['p0', 'm0', 'm1', 'p1', 'm2', 'm3']);
    expect(outbox.size).toBe(0);
  });

  it('has few of its memory in flight: the present would stand behind them', () => {
    const outbox = createOutbox(true);
    add(outbox, ...Array.from({ length: 10 }, (_, n) => `m${n}`));
    outbox.resume();
    const memory = Array.from({ length: 10 }, () => outbox.take());
    expect(memory.filter((one) => one !== undefined)).toHaveLength(2);
    add(outbox, 'p0');
    expect(outbox.take()?.entry.topic).toBe('p0');
    expect(outbox.take()).toBeUndefined();
    outbox.acknowledge(memory[0]?.token ?? -1);
    expect(outbox.take()?.entry.topic).toBe('m2');
  });

  it('makes the present of a lost connection memory', () => {
    const outbox = createOutbox(true);
    add(outbox, 'm0', 'm1');
    outbox.resume();
    add(outbox, 'p0');
    outbox.take();
    outbox.rewind();
    outbox.resume();
    add(outbox, 'q0');
    expect(sent(outbox, 5)).toEqual(['q0', 'm0', 'm1', 'p0', undefined]);
  });
});
