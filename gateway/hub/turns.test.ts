// A flood and ten good devices in front of one hub: the same queue, commits and batches as it has, one after the other, on a
// clock that goes by the processor time of each. What else the machine does is not in it, nor are sockets and threads; an
// fsync is taken for a millisecond. `HEARTWOOD_SPEED=1 npx vitest run gateway/hub/turns` prints how long the good ones wait.

import { encodeMessageCbor, type TimedMeasurement } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
      const left = group.slice(outcomes.length).toReversed();
      expect(new Set(outcomes)).toEqual(new Set(['stored']));
      for (const { device, body, atMs } of group.slice(0, outcomes.length)) {
        if (device === 'flood') waiting -= body.length;
        else waits.push(now + (onDisk - began) + FSYNC_MS - atMs);
      }
      // One that a commit left behind is in the next.
      for (const one of leftBefore) if (!served.has(one.device)) passedOver += 1;
      leftBefore = left.filter(({ device }) => device !== 'flood');
      for (const isServed of [true, false])
        for (const one of left)
          if (served.has(one.device) === isServed) queue.putBack(one.device, one, one.body.length);
      for (const { bytes } of parts.heavy()) tokens -= bytes;
      now += took + FSYNC_MS;
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
