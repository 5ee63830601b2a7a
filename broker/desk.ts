// What happens to a connection that has said CONNECT: the login, step by step, and then every PUBLISH and
// SUBSCRIBE. aedes calls these as its hooks; an error given to its callback closes an MQTT 3.1.1 connection
// and answers an MQTT 5 client with 0x87.

import { topicOf } from '@heartwood/vitals';
import type { AedesOptions, AuthenticateError, Client, ConnectPacket, Subscription } from 'aedes';
import {
  AccessDenied,
  type LaterStep,
  laterSteps,
  maySubscribe,
  type Refusal,
  refuseConnect,
} from './access.ts';
import { addressKey, ownPrefixes } from './address.ts';
import { type Connection, type DeviceShare, endConnection, reason } from './connection.ts';
import { errorName, type Log } from './event.ts';
import { FailedLogins } from './failed-logins.ts';
import type { Intake } from './intake.ts';
import type { Limits } from './limits.ts';
import type { Links } from './links.ts';
import type { SessionStore } from './session-store.ts';
import { SESSION_ALONE } from './session-store.ts';
import { Shares } from './share.ts';

/** What the desk works with. `now` is the hub's clock, ms since 1970. */
export type DeskOptions = {
  authenticate: (deviceId: string, password: Uint8Array | undefined, address: string) => Promise<boolean>;
  /** Why a device may not connect by the certificate with this SHA-256 (hex); undefined where it may. Without it, none may. */
  recognize?: (deviceId: string, fingerprint: string) => Promise<string | undefined>;
  log: Log;
  now: () => number;
};

type DeskHooks = Required<
  Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe'>
>;

/** Addresses, devices and pairs of them whose shares are remembered, each in its table. */
const KEYS_MAX = 4096;

export class Desk {
  readonly counts = { loginsRefused: 0, subscribesDenied: 0 };
  /** The one connection of each device whose password was right. Written by `#login` and `#leave` only. */
  readonly devices: Map<string, Connection> = new Map();
  readonly connections: Set<Connection> = new Set();

  readonly #options: DeskOptions;
  readonly #limits: Limits;
  readonly #failures: FailedLogins;
  readonly #logins: Shares;
  readonly #connects: Shares;
  readonly #messages: Shares;
  readonly #bytes: Shares;
  readonly #bySocket = new WeakMap<object, Connection>();
  /** The names of filters that were made different for aedes (filters.ts). */
  readonly renamed: WeakMap<Subscription, string> = new WeakMap();
  readonly #store: SessionStore;
  readonly #intake: Intake;
  readonly #links: Links;

  constructor(options: DeskOptions, limits: Limits, intake: Intake, links: Links, store: SessionStore) {
    this.#options = options;
    this.#limits = limits;
    this.#intake = intake;
    this.#links = links;
    this.#store = store;
    const share = (perSecond: number, burst: number): Shares => new Shares({ perSecond, burst }, KEYS_MAX);
    this.#logins = share(limits.loginsPerSecond, limits.loginsBurst);
    this.#connects = share(limits.connectsPerSecond, limits.connectsBurst);
    this.#messages = share(limits.deviceMessagesPerSecond, limits.deviceMessagesBurst);
    this.#bytes = share(limits.deviceBytesPerSecond, limits.deviceBytesBurst);
    this.#failures = new FailedLogins(limits, ownPrefixes(options.now));
  }

  /** Whether this address must wait before it may connect at all. */
  mustWait(address: string): boolean {
    return this.#failures.addressMustWait(address, this.#options.now());
  }

  /** Whether this address opens sockets faster than it may. Counts this one. */
  tooOften(address: string): boolean {
    const now = this.#options.now();
    return !spend(this.#connects, addressKey(address), now);
  }

  /** Takes a connection in, until its socket closes. */
  enter(connection: Connection): void {
    this.connections.add(connection);
    this.#bySocket.set(connection.socket, connection);
    connection.socket.once('close', () => this.#leave(connection));
  }

  /** The connection behind an aedes client. */
  of(client: Client | null): Connection | undefined {
    return client === null ? undefined : this.#bySocket.get(client.conn);
  }

  readonly hooks: DeskHooks = {
    preConnect: (client, packet, done) => {
      const connection = this.of(client);
      if (connection) connection.connect = packet;
      // The hub hears of a lost link at once; a grace time is the reader's choice, not the device's.
      if (packet.will?.properties) delete packet.will.properties.willDelayInterval;
      done(null, true);
    },
    authenticate: (client, _user, _password, done) => {
      const connection = this.of(client);
      const packet = connection?.connect;
      if (!connection || !packet) return done(null, false);
      void this.#login(connection, packet).then((refusal) => {
        delete packet.password; // mqtt-packet keeps the CONNECT as long as the connection lives
        if (refusal === undefined) return done(null, true);
        this.#refused(connection, packet, refusal);
        done(
          Object.assign(new AccessDenied(refusal.step), {
            returnCode: refusal.returnCode,
          }) as AuthenticateError,
          false,
        );
      });
    },
    authorizePublish: (client, packet, done) => this.#intake.published(this.of(client), packet, done),
    authorizeSubscribe: (client, subscription, done) => {
      const connection = this.of(client);
      const device = connection?.device;
      const filter = this.renamed.get(subscription) ?? subscription.topic;
      if (connection && device !== undefined && maySubscribe(device, filter)) {
        connection.subscription = subscription;
        return done(null, subscription);
      }
      // A session without a subscription was restored: there is nothing to grant, nor to refuse.
      if (filter === SESSION_ALONE.topic && connection?.ready === false) {
        return done(null, null as unknown as Subscription);
      }
      this.counts.subscribesDenied += 1;
      this.#options.log({ event: 'subscribe-denied', device: device ?? '' });
      done(null, null as unknown as Subscription);
    },
  };

