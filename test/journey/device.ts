// A wearable that keeps its own books: which of its messages the hub has acknowledged (PUBACK, or PUBCOMP at QoS 2), and
// which it must send again, in order and under the same number, when it gets a new connection. Independent of the
// simulator, so that the two cannot be wrong together.

import { topicOf } from '@heartwood/vitals';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

export type DeviceOptions = {
  readonly id: string;
  readonly password?: string;
  readonly qos: 1 | 2;
  readonly protocolVersion: 4 | 5;
  readonly inFlightMax: number;
  /** The body of message `seq`: the same bytes whenever it is asked for. */
  readonly body: (seq: number) => Uint8Array;
  readonly connection?: IClientOptions;
  /** Messages up to this number were sent and acknowledged in an earlier life. */
  readonly startAfter?: number;
};

export class Device {
  readonly id: string;
  readonly acknowledged: Set<number> = new Set();
  /** Connections that were made. */
  connections = 0;
  readonly #options: DeviceOptions;
  /** Not acknowledged, ascending; those before `#next` are in flight on this connection. */
  #pending: number[] = [];
  #next = 0;
  #offered = 0;
  #client: MqttClient | undefined;

  constructor(options: DeviceOptions) {
    this.id = options.id;
    this.#options = options;
    this.#offered = options.startAfter ?? 0;
  }

  /** Numbers of messages so far: 1 to this. */
  get offered(): number {
    return this.#offered;
  }

  get connected(): boolean {
    return this.#client?.connected === true;
  }

  get pending(): number {
    return this.#pending.length;
  }

  /** Measures: `count` more messages wait to be sent. */
  offer(count = 1): void {
    for (let n = 0; n < count; n++) this.#pending.push(++this.#offered);
    this.#pump();
  }

  /** A new connection, on which everything not acknowledged is sent again. Resolves when it stands, or has failed. */
  async connect(url: string): Promise<boolean> {
    this.leave();
    const { id, password, protocolVersion, connection } = this.#options;
    const client = mqtt.connect(url, {
      clientId: id,
      username: id,
      ...(password !== undefined && { password }),
      protocolVersion,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      ...connection,
    });
    this.#client = client;
    const stands = await new Promise<boolean>((resolve) => {
      client.once('connect', () => resolve(true));
      client.once('close', () => resolve(false));
      // What goes wrong on a connection ends it, and is told by `close`.
      client.on('error', () => undefined);
    });
    if (client !== this.#client) return false;
    if (stands) this.connections++;
    this.#next = 0;
    this.#pump();
    return stands;
  }

  /** Drops the connection without a word. */
  leave(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.stream?.destroy();
    client?.end(true);
  }

  #pump(): void {
    const client = this.#client;
    if (client?.connected !== true) return;
    const { qos, inFlightMax, body, id } = this.#options;
    while (this.#next < Math.min(this.#pending.length, inFlightMax)) {
      const seq = this.#pending[this.#next++] as number;
      client.publish(topicOf(id, 'readings'), Buffer.from(body(seq)), { qos }, (error) => {
        // An error is the connection's. What an older connection says after its end no longer counts.
        if (error || client !== this.#client) return;
        const place = this.#pending.indexOf(seq);
        if (place < 0) return;
        this.acknowledged.add(seq);
        this.#pending.splice(place, 1);
        this.#next -= 1;
        this.#pump();
      });
    }
  }
}
