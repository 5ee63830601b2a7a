// When a connection is read. aedes reads on when the packets of one read are answered, but takes one more read for every
// `readable` event in between: a device that sends packet by packet would be read without end while its messages wait
// for the disk. Here both ways pass through one tap. It is closed while too much of the device waits, or while it has
// spent more than its share; TCP then tells the device to wait. Nothing is dropped and nothing is acknowledged early.
//
// Parts of aedes that its types do not show: `_nextBatch` is called after each packet and by `readable`, and reads on
// when its count of unanswered packets is down; `_keepaliveTimer` counts the silence of the device.

import type { Socket } from 'node:net';
import type { ClientInside } from './quiet-aedes.ts';

/** How long a closed tap sleeps at most before it looks again. */
const LOOK_MS = 1_000;

export class Tap {
  readonly #client: ClientInside;
  readonly #waitMs: () => number;
  readonly #read: (error?: Error | null) => void;
  /** Calls that would have read on, kept while the tap is closed; each counts for one packet or one event. */
  #held = 0;
  #timer: NodeJS.Timeout | undefined;
  #shut = false;

  /** @param waitMs how long nothing may be read, in ms; Infinity until `turn` is called */
  constructor(client: ClientInside, socket: Socket, waitMs: () => number) {
    this.#client = client;
    this.#waitMs = waitMs;
    this.#read = client._nextBatch;
    client._nextBatch = (error) => (error ? this.#read(error) : this.#flow());
    socket.removeListener('readable', this.#read);
    socket.on('readable', () => this.#flow());
    socket.once('close', () => this.shut());
  }

  /** Something changed: looks whether the connection may be read again. */
  turn(): void {
    if (this.#held === 0 || this.#shut || this.#waitMs() > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const held = this.#held;
    this.#held = 0;
    this.#client._keepaliveTimer?.refresh();
    for (let n = 0; n < held; n++) this.#flow();
  }

  /** Nothing is read any more. */
  shut(): void {
    this.#shut = true;
    clearTimeout(this.#timer);
  }

  get closed(): boolean {
    return this.#held > 0;
  }

  #flow(): void {
    if (this.#shut) return;
    if (this.#held === 0 && this.#waitMs() <= 0) {
      this.#read();
      return;
    }
    this.#held += 1;
    if (this.#timer === undefined) this.#sleep();
  }

  /** While it is the hub that does not read, the device's silence is not counted against it. */
  #sleep(): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#client._keepaliveTimer?.refresh();
        this.turn();
        if (this.#held > 0 && !this.#shut && this.#timer === undefined) this.#sleep();
      },
      Math.min(LOOK_MS, Math.max(1, this.#waitMs())),
    );
  }
}
