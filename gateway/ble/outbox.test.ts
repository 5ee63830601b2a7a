import { parseMessage, type TimedMeasurement } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { Sequences } from '../alarms/sequence-gap.ts';
import { HeartwoodError } from '../error.ts';
import type { Arrival } from '../ingest/ingest.ts';
import { Outbox } from './outbox.ts';

const heart = (value: number): TimedMeasurement => ({ measurement: { kind: 'heart-rate', value } });

/** A store that answers when it is told to. */
function store(): {
  arrivals: Arrival[];
  release(): Promise<void>;
  fail(error: Error): Promise<void>;
  values(n: number): number[];
  /** Of the messages. */
  numbers(): number[];
  outbox: Outbox;
  dropped: number[];
} {
  const arrivals: Arrival[] = [];
  const waiting: { resolve(outcome: 'stored'): void; reject(error: Error): void }[] = [];
  const dropped: number[] = [];
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 5; n++) await Promise.resolve();
  };
  const outbox = new Outbox('strap', 1_000, {
    accept: (arrival) => {
      arrivals.push(arrival);
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
      });
    },
    dropped: (values) => dropped.push(values),
  });
  const message = (n: number) => {
    const parsed = parseMessage((arrivals[n] as Arrival).body, 'application/cbor');
    if (parsed.kind === 'refused') throw new Error(parsed.detail);
    return parsed.message;
  };
  return {
    arrivals,
    outbox,
    dropped,
    release: async () => {
      waiting.shift()?.resolve('stored');
      await settle();
    },
    fail: async (error) => {
      waiting.shift()?.reject(error);
      await settle();
    },
    numbers: () => arrivals.map((_, n) => message(n).seq),
    values: (n) =>
      message(n).readings.map(({ measurement }) => ('value' in measurement ? measurement.value : -1)),
  };
}

describe('the outbox of a device', () => {
  it('sends a lone value at once, and together what came while it was being stored', async () => {
    const { outbox, arrivals, release, values } = store();
    outbox.add([heart(60)], 5_000.7);
    outbox.add([heart(61)], 5_010);
    outbox.add([heart(62)], 5_020);
    expect(arrivals).toHaveLength(1);
    expect(arrivals[0]?.received).toBe(5_000);
    await release();
    expect(values(1)).toEqual([61, 62]);
    expect(arrivals[1]?.received).toBe(5_010);
    await release();
    await outbox.drained();
  });

  it('puts no two values into a message that arrived further apart than 50 ms', async () => {
    const { outbox, release, values } = store();
    outbox.add([heart(60)], 0);
    outbox.add([heart(61)], 100);
    outbox.add([heart(62)], 149);
    outbox.add([heart(63)], 151);
    await release();
    expect(values(1)).toEqual([61, 62]);
    await release();
    expect(values(2)).toEqual([63]);
  });

  it('sends each record alone, one after the other, between live values in order', async () => {
    const { outbox, release, values, arrivals } = store();
    outbox.add([heart(60)], 0);
    const record = outbox.addRecord([heart(61)], 1);
    const second = outbox.addRecord([heart(62)], 1);
    outbox.add([heart(63)], 2);
    for (const expected of [[60], [61], [62], [63]]) {
      expect(values(arrivals.length - 1)).toEqual(expected);
      await release();
    }
    expect(await Promise.all([record, second])).toEqual(['stored', 'stored']);
  });

  it('sends again what the disk refused: the same bytes, and nothing overtakes it', async () => {
    const { outbox, arrivals, release, fail, values } = store();
    outbox.add([heart(60)], 0);
    outbox.add([heart(61)], 1);
    await fail(new Error('SQLITE_FULL'));
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(arrivals).toHaveLength(2);
    expect(arrivals[1]?.body).toEqual(arrivals[0]?.body);
    await release();
    expect(values(2)).toEqual([61]);
  });

  it('gives up when the hub has stopped', async () => {
    const { outbox, fail, dropped } = store();
    const record = outbox.addRecord([heart(60)], 0);
    await fail(new HeartwoodError('not-ready', 'The hub has stopped.'));
    expect(await record).toBe('dropped');
    expect(dropped).toEqual([1]);
  });

  it('holds a bounded number of values, and says how many it had to drop', () => {
    const { outbox, dropped } = store();
    for (let n = 0; n < 20_010; n++) outbox.add([heart(60)], n);
    expect(dropped.reduce((sum, one) => sum + one, 0)).toBe(9);
    outbox.close();
  });

  it('what it had to drop is a hole in the numbers of its messages, which is alarmed and in the record', async () => {
    const { outbox, release, arrivals, numbers } = store();
    // An hour and a half of a strap, while the disk refuses; 1,000 more than wait.
    for (let n = 0; n < 21_001; n++) outbox.add([heart(60)], n * 250);
    await release();
    await release();
    await release();
    expect(numbers()).toEqual([0, 1_001, 1_002, 1_003]);
    const sequences = new Sequences();
    for (const [n, seq] of numbers().entries())
      sequences.take({ device: 1, boot: 1_000, seq, received: arrivals[n]?.received ?? 0 });
    expect(sequences.observe(1, 'strap', 21_001 * 250)).toMatchObject({
      evidence: 'violated',
      facts: { device: 'strap', missing: 1_000, from: 1 },
    });
    outbox.close();
  });

  it('however much a storm has lost, its hole is no larger than an alarm believes', async () => {
    const { outbox, release, arrivals, numbers } = store();
    for (let n = 0; n < 30_001; n++) outbox.add([heart(60)], n);
    await release();
    const sequences = new Sequences();
    for (const [n, seq] of numbers().entries())
      sequences.take({ device: 1, boot: 1_000, seq, received: arrivals[n]?.received ?? 0 });
    expect(sequences.observe(1, 'strap', 30_001).evidence).toBe('violated');
    outbox.close();
  });

  it('a record that cannot be written is told as dropped: nobody waits for it', async () => {
    const { outbox, dropped } = store();
    const octets = new Uint8Array(70_000);
    const source = {
      characteristic: 0x2a37,
      version: 1,
      octets,
      clock: 'arrival',
      stored: true,
      shiftMs: 0,
    } as const;
    const unwritable: TimedMeasurement = { ...heart(60), source };
    expect(await outbox.addRecord([unwritable], 0)).toBe('dropped');
    expect(dropped).toEqual([1]);
    await outbox.drained();
  });

  it('a record stays where live values make room: one out of its order would never be asked for again', async () => {
    const { outbox, dropped, release, arrivals } = store();
    const record = outbox.addRecord([heart(1)], 0);
    void outbox.addRecord([heart(2)], 0);
    for (let n = 0; n < 20_050; n++) outbox.add([heart(60)], n * 100);
    expect(dropped.length).toBe(51);
    await release();
    expect(await record).toBe('stored');
    expect(arrivals).toHaveLength(2);
    outbox.close();
  });
});