  /** CONNACK is sent: from here the device counts as connected. */
  ready(client: Client): void {
    const connection = this.of(client);
    if (connection?.device === undefined) return;
    connection.ready = true;
    const { device, address } = connection;
    this.#store.open(device);
    this.#options.log({ event: 'connected', device, address, protocol: client.version });
    this.#links.tell(connection, 'online');
  }

  unsubscribed(client: Client, topics: readonly string[]): void {
    const connection = this.of(client);
    if (connection?.device && topics.includes(topicOf(connection.device, 'command')))
      connection.subscription = undefined;
  }

  async #login(connection: Connection, packet: ConnectPacket): Promise<Refusal | undefined> {
    const { address } = connection;
    const device = packet.clientId;
    const plain = refuseConnect(packet, connection.certificate);
    if (plain) return plain;
    if (this.#failures.mustWait(device, address, this.#options.now()))
      return later('not-waiting-after-failures');
    if (!spend(this.#logins, `${addressKey(address)} ${device}`, this.#options.now()))
      return later('not-too-often');
    connection.claimed = device;
    try {
      const refusal = await this.#prove(connection, packet);
      if (refusal !== undefined) {
        this.#failures.failed(device, address, this.#options.now());
        return refusal;
      }
    } catch (error) {
      this.#options.log({ event: 'login-unanswered', address, device, error: errorName(error) });
      return later('password-checkable');
    }
    this.#failures.succeeded(device, address);
    // Gone or revoked while its password was being checked: it takes nothing over, and aedes stops at the closed client.
    if (connection.socket.destroyed) return undefined;
    // [MQTT-3.1.4-2; MQTT 5: MQTT-3.1.4-3] The newest connection wins. The old socket is closed before the new one goes on, so that
    // two connections of one device never hand over messages at the same time.
    let replaced = false;
    for (let old = this.devices.get(device); old; old = this.devices.get(device)) {
      replaced = true;
      old.superseded = true;
      this.#options.log({ event: 'taken-over', device, address });
      await endConnection(old, reason.sessionTakenOver);
    }
    // Or in the meantime. Then the device has neither, and nobody else tells so of a connection that was replaced.
    const { stopping } = this.#intake;
    if (stopping || connection.socket.destroyed) {
      if (replaced) this.#links.lost(device);
      return stopping ? later('not-stopping') : undefined;
    }
    connection.device = device;
    this.devices.set(device, connection);
    connection.share = this.#shareOf(device);
    const { client } = connection;
    if (client?.version === 5 && (!packet.keepalive || packet.keepalive > this.#limits.keepAliveSecondsMax)) {
      client._serverKeepAlive = this.#limits.keepAliveSecondsMax;
    }
    return undefined;
  }

  /** Takes so many bytes more of a device's share: what it sent was dearer than its bytes. */
  charge(device: string, bytes: number): void {
    const now = this.#options.now();
    this.#bytes.of(device, now).spend(bytes, now);
  }

  /** A device that comes back finds its share as it left it. */
  #shareOf(device: string): DeviceShare {
    const now = this.#options.now();
    return { messages: this.#messages.of(device, now), bytes: this.#bytes.of(device, now) };
  }

  /** By the certificate that it showed, or by its password: never by either where the hub keeps the other. */
  async #prove({ certificate, address }: Connection, packet: ConnectPacket): Promise<Refusal | undefined> {
    const { authenticate, recognize } = this.#options;
    const { clientId: device, password } = packet;
    if (certificate === undefined)
      return (await authenticate(device, password, address)) ? undefined : later('password-right');
    const why =
      recognize === undefined ? 'no-certificates' : await recognize(device, certificate.fingerprint);
    return why === undefined ? undefined : { ...later('certificate-current'), why };
  }

  #refused(connection: Connection, packet: ConnectPacket, refusal: Refusal): void {
    this.counts.loginsRefused += 1;
    // An id that is not a device's is a stranger's text and stays out of the log.
    const device = refusal.step === 'client-id-is-device-id' ? undefined : packet.clientId;
    const { address } = connection;
    this.#options.log({
      event: 'login-refused',
      address,
      device,
      step: refusal.step,
      clause: refusal.clause,
      ...(refusal.why !== undefined && { why: refusal.why }),
    });
  }

  #leave(connection: Connection): void {
    connection.acks.drop();
    this.connections.delete(connection);
    const { device } = connection;
    if (device === undefined) return;
    if (this.devices.get(device) === connection) this.devices.delete(device);
    // A connection that never became ready did not begin a session, and may have been about to resume one.
    if (connection.ready) this.#store.close(device, connection, connection.client?.clean === false);
    this.#links.tell(connection, 'offline');
    this.#options.log({ event: 'disconnected', device });
  }
}

function later(step: LaterStep): Refusal {
  return { step, ...laterSteps[step] };
}

/** Takes one of a party's share. @returns whether it had none to pay back */
function spend(shares: Shares, key: string, now: number): boolean {
  const share = shares.of(key, now);
  if (share.waitMs(now) > 0) return false;
  share.spend(1, now);
  return true;
}
