// One device of the household over a plain socket: each message's PUBLISH and PUBACK have their moment, to a part of a
// millisecond, on a clock that a browser on this machine shares.

import { connect, type Socket } from 'node:net';
import { topicOf } from '@heartwood/vitals';
import type { DeviceLogin } from './load-wire.ts';
import { connectBytes, publishBytes } from './mqtt-bytes.ts';

/** Ms since 1970 with its parts: the system's steady clock, from the moment that this process began. */
export const clock = (): number => performance.timeOrigin + performance.now();

type Sent = {
  readonly sentMs: number;
  readonly rate: number;
  acknowledgedMs?: number;
};

export class ScreenDevice {
  readonly id: string;
  readonly patient: string;
  readonly sent: Sent[] = [];
  readonly #socket: Socket;
  readonly #connected = Promise.withResolvers<void>();
  #rest: Buffer = Buffer.alloc(0);

  private constructor(port: number, { id, password }: DeviceLogin, patient: string) {
    this.id = id;
    this.patient = patient;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('connect', () => this.#socket.write(connectBytes(id, password)));
    this.#socket.on('data', (bytes: Buffer) => this.#hear(bytes));
    this.#socket.on('error', (error) => this.#connected.reject(error));
    this.#socket.on('close', () => this.#connected.reject(new Error(`the connection of ${id} was closed`)));
  }

  static async connect(port: number, login: DeviceLogin, patient: string): Promise<ScreenDevice> {
    const device = new ScreenDevice(port, login, patient);
    await device.#connected.promise;
    return device;
  }

  /** Sends a heart rate and what else was measured; its sequence number is its place in `sent`. */
  publish(rate: number, others: readonly object[]): void {
    const seq = this.sent.length;
    const readings = [{ kind: 'heart-rate', value: rate }, ...others];
    const body = JSON.stringify({ seq, at: Date.now(), readings });
    const bytes = publishBytes(topicOf(this.id, 'readings'), seq + 1, body);
    this.sent.push({ sentMs: clock(), rate });
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** All that a hub sends here has four bytes: CONNACK and PUBACK of MQTT 3.1.1. */
  #hear(bytes: Buffer): void {
    const now = clock();
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (; this.#rest.length >= 4; this.#rest = this.#rest.subarray(4)) {
      const type = this.#rest[0];
      if (type === 0x20 && this.#rest[3] === 0) this.#connected.resolve();
      else if (type === 0x20) this.#connected.reject(new Error(`${this.id} was refused`));
      const one = type === 0x40 ? this.sent[this.#rest.readUInt16BE(2) - 1] : undefined;
      if (one !== undefined) one.acknowledgedMs ??= now;
    }
  }
}
