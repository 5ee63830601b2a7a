// How many sockets are open, in all and per address, so that one party cannot take every place.

import type { Socket } from 'node:net';
import { addressKey } from './address.ts';

/** Why a socket finds no place; undefined when it was let in. */
export type NoPlace = 'connections-max' | 'connections-per-address-max';

export class Crowd {
  readonly #connectionsMax: number;
  readonly #perAddressMax: number;
  readonly #sockets = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();

  constructor(limits: { connectionsMax: number; connectionsPerAddressMax: number }) {
    this.#connectionsMax = limits.connectionsMax;
    this.#perAddressMax = limits.connectionsPerAddressMax;
  }

  /** Counts a socket in until it closes, or says why it has no place. */
  enter(socket: Socket): NoPlace | undefined {
    if (this.#sockets.size >= this.#connectionsMax) return 'connections-max';
    const key = addressKey(socket.remoteAddress ?? 'unknown');
    const before = this.#perAddress.get(key) ?? 0;
    if (before >= this.#perAddressMax) return 'connections-per-address-max';
    this.#perAddress.set(key, before + 1);
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      const left = (this.#perAddress.get(key) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(key);
      else this.#perAddress.set(key, left);
    });
    return undefined;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Destroys every socket, whatever it is doing. */
  clear(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
