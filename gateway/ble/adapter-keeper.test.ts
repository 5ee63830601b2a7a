// The keeper at its real times, over a clock of the test's: what an adapter does, and what is done about it.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdapterKeeper } from './adapter-keeper.ts';
import type { BluezBus } from './bus.ts';
import { BusFault } from './bus-fault.ts';
import type { BusCall } from './in-flight.ts';
import type { Rung } from './ladder.ts';
import type { BluezObjects } from './objects.ts';
import { TIMING } from './timing.ts';

const MINUTE_MS = 60_000;

/** An adapter, and a home around it. */
class Bench {
  hangs: 'no' | 'nothing' | 'in-progress' = 'no';
  /** Something streams, and would be heard. */
  streams = false;
  refuses = false;
  calls = 0;
  cycles = 0;
  readonly taken: [Rung, number][] = [];
  readonly keeper: AdapterKeeper;
  #discovering = false;
  #powered = true;

  constructor() {
    this.keeper = new AdapterKeeper('/org/bluez/hci0', {
      bus: { call: (call: BusCall) => this.#call(call) } as unknown as BluezBus,
      objects: {
        adapter: () => ({ discovering: this.#discovering, powered: this.#powered }),
      } as unknown as BluezObjects,
      timing: TIMING,
      ticks: () => Date.now(),
      expects: () => this.streams,
      refuses: () => this.refuses,
      cycled: () => {
        this.cycles += 1;
      },
      rung: (rung) => this.taken.push([rung, Date.now()]),
    });
  }

  /** Lets time pass, with a look every 2.5 s, and something heard before each where that is so. */
  async pass(ms: number, hears = false): Promise<void> {
    for (let left = ms; left > 0; left -= TIMING.checkMs) {
      if (hears) this.keeper.heard(Date.now());
      void this.keeper.check();
      await vi.advanceTimersByTimeAsync(TIMING.checkMs);
    }
  }

  rungs(): Rung[] {
    return this.taken.map(([rung]) => rung);
  }

  async #call({ member, body, timeoutMs }: BusCall): Promise<readonly unknown[]> {
    this.calls += 1;
    if (this.hangs === 'in-progress') throw new BusFault('remote', '', 'org.bluez.Error.InProgress');
    if (this.hangs === 'nothing') {
      await new Promise((resolve) => setTimeout(resolve, timeoutMs));
      throw new BusFault('timeout', member);
    }
    if (member === 'StartDiscovery') this.#discovering = true;
    if (member === 'StopDiscovery') this.#discovering = false;
    if (member === 'Set') {
      this.#powered = (body as readonly { value: boolean }[])[2]?.value === true;
      if (!this.#powered) this.#discovering = false;
    }
    return [];
  }
}

describe('the keeper of an adapter', () => {
  let bench: Bench;
  beforeEach(() => {
    vi.useFakeTimers();
    bench = new Bench();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('leaves one alone that is well, hears nobody, and answers: an hour in a quiet home', async () => {
    await bench.pass(60 * MINUTE_MS);
    expect(bench.rungs()).toEqual(['well']);
    // Asked again each time it was silent for so long: to stop, a filter, to scan.
    expect(bench.calls).toBeLessThan((60 * MINUTE_MS * 3) / TIMING.silentMs);
    expect(bench.calls).toBeGreaterThan(60 * 3);
  });

  it('asks nothing of one that hears somebody', async () => {
    await bench.pass(MINUTE_MS, true);
    const { calls } = bench;
    await bench.pass(60 * MINUTE_MS, true);
    expect(bench.calls).toBe(calls);
  });

  it.each(['nothing', 'in-progress'] as const)(
    'that hangs and answers %s is alarmed within 90 s, in a home where nothing streams',
    async (answers) => {
      await bench.pass(10 * MINUTE_MS);
      const hungMs = Date.now();
      bench.hangs = answers;
      await bench.pass(2 * MINUTE_MS);
      expect(bench.rungs()).toEqual(
        expect.arrayContaining(['rescan', 'power-cycle', 'other-adapter', 'alarm']),
      );
      const [, alarmMs = Infinity] = bench.taken.find(([rung]) => rung === 'alarm') ?? [];
      expect(alarmMs - hungMs).toBeLessThanOrEqual(90_000);
      expect(bench.keeper.doubtful).toBe(false);
      bench.hangs = 'no';
      await bench.pass(2 * MINUTE_MS);
      expect(bench.rungs().at(-1)).toBe('well');
    },
  );

  it('that answers everything and hears no stream any more is alarmed within 90 s, and is well once it hears', async () => {
    await bench.pass(MINUTE_MS, true);
    bench.streams = true;
    const deafMs = Date.now();
    await bench.pass(20_000);
    // The power cycle ends the link; its success is no sound.
    while (bench.cycles === 0) await bench.pass(TIMING.checkMs);
    bench.streams = false;
    await bench.pass(MINUTE_MS);
    const [, alarmMs = Infinity] = bench.taken.find(([rung]) => rung === 'alarm') ?? [];
    expect(alarmMs - deafMs).toBeLessThanOrEqual(90_000);
    expect(bench.rungs().filter((rung) => rung === 'well')).toHaveLength(1);
    bench.keeper.heard(Date.now());
    await bench.pass(2 * TIMING.checkMs);
    expect(bench.rungs().at(-1)).toBe('well');
  });

  it('by which no link comes about is alarmed within 90 s, whatever others advertise, and tried on meanwhile', async () => {
    await bench.pass(MINUTE_MS, true);
    bench.refuses = true;
    const beganMs = Date.now();
    await bench.pass(100_000, true);
    const [, alarmMs = Infinity] = bench.taken.find(([rung]) => rung === 'alarm') ?? [];
    expect(alarmMs - beganMs).toBeLessThanOrEqual(90_000);
    expect(bench.cycles).toBeGreaterThan(0);
    expect([bench.keeper.usable, bench.keeper.doubtful]).toEqual([false, true]);
    bench.refuses = false;
    await bench.pass(2 * TIMING.checkMs, true);
    expect([bench.rungs().at(-1), bench.keeper.usable]).toEqual(['well', true]);
  });
});
