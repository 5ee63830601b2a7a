// A flood and ten good devices in front of one hub: the same queue, commits and batches as it has, one after the other, on a
// clock that goes by the processor time of each. What else the machine does is not in it, nor are sockets and threads; an
// fsync is taken for a millisecond. `HEARTWOOD_SPEED=1 npx vitest run gateway/hub/turns` prints how long the good ones wait.

import { encodeMessageCbor, type TimedMeasurement } from '@heartwood/vitals';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../ingest/ingest.ts';
import { packReadings } from '../stream/packed-readings.ts';
import { Home } from '../testing.ts';
import { FairQueue } from './fair-queue.ts';
import { Parts } from './work.ts';

const SPEED: boolean = process.env['HEARTWOOD_SPEED'] !== undefined;
const GOOD = 10;
/** One of them sends every so often. */
const EVERY_MS = 10;
const FSYNC_MS = 1;
const CLOSE_MS = 2000;
const LOOK_MS = 1000;
/** As broker/limits.ts has them. */
const SHARE_BYTES_PER_MS = 262.144;
const SHARE_BURST = 1024 * 1024;
const HEADER_BYTES = 30;

type Sent = { readonly device: string; readonly body: Uint8Array; readonly atMs: number };

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const SAMPLES = Int32Array.from(
  { length: 65_536 },
  (_, i) => Math.round(800 * Math.sin(i / 20)) + ((i * 7919) % 31),
);
const ecg = (samples: Int32Array, rateHz: number): TimedMeasurement['measurement'] => ({
  kind: 'ecg',
  wave: { lead: 'II', rateHz, gain: 200, baseline: 0, samples },
});
let claimedMs = 0;
/** The dearest messages there are: what each is for, test/soak/hostile.ts says. */
const dearest = {
  wave: (): TimedMeasurement[] => [{ measurement: ecg(SAMPLES, 500) }],
  dense: (): TimedMeasurement[] =>
    Array.from({ length: 512 }, (_, i) => ({ measurement: { kind: 'heart-rate', value: 60 + (i % 40) } })),
  gaps: (): TimedMeasurement[] =>
    Array.from({ length: 512 }, (_, i) => {
      claimedMs += 9_900;
      return { at: 1_795_262_400_000 + claimedMs, measurement: ecg(SAMPLES.subarray(i, i + 1), 1000) };
    }),
};
type Flood = keyof typeof dearest;

describe('good devices behind a flood', () => {
  let home: Home;
  beforeEach(async () => {
    home = new Home();
    await home.start();
    for (let n = 0; n < GOOD; n++) await home.enroll(`Patient ${n % 4}`, `good-${n}`);
    await home.enroll('Patient 0', 'flood');
  });
  afterEach(() => home.remove());

  it.each<[Flood[]]>([[[]], [['wave']], [['wave', 'dense', 'gaps']]])(
    'are in the next commit that begins, or in the one after it: %j',
    async (floods) => {
      const turns = new Turns(home);
      if (SPEED) await turns.run(4, floods);
      const { waits, closes, passedOver, flooded } = await turns.run(SPEED ? 12 : 1, floods);
      expect(waits.length).toBeGreaterThan(10);
      expect(passedOver).toBe(0);
      if (floods.length > 0) expect(flooded).toBeGreaterThan(10);
      waits.sort((a, b) => a - b);
      const at = (share: number): string => (waits[Math.floor(share * (waits.length - 1))] ?? 0).toFixed(1);
      const close = closes.reduce((sum, ms) => sum + ms, 0) / closes.length;
      if (SPEED)
        process.stdout.write(
          `${floods.join(', ') || 'peace'}: ${waits.length} messages, p50 ${at(0.5)} ms, p99 ${at(0.99)}, longest ${at(1)}; a batch takes ${close.toFixed(1)} ms\n`,
        );
    },
    120_000,
  );
});

/** A device by what its messages are like, what it has waiting at first, and what it sends while each commit runs. */
type Sender = { bytes: number; readings: number; backlog: number; pushes: number };

