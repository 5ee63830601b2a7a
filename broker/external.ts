// The guest seat: where a broker already runs (Mosquitto, EMQX, a cluster), the hub joins it as a client
// instead of opening a door of its own, with the same `accept` and the same promise: the broker keeps a
// message until the hub has it on disk.
//
// MQTT.js hands over one message at a time and sends PUBACK when `handleMessage` calls back, which would make
// a commit for every message. So `handleMessage` lets the next one through at once with an error (MQTT.js then
// sends no PUBACK), and the PUBACK is sent from here when `accept` resolved. external.test.ts fails
// when MQTT.js changes this.
//
// Whoever publishes there decides how large a body is, and how fast they come: what is larger than a message may be
// is cut before it goes on, and the socket is not read while too much waits.

import { BODY_MAX_BYTES, parseTopic } from '@heartwood/vitals';
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Accept, Arrival, OnLink } from './arrival.ts';
import { errorName } from './event.ts';
import { type Held, InOrder } from './in-order.ts';
import { defaultLimits } from './limits.ts';
import { type CountedOnly, Tally } from './tally.ts';

/** What the guest says to the log. `error` is a code or class name. */
export type ExternalEvent =
  | { event: 'external-connected'; url: string; sessionPresent: boolean }
  | { event: 'external-unreachable'; url: string; error: string; retryMs: number }
  | { event: 'external-subscribe-refused'; url: string; filter: string; code: number }
  | { event: 'external-lost'; url: string; retryMs: number }
  | { event: 'external-not-stored'; device: string; error: string }
  | { event: 'external-too-large'; device: string; bytes: number }
  | { event: 'external-topic-refused' }
  | CountedOnly;

/**
 * How to join. `clientId` names the session that the broker keeps: it must stay the same and be the hub's
 * alone. `ca` is PEM, for a broker with a private certificate. Waits in ms.
 */
export type ExternalOptions = {
  url: string;
  clientId: string;
  username?: string;
  password?: string;
  ca?: string | Buffer;
  protocolVersion?: 4 | 5;
  accept: Accept;
  onLink: OnLink;
  /** `more` such events came within a minute (tally.ts). */
  log: (event: ExternalEvent & { more?: number }) => void;
  now?: () => number;
  /** First and longest wait before coming back; the wait doubles between them. */
  retryFirstMs?: number;
  retryLongestMs?: number;
  /** Messages waiting for the disk at most; above it the socket is not read. Also MQTT 5 Receive Maximum. */
  inFlightMax?: number;
  /** Bytes of their bodies; above it the socket is not read. */
  waitingBytesMax?: number;
  /** How long an MQTT 5 broker keeps the session, and so the messages, while the hub is away. */
  sessionExpirySeconds?: number;
};

/** Since the start; `waiting` and `waitingBytes` are of this moment. */
export type ExternalCounts = {
  arrivals: number;
  notStored: number;
  refused: number;
  tooLarge: number;
  waiting: number;
  waitingBytes: number;
  connects: number;
};

export type ExternalSubscription = {
  connected(): boolean;
  stats(): ExternalCounts;
  /** Takes no further message, waits for the disk, leaves. The session stays at the broker. */
  close(): Promise<void>;
};

type Sitting = { client: MqttClient; acks: InOrder; over: boolean; readOn: (() => void) | undefined };

const filters = ['heartwood/v1/+/readings', 'heartwood/v1/+/wave', 'heartwood/v1/+/status'];

/** MQTT.js's own sender of acknowledgements, private in its types; `handleMessage` ends in the same call. */
type ClientInside = {
  _sendPacket(packet: { cmd: 'puback'; messageId: number; reasonCode: 0 }, done: () => void): void;
};

/**
 * Joins a broker and keeps trying to: never rejects, says in the log why it cannot connect.
 *
 * The device of an arrival is the one its topic names. This trusts the other broker's access rules: whoever
 * may publish there on `heartwood/v1/<id>/...` is that device to the hub. Give each device write access to
 * its own topics only, as `docs/spec` says.
 *
 * When `accept` rejects, the message is not acknowledged and the connection is dropped; the broker sends it
 * again when the hub is back (MQTT-4.4.0-1).
 */
