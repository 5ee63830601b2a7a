// Many wearables at once, each with its own stream and its own connection, at the pace of a virtual clock that
// runs `speed` times as fast as the real one.

import { type Delivery, type DeviceStream, isMessage } from '../delivery.ts';
import type { Random } from '../random.ts';
import type { Clock } from './clock.ts';
import {
  type ClientCounts,
  connectWearable,
  type HubAddress,
  type MessageFormat,
  type WearableClient,
} from './wearable-client.ts';

export type FleetDevice = {
  readonly id: string;
  readonly password: string;
  readonly stream: DeviceStream;
  readonly format?: MessageFormat;
  /**
   * What happens to the rest of the stream when the time is up: `drop` (default; a body's stream has no end), or
   * `burst`: all of it at once, as a wearable empties its memory, so that no part of a recording is ever missing.
   */
  readonly rest?: 'drop' | 'burst';
};

export type FleetOptions = HubAddress & {
  readonly devices: readonly FleetDevice[];
  /** Virtual seconds per real second; 1 by default. */
  readonly speed?: number;
  /** Virtual time at the start, ms since 1970; the clock's time by default. Streams older than this go at once. */
  readonly startAtMs?: number;
  /** Real ms of the live part; by default until every stream has ended or `signal` aborts. */
  readonly forMs?: number;
  /** Real ms granted at the end for what is not acknowledged yet; 30,000 by default. */
  readonly drainMs?: number;
  readonly inFlightMax?: number;
  /** As for one wearable's client. */
  readonly backoffMs?: number;
  readonly backoffMaxMs?: number;
  /** A device stops reading its stream while this many messages wait (nothing is lost, only later); 10,000 by default. */
  readonly outboxMax?: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly log?: (event: string, facts: Readonly<Record<string, string | number>>) => void;
  /** Ends the live part: bursts and draining still happen. */
  readonly signal?: AbortSignal;
};

export type DeviceSummary = ClientCounts & {
  /** Messages left without an acknowledgement when the time to drain was over. */
  readonly pending: number;
  /** Messages handed over in one burst after the live part. */
  readonly burst: number;
};

export type FleetSummary = Omit<DeviceSummary, never> & {
  readonly byDevice: ReadonlyMap<string, DeviceSummary>;
};

/**
 * Runs all devices, then drains what is left and resolves with the counts. Never rejects for what a network
 * does; a message without acknowledgement shows as `pending`.
 */
export async function runFleet(options: FleetOptions): Promise<FleetSummary> {
  const { clock } = options;
  const beganMs = clock.now();
  const over = new AbortController();
  const stop = (): void => over.abort();
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted) stop();
  const timed = new AbortController();
  if (options.forMs !== undefined) clock.sleep(options.forMs, timed.signal).then(stop, stop);

  const byDevice = new Map<string, DeviceSummary>();
  await Promise.all(
    options.devices.map(async (device) => {
      byDevice.set(device.id, await runDevice(device, options, beganMs, over.signal));
    }),
  );
  timed.abort();
  options.signal?.removeEventListener('abort', stop);
  return { ...total([...byDevice.values()]), byDevice };
}

async function runDevice(
  device: FleetDevice,
  options: FleetOptions,
  beganMs: number,
  over: AbortSignal,
): Promise<DeviceSummary> {
  const { clock } = options;
  const client = connectWearable({
    ...options,
    id: device.id,
    password: device.password,
    format: device.format ?? 'json',
    random: options.random.fork(`client ${device.id}`),
  });
  const walk = device.stream[Symbol.iterator]();
  try {
    const left = await playLive(walk, client, options, beganMs, over);
    let burst = 0;
    if (left && device.rest === 'burst') {
      for (const delivery of restOf(left, walk)) if (perform(client, delivery)) burst++;
    }
    client.up();
    const enough = new AbortController();
    const patience = new AbortController();
    clock.sleep(options.drainMs ?? 30_000, patience.signal).then(
      () => enough.abort(),
      () => undefined,
    );
    await client.drained(0, enough.signal);
    patience.abort();
    return { ...client.counts, pending: client.pending, burst };
  } finally {
    walk.return?.();
    await client.close();
  }
}

/** Plays the stream in time; returns the delivery that came too late, or undefined when the stream has ended. */
async function playLive(
  walk: Iterator<Delivery>,
  client: WearableClient,
  options: FleetOptions,
  beganMs: number,
  over: AbortSignal,
): Promise<Delivery | undefined> {
  const { clock } = options;
  const speed = options.speed ?? 1;
  const startAtMs = options.startAtMs ?? beganMs;
  const outboxMax = options.outboxMax ?? 10_000;
  for (let next = walk.next(); !next.done; next = walk.next()) {
    const dueMs = beganMs + (next.value.sendAtMs - startAtMs) / speed;
    const waitMs = dueMs - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs, over);
    if (client.pending >= outboxMax) await client.drained(outboxMax - 1, over);
    if (over.aborted) return next.value;
    perform(client, next.value);
  }
  return undefined;
}

/** True when the delivery was a message. */
function perform(client: WearableClient, delivery: Delivery): boolean {
  if (isMessage(delivery)) {
    client.offer(delivery.message);
    return true;
  }
  if ('link' in delivery) client[delivery.link]();
  return false;
}

function* restOf(first: Delivery, walk: Iterator<Delivery>): Generator<Delivery> {
  yield first;
  for (let next = walk.next(); !next.done; next = walk.next()) yield next.value;
}

function total(summaries: readonly DeviceSummary[]): DeviceSummary {
  const sum = { produced: 0, sent: 0, acknowledged: 0, connections: 0, refused: 0, pending: 0, burst: 0 };
  for (const summary of summaries) {
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += summary[key];
  }
  return sum;
}