const stores = (readings: number): Decision => {
  const kept = { measurement: { kind: 'heart-rate', value: 60 } };
  return {
    kind: 'store',
    readings: Array.from({ length: readings }, () => ({ kept })),
  } as unknown as Decision;
};

/**
 * So many commits of what these send, counted in units as the hub's thread does.
 * @returns for each, the most commits in a row that left it out while something of it waited
 */
function leftOut(senders: readonly Sender[], commits: number): number[] {
  const queue = new FairQueue<{ of: number; n: number }>();
  const decisions = senders.map(({ readings }) => stores(readings));
  const sent = senders.map(() => 0);
  const stored = senders.map(() => 0);
  const [most, inRow] = [senders.map(() => 0), senders.map(() => 0)];
  const send = (of: number, count: number): void => {
    const { bytes } = senders[of] as Sender;
    for (let i = 0; i < count; i++) queue.push(`${of}`, { of, n: (sent[of] as number)++ }, bytes);
  };
  for (const [of, { backlog }] of senders.entries()) send(of, backlog);
  for (let commit = 0; commit < commits && queue.length > 0; commit++) {
    const waited = sent.map((count, of) => count > (stored[of] as number));
    const group = queue.take(4096, 256 * 1024);
    const parts = new Parts();
    const served = new Set<number>();
    let reached = 0;
    for (const { of, n } of group) {
      if (parts.endsBefore(`${of}`)) break;
      parts.add(`${of}`, (senders[of] as Sender).bytes, decisions[of] as Decision);
      // One device's messages are stored in order.
      expect(n).toBe((stored[of] as number)++);
      served.add(of);
      reached += 1;
    }
    for (const [of, { pushes }] of senders.entries()) send(of, pushes);
    queue.settle(reached);
    const waiting =
      sent.reduce((sum, count) => sum + count, 0) - stored.reduce((sum, count) => sum + count, 0);
    expect(queue.length).toBe(waiting);
    for (const of of senders.keys()) {
      inRow[of] = waited[of] && !served.has(of) ? (inRow[of] as number) + 1 : 0;
      most[of] = Math.max(most[of] as number, inRow[of] as number);
    }
  }
  return most;
}

describe('whom a commit leaves out', () => {
  /** A message of so many bytes, with four readings. */
  const usual = (bytes: number, backlog: number, pushes: number): Sender => {
    return { bytes, readings: 4, backlog, pushes };
  };

  it.each([80, 101, 150, 181, 200, 250, 400, 600, 1000])(
    'has its turn in the next one behind a flood, with much or little waiting: messages of %i bytes',
    (bytes) => {
      // Two or three of the flood's messages are its part of a commit, and four of them its turn.
      for (const [floodBytes, readings] of [
        [1026, 255],
        [1543, 513],
        [700, 512],
      ] as const) {
        const flood = { bytes: floodBytes, readings, backlog: 900, pushes: 0 };
        for (const good of [
          usual(bytes, 1000, 0),
          usual(bytes, 0, 1),
          usual(bytes, 0, 2),
          usual(bytes, 900, 1),
        ])
          expect(
            leftOut([flood, good, usual(200, 0, 1)], 120)
              .slice(1)
              .filter((one) => one > 1),
          ).toEqual([]);
      }
    },
  );

  it('is left out by no more commits in a row than there are others, whatever they send', () => {
    const sender = fc.record({
      bytes: fc.oneof(fc.integer({ min: 30, max: 20_000 }), fc.constant(200_000)),
      readings: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 200, max: 700 })),
      backlog: fc.integer({ min: 0, max: 60 }),
      pushes: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(sender, { minLength: 1, maxLength: 8 }), (senders) => {
        expect(Math.max(...leftOut(senders, 40))).toBeLessThan(senders.length);
      }),
    );
  });
});

/** How long each good message waited, and each batch took to close, ms; good messages that a commit left behind. */
type Ran = { waits: number[]; closes: number[]; passedOver: number; flooded: number };

