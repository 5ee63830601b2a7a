// The hub's MQTT door. A socket is counted (crowd), waits for its CONNECT (doorstep), proves who it is and
// says what it has to say (desk). A message goes to `accept`; its acknowledgement leaves when `accept`
// resolved, in the order of arrival. Nothing is relayed from device to device.

import type { Socket } from 'node:net';
import type { Client } from 'aedes';
import { AccessDenied } from './access.ts';
import type { Accept, OnLink } from './arrival.ts';
import { Commands } from './commands.ts';
import { type Connection, endConnection, newConnection, reason } from './connection.ts';
import { Crowd } from './crowd.ts';
import { Desk, type DeskOptions } from './desk.ts';
import { waitOnDoorstep } from './doorstep.ts';
import type { BrokerEvent, ConnectionRefusal, Log } from './event.ts';
import { standInFront } from './front.ts';
import { Intake, type IntakeCounts } from './intake.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { Links } from './links.ts';
import { type Certificate, type Listener, type OpenListener, openListener } from './listener.ts';
import type { Violation } from './protocol.ts';
import { type ClientInside, startQuietAedes } from './quiet-aedes.ts';
import { SessionStore } from './session-store.ts';
import { Tally } from './tally.ts';
import { openWebDoor } from './web-door.ts';

/**
 * `authenticate` says whether a password is the device's; constant time is its work, and a rejection means
 * "cannot say now". `limits` override the defaults one by one. `now` defaults to the system clock.
 */
export type BrokerOptions = Omit<DeskOptions, 'now'> & {
  listeners: readonly Listener[];
  accept: Accept;
  onLink: OnLink;
  limits?: Partial<Limits>;
  /** How often within a minute the log gets the same event before it is only counted; once, if left out. */
  sameEventsMax?: number;
  now?: () => number;
};

/** Counters since the start and what is held now. */
export type BrokerStats = IntakeCounts & {
  loginsRefused: number;
  subscribesDenied: number;
  connections: number;
  devices: number;
  sessions: number;
  connectionsRefused: number;
  /** Connections ended since a packet broke the protocol. */
  protocolBroken: number;
  /** Connections that are not read at this moment: too much of theirs waits, or their share is spent. */
  notRead: number;
};

export type Broker = {
  /** The bound ports, in the order of the listeners. */
  readonly ports: readonly number[];
  /**
   * Sends a command at the QoS of the subscription, 1 at most. Resolves when it is written to the device's connection,
   * or kept until the device has room or comes back to its persistent session; rejects with NOBODY_LISTENS, TOO_LARGE
   * or BUSY.
   */
  command(deviceId: string, body: Uint8Array): Promise<void>;
  /** The certificate (PEM) that every TLS listener shows from now on; who is connected stays so. Throws where it does not load. */
  renew(certificate: Certificate): void;
  /** Takes so many bytes more of a device's share: what it sent cost the hub more than its bytes say. */
  charge(deviceId: string, bytes: number): void;
  /** Devices connected now. */
  connected(): readonly string[];
  /** Revocation: ends the device's connection, also one whose password is being checked, and its session. */
  disconnect(deviceId: string): void;
  /**
   * Closes the listeners and takes no further message; resolves when every message already taken is on disk
   * or refused, and its acknowledgement written. A device that goes on sending is disconnected unanswered.
   */
  stopAccepting(): Promise<void>;
  /** Ends everything. Waits for the disk at most `drainTimeoutMs`. Links are not reported as lost. */
  close(): Promise<void>;
  stats(): BrokerStats;
};

const CLOSE_MS = 1_000;