export function subscribeExternal(options: ExternalOptions): ExternalSubscription {
  const { url, accept, onLink, now = Date.now } = options;
  const { retryFirstMs = 1_000, retryLongestMs = 60_000, inFlightMax = 1_024 } = options;
  const { waitingBytesMax = defaultLimits.waitingBytesOfAllMax } = options;
  const tally = new Tally<ExternalEvent>(options.log);
  const log = (event: ExternalEvent): void => tally.add(event);
  const counts: ExternalCounts = {
    arrivals: 0,
    notStored: 0,
    refused: 0,
    tooLarge: 0,
    waiting: 0,
    waitingBytes: 0,
    connects: 0,
  };
  const online = new Set<string>();
  let retryMs = retryFirstMs;
  let retry: NodeJS.Timeout | undefined;
  let closing = false;
  let onIdle: (() => void) | undefined;
  let sitting = sit();

  /** One connection from try to loss. Message ids and what waits for its PUBACK belong to it and die with it. */
  function sit(): Sitting {
    const client = mqtt.connect(url, clientOptions(options, inFlightMax));
    const me: Sitting = { client, acks: new InOrder(), over: false, readOn: undefined };
    let welcomed = false;
    let lastError: unknown;

    client.on('connect', ({ sessionPresent }) => {
      counts.connects += 1;
      welcomed = true;
      retryMs = retryFirstMs;
      log({ event: 'external-connected', url, sessionPresent });
      client.subscribe(filters, { qos: 1 }, (_error, _granted, suback) => {
        for (const [at, code] of (suback?.granted ?? []).entries()) {
          const filter = filters[at];
          if (filter === undefined || typeof code !== 'number' || code < 0x80) continue;
          log({ event: 'external-subscribe-refused', url, filter, code });
        }
      });
    });
    client.on('error', (error) => {
      lastError = error;
    });
    client.once('close', () => {
      me.over = true;
      me.acks.drop();
      client.end(true);
      if (closing) return;
      if (welcomed) log({ event: 'external-lost', url, retryMs });
      else log({ event: 'external-unreachable', url, error: reasonOf(lastError), retryMs });
      retry = setTimeout(() => {
        sitting = sit();
      }, retryMs);
      retryMs = Math.min(2 * retryMs, retryLongestMs);
    });
    client.handleMessage = (packet, next) => arrived(me, packet, () => next(new Error('acknowledged later')));
    return me;
  }

  function arrived(me: Sitting, packet: IPublishPacket, readOn: () => void): void {
    if (closing || me.over) return; // not read on, not acknowledged: the broker sends it again
    const held = me.acks.hold(() => {
      if (packet.qos === 1 && packet.messageId !== undefined) {
        const puback = { cmd: 'puback' as const, messageId: packet.messageId, reasonCode: 0 as const };
        (me.client as unknown as ClientInside)._sendPacket(puback, () => undefined);
      }
      turn(me);
    });
    const arrival = toArrival(packet);
    if (arrival === undefined) me.acks.settle(held);
    else store(arrival, me, held);
    me.readOn = readOn;
    turn(me);
  }

  /** Something was taken or stored: the next message is read if there is room for it. */
  function turn(me: Sitting): void {
    if (closing || me.over || me.acks.length >= inFlightMax || counts.waitingBytes > waitingBytesMax) return;
    const go = me.readOn;
    me.readOn = undefined;
    go?.();
  }

  function toArrival(packet: IPublishPacket): Arrival | undefined {
    const topic = parseTopic(packet.topic);
    if (topic === undefined || topic.channel === 'command') {
      counts.refused += 1;
      log({ event: 'external-topic-refused' });
      return undefined;
    }
    const body = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    if (topic.channel === 'status') {
      const word = body.length <= 7 ? body.toString('latin1') : '';
      if ((word === 'online' || word === 'offline') && online.has(topic.deviceId) !== (word === 'online')) {
        if (word === 'online') online.add(topic.deviceId);
        else online.delete(topic.deviceId);
        onLink(topic.deviceId, word, now());
      }
      return undefined;
    }
    const { deviceId: device, channel } = topic;
    const arrival: Arrival = { device, channel, body, qos: packet.qos };
    if (body.length > BODY_MAX_BYTES) {
      counts.tooLarge += 1;
      log({ event: 'external-too-large', device, bytes: body.length });
      // One byte more than a message may have: refused for that, and kept no longer than one. A copy lets go of the rest.
      arrival.body = Uint8Array.prototype.slice.call(body, 0, BODY_MAX_BYTES + 1);
    }
    const type = packet.properties?.contentType;
    if (typeof type === 'string') arrival.contentType = type;
    return arrival;
  }

  function store(arrival: Arrival, me: Sitting, held: Held): void {
    counts.arrivals += 1;
    counts.waiting += 1;
    counts.waitingBytes += arrival.body.length;
    let stored: Promise<void>;
    try {
      stored = accept(arrival);
    } catch (error) {
      stored = Promise.reject(error);
    }
    stored
      .then(
        () => me.acks.settle(held),
        (error: unknown) => {
          counts.notStored += 1;
          log({ event: 'external-not-stored', device: arrival.device, error: errorName(error) });
          if (arrival.qos === 0) {
            me.acks.settle(held);
            return;
          }
          me.over = true;
          me.acks.drop();
          me.client.stream.destroy();
        },
      )
      .finally(() => {
        counts.waiting -= 1;
        counts.waitingBytes -= arrival.body.length;
        turn(sitting);
        if (counts.waiting === 0) onIdle?.();
      });
  }

  return {
    connected: () => sitting.client.connected,
    stats: () => ({ ...counts }),
    close: async () => {
      closing = true;
      clearTimeout(retry);
      if (counts.waiting > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      await new Promise((resolve) => setImmediate(resolve));
      await sitting.client.endAsync(true);
      tally.tell();
    },
  };
}

function clientOptions(options: ExternalOptions, inFlightMax: number): IClientOptions {
  const {
    clientId,
    username,
    password,
    ca,
    protocolVersion = 5,
    sessionExpirySeconds = 7 * 86_400,
  } = options;
  const properties = {
    sessionExpiryInterval: sessionExpirySeconds,
    receiveMaximum: Math.min(inFlightMax, 65_535),
    // What is larger the broker does not send at all (MQTT-3.1.2-24). MQTT 3.1.1 cannot ask for that.
    maximumPacketSize: defaultLimits.packetBytesMax,
  };
  return {
    clientId,
    protocolVersion,
    clean: false,
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: 10_000,
    queueQoSZero: false,
    ...(protocolVersion === 5 ? { properties } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
  };
}

/** A person reads this: the system's code (ECONNREFUSED, a certificate's fault) or the broker's CONNACK code. */
function reasonOf(error: unknown): string {
  if (error === undefined) return 'connection closed before CONNACK';
  if (error instanceof Error && 'code' in error && typeof error.code === 'number') {
    return `CONNACK code ${error.code}: ${error.message}`;
  }
  return errorName(error);
}