class Turns {
  readonly #home: Home;
  #seq = 0;
  #floodSeq = 0;

  constructor(home: Home) {
    this.#home = home;
  }

  /** So many seconds by the clock of what was done. */
  async run(seconds: number, floods: readonly Flood[]): Promise<Ran> {
    const { hub, nowMs: base } = this.#home;
    const queue = new FairQueue<Sent>();
    const waits: number[] = [];
    const closes: number[] = [];
    let passedOver = 0;
    let leftBefore: Sent[] = [];
    let [now, good, waiting, closeAt, lookAt] = [0, 0, 0, CLOSE_MS, LOOK_MS];
    let [tokens, filledAt] = [SHARE_BURST, 0];
    const arrive = (): void => {
      for (; good * EVERY_MS <= now; good++) {
        const device = `good-${good % GOOD}`;
        const body = this.#body(++this.#seq, this.#seq);
        queue.push(device, { device, body, atMs: good * EVERY_MS }, body.length);
      }
      tokens = Math.min(SHARE_BURST, tokens + (now - filledAt) * SHARE_BYTES_PER_MS);
      filledAt = now;
      while (floods.length > 0 && tokens >= 0 && waiting < SHARE_BURST) {
        const seq = ++this.#floodSeq;
        const kind = floods[Math.floor(seq / 51) % floods.length] as Flood;
        const body =
          seq % 51 === 1 ? encodeMessageCbor({ seq, readings: dearest[kind]() }) : this.#body(seq, seq);
        tokens -= body.length + HEADER_BYTES;
        waiting += body.length;
        queue.push('flood', { device: 'flood', body, atMs: now }, body.length);
      }
    };
    const commit = (): void => {
      const group = queue.take(4096, 256 * 1024);
      this.#home.nowMs = base + Math.floor(now);
      const arrivals = group.map(({ device, body }) => ({ device, body, received: this.#home.nowMs }));
      const parts = new Parts();
      const began = cpuMs();
      let onDisk = began;
      const { outcomes, readings } = hub.commit(
        arrivals,
        () => {
          onDisk = cpuMs();
        },
        undefined,
        parts,
      );
      packReadings(readings);
      const took = cpuMs() - began;
      const served = new Set(group.slice(0, outcomes.length).map(({ device }) => device));
      expect(new Set(outcomes)).toEqual(new Set(['stored']));
      for (const { device, body, atMs } of group.slice(0, outcomes.length)) {
        if (device === 'flood') waiting -= body.length;
        else waits.push(now + (onDisk - began) + FSYNC_MS - atMs);
      }
      // One that a commit left behind is in the next.
      for (const one of leftBefore) if (!served.has(one.device)) passedOver += 1;
      leftBefore = group.slice(outcomes.length).filter(({ device }) => device !== 'flood');
      for (const { bytes } of parts.heavy()) tokens -= bytes;
      now += took + FSYNC_MS;
      // What came while the commit ran is there before its end is heard of.
      arrive();
      queue.settle(outcomes.length);
    };
    while (now < seconds * 1000) {
      arrive();
      if (now >= closeAt) {
        const began = cpuMs();
        await this.#home.interval(0);
        closes.push(cpuMs() - began);
        now += cpuMs() - began + 2 * FSYNC_MS;
        closeAt += CLOSE_MS;
      } else if (now >= lookAt) {
        const began = cpuMs();
        hub.watch.look();
        now += cpuMs() - began;
        lookAt += LOOK_MS;
      } else if (queue.length > 0) commit();
      else now = Math.min(good * EVERY_MS, closeAt, lookAt);
    }
    this.#home.nowMs = base + seconds * 1000 + 1000;
    return { waits, closes, passedOver, flooded: this.#floodSeq };
  }

  #body(seq: number, value: number): Uint8Array {
    const readings: TimedMeasurement[] = [{ measurement: { kind: 'heart-rate', value: 60 + (value % 40) } }];
    return encodeMessageCbor({ seq, readings });
  }
}