/** Starts the broker. Rejects with a BrokerError when a listener may not or cannot be opened; none stays open then. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { authenticate, recognize, now = Date.now } = options;
  const tally = new Tally<BrokerEvent>(options.log, options.sameEventsMax);
  const log: Log = (event) => tally.add(event);
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const store = new SessionStore(limits);
  const links = new Links(options.onLink, now);
  const intake = new Intake(options.accept, log, limits, store, links);
  const desk = new Desk(
    { authenticate, ...(recognize && { recognize }), log, now },
    limits,
    intake,
    links,
    store,
  );
  const commands = new Commands({ limits, store, now });
  // A device that acknowledges makes room for the next; what goes wrong on its connection ends it.
  const pump = (device: string): void => {
    const connection = desk.devices.get(device);
    if (connection !== undefined) void commands.pump(connection).catch(() => undefined);
  };
  store.onAcknowledged = pump;
  const crowd = new Crowd(limits);
  let connectionsRefused = 0;
  let protocolBroken = 0;

  const aedes = await startQuietAedes({
    ...desk.hooks,
    persistence: store,
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.drainTimeoutMs,
    maximumPacketSize: limits.packetBytesMax,
    receiveMaximum: limits.inFlightMax,
    queueLimit: limits.queueLimit,
    maxTopicLevels: limits.topicLevelsMax,
    maxClientsIdLength: 63, // MQTT 3.1 allows 23, our device ids have up to 63
    sessionExpiryIntervalLimit: limits.sessionExpirySecondsMax,
    heartbeatInterval: 2 ** 29 - 1, // nothing listens to it; aedes multiplies it by four for a second timer
  });
  aedes.on('clientReady', (client: Client) => {
    desk.ready(client);
    const device = desk.of(client)?.device;
    if (device !== undefined) pump(device);
  });
  aedes.on('unsubscribe', (topics: string[], client: Client) => desk.unsubscribed(client, topics));
  const clientError = (client: Client, error: Error): void => {
    const connection = desk.of(client);
    if (error instanceof AccessDenied || connection === undefined) return;
    // The texts of aedes and mqtt-packet are fixed sentences and numbers; they quote nothing a device sent.
    log({
      event: 'client-error',
      device: connection.device,
      address: connection.address,
      error: error.message,
    });
  };
  aedes.on('clientError', clientError);
  aedes.on('connectionError', clientError);
  // @ts-expect-error aedes emits it for a failed store, its types leave it out
  aedes.on('error', (error: Error) => log({ event: 'broker-error', error: error.message }));

  function broken(connection: Connection, { step, clause, reasonCode }: Violation): void {
    protocolBroken += 1;
    const { device, address } = connection;
    log({ event: 'protocol-broken', device, address, step, clause, reasonCode });
  }

  function turnAway(socket: Socket, refusal: ConnectionRefusal): void {
    connectionsRefused += 1;
    log({ event: 'connection-refused', address: socket.remoteAddress ?? 'unknown', reason: refusal });
    socket.destroy();
  }

  function admit(socket: Socket): boolean {
    socket.on('error', () => undefined);
    const address = socket.remoteAddress ?? 'unknown';
    const refusal = desk.mustWait(address)
      ? 'too-many-failed-logins'
      : desk.tooOften(address)
        ? 'too-many-connects'
        : crowd.enter(socket);
    if (refusal !== undefined) turnAway(socket, refusal);
    return refusal === undefined;
  }

  /** `under` carries it: the socket itself, or the one below a WebSocket. */
  function welcome(socket: Socket, under: Socket = socket): void {
    socket.on('error', () => undefined);
    waitOnDoorstep(socket, {
      bytesMax: limits.connectPacketBytesMax,
      timeoutMs: limits.connectTimeoutMs,
      refuse: (refusal) => turnAway(under, refusal),
      ...(under === socket && { web: () => web.take(socket) }),
      enter: () => {
        const connection = newConnection(socket, under);
        desk.enter(connection);
        const client = aedes.handle(socket) as ClientInside;
        connection.client = client;
        const waiting = (): number => intake.waitingBytes;
        standInFront(connection, client, { limits, now, waiting, broken, renamed: desk.renamed });
      },
    });
  }

  const web = openWebDoor({
    frameBytesMax: limits.packetBytesMax,
    timeoutMs: limits.connectTimeoutMs,
    welcome,
    refuse: turnAway,
  });

  const opened: OpenListener[] = [];
  const reception = {
    admit,
    welcome,
    tlsFailed: (address: string) => {
      connectionsRefused += 1;
      log({ event: 'connection-refused', address, reason: 'tls-handshake' as const });
    },
    failed: (error: Error) => log({ event: 'broker-error', error: error.message }),
  };
  let closing: Promise<void> | undefined;
  let closedListeners: Promise<unknown> | undefined;
  const closeListeners = (): Promise<unknown> => {
    closedListeners ??= Promise.all(
      opened.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
    return closedListeners;
  };

  async function stopAccepting(): Promise<void> {
    intake.stopping = true;
    void closeListeners();
    await intake.idle();
    await new Promise((resolve) => setImmediate(resolve)); // the acknowledgements are corked until the next tick
  }

  async function close(): Promise<void> {
    await within(limits.drainTimeoutMs, stopAccepting());
    const ended = [...desk.connections].map((connection) => {
      connection.superseded = true;
      return endConnection(connection, reason.serverShuttingDown);
    });
    await within(CLOSE_MS, Promise.all(ended));
    crowd.clear();
    await closeListeners();
    await new Promise<void>((resolve) => aedes.close(resolve));
    tally.tell();
  }

  try {
    for (const listener of options.listeners) {
      const { host, tls } = listener;
      const one = await openListener(listener, limits.connectTimeoutMs, reception);
      opened.push(one);
      log({ event: 'listening', host, port: one.port, tls: tls !== undefined });
    }
  } catch (error) {
    await close();
    throw error;
  }

  return {
    ports: opened.map(({ port }) => port),
    renew: (certificate) => {
      for (const { renew } of opened) renew?.(certificate);
    },
    command: (deviceId, body) => commands.send(deviceId, desk.devices.get(deviceId), body),
    charge: (deviceId, bytes) => desk.charge(deviceId, bytes),
    connected: () => [...desk.devices].filter(([, { ready }]) => ready).map(([device]) => device),
    disconnect: (deviceId) => {
      for (const connection of desk.connections) {
        if (connection.claimed === deviceId) void endConnection(connection, reason.administrativeAction);
      }
      store.forget(deviceId);
    },
    stopAccepting,
    close: () => {
      closing ??= close();
      return closing;
    },
    stats: () => ({
      ...intake.counts,
      ...desk.counts,
      connections: crowd.size,
      devices: desk.devices.size,
      sessions: store.size,
      connectionsRefused,
      protocolBroken,
      notRead: [...desk.connections].filter(({ tap }) => tap?.closed === true).length,
    }),
  };
}

/** Waits for `work`, at most `ms`; the work goes on behind. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
