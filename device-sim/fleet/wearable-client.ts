// One wearable on the network: a real MQTT connection, broken and mended as often as the radio likes, and an outbox
// that a message leaves only at its PUBACK. Every connection is a new MQTT.js client with reconnecting switched off,
// so that nothing of a broken one lives on; coming back is ours: exponential back-off with full jitter from the seed.

import { encodeMessageCbor, encodeMessageJson, KINDS, type Message, topicOf } from '@heartwood/vitals';
import mqtt, { type MqttClient } from 'mqtt';
import type { Random } from '../random.ts';
import type { Clock } from './clock.ts';
import { createOutbox } from './outbox.ts';

/** Where the hub is, and how to know it. */
export type HubAddress = {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly brokerUrl: string;
  /** The authority that signed the hub's certificate, PEM; without it the system's authorities count. */
  readonly ca?: string | Uint8Array;
  /** The name in the hub's certificate, where it is not the host of the URL. */
  readonly servername?: string;
};

export type MessageFormat = 'json' | 'cbor';

export type WearableClientOptions = HubAddress & {
  /** Device id: user name and client id at once. */
  readonly id: string;
  readonly password: string;
  readonly format: MessageFormat;
  /** Publishes waiting for their PUBACK at most; 20 by default. */
  readonly inFlightMax?: number;
  /** What is measured now goes before what waits since the connection was lost; false by default: all in its order. */
  readonly presentFirst?: boolean;
  /** Hears of each acknowledgement: how long the message had waited since it was offered, ms of a monotonic clock. */
  readonly onAcknowledged?: (waitedMs: number) => void;
  /** First wait after a broken connection, ms (doubles up to `backoffMaxMs`); 250 and 15,000 by default. */
  readonly backoffMs?: number;
  readonly backoffMaxMs?: number;
  readonly random: Random;
  readonly clock: Clock;
  /** Ids, counts and reasons only: never a vital sign. */
  readonly log?: (event: string, facts: Readonly<Record<string, string | number>>) => void;
};

export type ClientCounts = {
  /** Messages handed to the outbox. */
  produced: number;
  /** Publishes on the wire, repeats after a broken connection included. */
  sent: number;
  acknowledged: number;
  connections: number;
  /** CONNACKs that refused us: not enrolled, wrong password, banned. */
  refused: number;
};

export type WearableClient = {
  readonly counts: Readonly<ClientCounts>;
  /** Messages not acknowledged yet. */
  readonly pending: number;
  offer(message: Message): void;
  /** Breaks the connection without a word, as a lost radio does: the hub sees the will. */
  cut(): void;
  /** Out of reach until `up`. */
  down(): void;
  up(): void;
  /** Resolves when the outbox is no larger than `size`, or when `signal` aborts. */
  drained(size: number, signal: AbortSignal): Promise<void>;
  /** Says goodbye (retained `offline`, DISCONNECT) and stops for good. Unacknowledged messages stay counted. */
  close(): Promise<void>;
};

const CONNECT_TIMEOUT_MS = 10_000;
const GOODBYE_MS = 1_000;

