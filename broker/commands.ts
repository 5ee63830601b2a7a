// Commands from the hub to its devices, sent and kept by ourselves: through aedes' own fan-out one device that does not
// read would hold up all, and aedes keeps neither the device's Receive Maximum nor its Maximum Packet Size. One queue
// for each device, oldest first; what was sent stays in it until its PUBACK, and is sent again on the next connection of
// a persistent session, marked as such. Bounded by number, bytes and age.

import { topicOf } from '@heartwood/vitals';
import type { Connection } from './connection.ts';
import type { Limits } from './limits.ts';
import { BrokerError } from './listener.ts';
import { publishBytes } from './publish-bytes.ts';
import type { Command, SessionStore } from './session-store.ts';

export type CommandsOptions = {
  readonly limits: Limits;
  readonly store: SessionStore;
  readonly now: () => number;
};

export class Commands {
  readonly #options: CommandsOptions;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the command is written to the device's connection, or is kept for it.
   * @param connection the device's, where it has one
   * @throws BrokerError NOBODY_LISTENS, TOO_LARGE (more than the device or the queue takes), BUSY (it acknowledges nothing)
   */
  async send(deviceId: string, connection: Connection | undefined, body: Uint8Array): Promise<void> {
    const { limits, store, now } = this.#options;
    const { subscription, client, ready } = connection ?? {};
    const listens = ready === true && subscription !== undefined && client !== undefined;
    if (!listens && !store.hears(deviceId)) {
      throw new BrokerError(
        'NOBODY_LISTENS',
        `device ${deviceId} is not connected and keeps no session for commands`,
      );
    }
    const command: Command = { body: Uint8Array.from(body), at: now(), id: 0, sentOn: undefined };
    if (listens && connection !== undefined) {
      if (!fits(connection, deviceId, command)) {
        throw new BrokerError('TOO_LARGE', `device ${deviceId} takes no packet as large as this command`);
      }
      if (subscription.qos === 0) {
        if (connection.socket.writableNeedDrain) {
          throw new BrokerError('BUSY', `device ${deviceId} does not read what it is sent`);
        }
        return write(connection, deviceId, command, 0, undefined);
      }
    }
    if (body.length > limits.commandBytesKeptMax) {
      throw new BrokerError('TOO_LARGE', `a command has at most ${limits.commandBytesKeptMax} bytes`);
    }
    if (!store.keep(deviceId, command, now())) {
      throw new BrokerError(
        'BUSY',
        `device ${deviceId} has ${limits.commandsKeptMax} commands that it has not acknowledged`,
      );
    }
    if (listens && connection !== undefined) await this.pump(connection);
  }

  /** Sends what is kept and not yet sent on this connection, as far as the device's Receive Maximum goes. */
  async pump(connection: Connection): Promise<void> {
    const { store, now, limits } = this.#options;
    const { device, client, subscription, ready } = connection;
    if (device === undefined || client === undefined || !ready || subscription === undefined) return;
    if (subscription.qos === 0) return;
    const version5 = client.version === 5;
    const window = Math.min(
      version5 ? client.receiveMaximum : limits.commandsKeptMax,
      limits.commandsKeptMax,
    );
    const writes: Promise<void>[] = [];
    for (const command of store.commands(device, now())) {
      if (command.sentOn === connection) continue;
      if (store.inFlight(device, connection) >= window) break;
      // It was kept for a connection that took more: nobody will ever take it here.
      if (!fits(connection, device, command)) {
        store.drop(device, command);
        continue;
      }
      const again = command.id !== 0;
      if (!again) command.id = store.nextId(device);
      command.sentOn = connection;
      writes.push(write(connection, device, command, 1, again ? 'again' : undefined, this.#leftMs(command)));
    }
    await Promise.all(writes);
  }

  #leftMs(command: Command): number {
    return command.at + this.#options.limits.commandAgeMaxMs - this.#options.now();
  }
}

/** Whether the device takes a packet of this size (MQTT-3.1.2-24). Header, properties and topic are counted. */
function fits(connection: Connection, device: string, command: Command): boolean {
  const { client } = connection;
  if (client?.version !== 5 || client.maximumPacketSize === undefined) return true;
  return packetOf(connection, device, command, 1, false, 1_000).length <= client.maximumPacketSize;
}

function packetOf(
  { client, subscription }: Connection,
  device: string,
  { id, body }: Command,
  qos: 0 | 1,
  dup: boolean,
  expiresMs: number,
): Buffer {
  const version5 = client?.version === 5;
  const identifier = subscription?.subscriptionIdentifier;
  return publishBytes({
    topic: topicOf(device, 'command'),
    body,
    qos,
    dup,
    id,
    ...(version5 && {
      properties: {
        ...(qos > 0 && { messageExpirySeconds: Math.max(1, Math.ceil(expiresMs / 1000)) }),
        ...(identifier !== undefined && { subscriptionIdentifier: identifier }),
      },
    }),
  });
}

/** Straight to the one socket. A device that leaves its socket full is dropped after `drainTimeoutMs`. */
function write(
  connection: Connection,
  device: string,
  command: Command,
  qos: 0 | 1,
  again: 'again' | undefined,
  expiresMs = 0,
): Promise<void> {
  const { client, socket } = connection;
  if (client === undefined || socket.destroyed) return Promise.resolve();
  const flushed = socket.write(packetOf(connection, device, command, qos, again === 'again', expiresMs));
  if (flushed) return Promise.resolve();
  return new Promise((resolve, reject) =>
    client.waitForDrain((error) => (error ? reject(error) : resolve())),
  );
}
