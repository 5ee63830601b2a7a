// One stream of the feed for all pages that may see the same: its messages are made once, have numbers without gaps, and
// the last of them are kept. A page is a place in it: it is sent what comes behind that place as fast as it reads, so that
// a page that was away, one that reads slowly and one that was always there are told the same.

import { randomBytes } from 'node:crypto';
import type { Viewer } from '../people/permission.ts';
import { type FeedVersion, formatFrame, type Message, NO_SAMPLES } from './frame.ts';
import { Ring } from './ring.ts';

/** What a page's socket must be able to do: `ws` does. */
export type FeedSocket = { send(data: string | Uint8Array): void; readonly bufferedAmount: number };

export type ChannelPage = {
  readonly socket: FeedSocket;
  /** Number of the message that it gets next; undefined while it waits for a snapshot. */
  next: number | undefined;
};

export class Channel {
  /** Names this stream to the pages that were in it: another start of the hub, or another sight, has another. */
  readonly session: string = randomBytes(12).toString('base64url');
  readonly version: FeedVersion;
  readonly viewer: Viewer;
  readonly pages: Set<ChannelPage> = new Set();
  /** Patients and devices that its pages were shown: they hear of no others. */
  readonly patients: Set<string> = new Set();
  readonly devices: Set<string> = new Set();
  /** Whether they were shown any list yet, be it an empty one. */
  told = false;
  readonly ring: Ring = new Ring(1);
  /** Bytes of messages that are kept. */
  bytesMax: number;
  readonly #unreadMax: number;
  readonly #clock: () => number;

  constructor(
    version: FeedVersion,
    viewer: Viewer,
    { kept, unread }: { readonly kept: number; readonly unread: number },
    clock: () => number,
  ) {
    this.version = version;
    this.viewer = viewer;
    this.bytesMax = kept;
    this.#unreadMax = unread;
    this.#clock = clock;
  }

  say(message: Message): void {
    this.ring.push(message, this.bytesMax);
    for (const page of this.pages) this.pump(page);
  }

  /** Whether a page has read what it was sent, but for so much: it gets no more before. */
  canRead({ socket }: ChannelPage): boolean {
    return socket.bufferedAmount <= this.#unreadMax;
  }

  /** Sends a page what it has not got, until it has everything or does not read. One whose next is gone has no place. */
  pump(page: ChannelPage): void {
    while (page.next !== undefined && page.next < this.ring.next && this.canRead(page)) {
      const message = this.ring.at(page.next);
      if (message === undefined) page.next = undefined;
      else page.socket.send(formatFrame(message, page.next++, this.#clock()));
    }
  }

  /** Nothing of what was said is said again: whoever comes back is shown everything anew. */
  forget(): void {
    this.ring.clear();
  }

  /** Goes on behind message `after`. @returns false where that cannot be done without a gap */
  resume(page: ChannelPage, session: string, after: number): boolean {
    if (session !== this.session || !this.ring.holds(after + 1)) return false;
    page.next = after + 1;
    page.socket.send(formatFrame({ type: 'resumed', body: '', samples: NO_SAMPLES }, after, this.#clock()));
    this.pump(page);
    return true;
  }

  /** Begins a page's picture anew; what is said from now on comes behind it. */
  show(page: ChannelPage, body: string): void {
    const number = this.ring.next - 1;
    page.next = this.ring.next;
    page.socket.send(formatFrame({ type: 'snapshot', body, samples: NO_SAMPLES }, number, this.#clock()));
  }
}