/** Connects at once and keeps trying until `close`. */
export function connectWearable(options: WearableClientOptions): WearableClient {
  const { id, random, clock } = options;
  const inFlightMax = options.inFlightMax ?? 20;
  const backoffMs = options.backoffMs ?? 250;
  const backoffMaxMs = options.backoffMaxMs ?? 15_000;
  const log = options.log ?? (() => undefined);
  const encode = options.format === 'cbor' ? encodeMessageCbor : encodeMessageJson;
  const statusTopic = topicOf(id, 'status');
  const outbox = createOutbox(options.presentFirst);
  const counts: ClientCounts = { produced: 0, sent: 0, acknowledged: 0, connections: 0, refused: 0 };
  const closing = new AbortController();
  let waiters: { readonly size: number; readonly resolve: () => void }[] = [];
  // The one live connection; callbacks of an older one compare and find that they no longer count.
  let live: MqttClient | undefined;
  let connected = false;
  let reachable = true;
  let failures = 0;
  let retry: AbortController | undefined;

  const settle = (): void => {
    const ready = waiters.filter((waiter) => outbox.size <= waiter.size);
    waiters = waiters.filter((waiter) => outbox.size > waiter.size);
    for (const waiter of ready) waiter.resolve();
  };

  const pump = (): void => {
    while (live && connected && outbox.inFlight < inFlightMax) {
      const client = live;
      const next = outbox.take();
      if (!next) return;
      counts.sent++;
      const { topic, payload } = next.entry;
      client.publish(topic, payload as Buffer, { qos: 1 }, (error) => {
        // An error is the link's, never the message's: it will be sent again. Acknowledgements of an older
        // connection cannot come here, since its outbox places were rewound with it.
        if (error || client !== live) return;
        if (outbox.acknowledge(next.token)) {
          counts.acknowledged++;
          options.onAcknowledged?.(performance.now() - next.entry.offeredMs);
        }
        settle();
        pump();
      });
    }
  };

  const lost = (client: MqttClient): void => {
    if (client !== live) return;
    live = undefined;
    connected = false;
    outbox.rewind();
    client.end(true);
    if (closing.signal.aborted || !reachable) return;
    const waitMs = random.next() * Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(failures, 16));
    failures++;
    const waiting = new AbortController();
    retry = waiting;
    clock.sleep(waitMs, waiting.signal).then(
      () => {
        if (!waiting.signal.aborted) connect();
      },
      () => undefined,
    );
  };

  const connect = (): void => {
    if (live || !reachable || closing.signal.aborted) return;
    const client = mqtt.connect(options.brokerUrl, {
      clientId: id,
      username: id,
      password: options.password,
      protocolVersion: 4,
      clean: true,
      keepalive: 30,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      queueQoSZero: false,
      ...(options.ca !== undefined && { ca: options.ca as Buffer }),
      ...(options.servername !== undefined && { servername: options.servername }),
      will: { topic: statusTopic, payload: Buffer.from('offline'), qos: 1, retain: true },
    });
    live = client;
    client.on('connect', () => {
      if (client !== live) return;
      connected = true;
      failures = 0;
      counts.connections++;
      outbox.resume();
      log('connected', { device: id, waiting: outbox.size });
      client.publish(statusTopic, 'online', { qos: 1, retain: true });
      pump();
    });
    client.on('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      // A number is the hub's own answer (MQTT 3.1.1 section 3.2.2.3: 1 to 5), a word is the network's.
      if (typeof code === 'number') counts.refused++;
      log('connection failed', { device: id, reason: code === undefined ? error.message : String(code) });
      lost(client);
    });
    client.on('close', () => lost(client));
  };

  // A goodbye is a courtesy: whether it fails or takes too long, we leave.
  const within = async (courtesy: Promise<unknown>): Promise<void> => {
    const done = new AbortController();
    await Promise.race([courtesy.catch(() => undefined), clock.sleep(GOODBYE_MS, done.signal)]);
    done.abort();
  };

  const drop = (): void => {
    const client = live;
    if (!client) return;
    // Destroyed, not ended: a lost radio sends no DISCONNECT, so the hub must publish the will.
    client.stream?.destroy();
    lost(client);
  };

  connect();
  return {
    counts,
    get pending() {
      return outbox.size;
    },
    offer: (message) => {
      const waves = message.readings.every(({ measurement }) => KINDS[measurement.kind].shape === 'wave');
      outbox.add({
        topic: topicOf(id, waves ? 'wave' : 'readings'),
        payload: encode(message),
        offeredMs: performance.now(),
      });
      counts.produced++;
      pump();
    },
    cut: drop,
    down: () => {
      reachable = false;
      retry?.abort();
      drop();
    },
    up: () => {
      reachable = true;
      failures = 0;
      connect();
    },
    drained: (size, signal) =>
      new Promise((resolve) => {
        if (outbox.size <= size || signal.aborted) {
          resolve();
          return;
        }
        const done = (): void => {
          signal.removeEventListener('abort', done);
          resolve();
        };
        signal.addEventListener('abort', done, { once: true });
        waiters.push({ size, resolve: done });
      }),
    close: async () => {
      closing.abort();
      retry?.abort();
      const client = live;
      if (!client) return;
      if (!connected) {
        live = undefined;
        client.end(true);
        return;
      }
      // DISCONNECT takes the will back, so `offline` has to be said by ourselves first.
      await within(client.publishAsync(statusTopic, 'offline', { qos: 1, retain: true }));
      live = undefined;
      connected = false;
      await within(client.endAsync());
      client.end(true);
    },
  };
}
