// The last messages of a stream, by their numbers: what a page that lost its link is sent again. Bounded by size; the oldest
// go first, and whoever needs one that went is shown everything anew.

import type { Message } from './frame.ts';

/** What a message costs besides its text, in bytes, about. */
const MESSAGE_BYTES = 100;

export class Ring {
  readonly #messages: Message[] = [];
  /** Messages before this place in `#messages` are gone. */
  #gone = 0;
  #next: number;
  #bytes = 0;

  /** @param next number of the first message that will come */
  constructor(next: number) {
    this.#next = next;
  }

  /** Number of the message that comes next. */
  get next(): number {
    return this.#next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next message in, and lets go of the oldest beyond `bytesMax`. @returns its number */
  push(message: Message, bytesMax: number): number {
    this.#messages.push(message);
    this.#bytes += sizeOf(message);
    this.trim(bytesMax);
    return this.#next++;
  }

  /** Lets go of the oldest beyond `bytesMax`; the newest stays, however large. */
  trim(bytesMax: number): void {
    while (this.#bytes > bytesMax && this.#messages.length - this.#gone > 1) {
      this.#bytes -= sizeOf(this.#messages[this.#gone] as Message);
      this.#messages[this.#gone++] = GONE;
    }
    // Moved together seldom, so that a message costs the same however many there are.
    if (this.#gone < 64 || this.#gone * 2 < this.#messages.length) return;
    this.#messages.splice(0, this.#gone);
    this.#gone = 0;
  }

  /** Forgets what was; the numbers go on. */
  clear(): void {
    this.#messages.length = 0;
    this.#gone = 0;
    this.#bytes = 0;
  }

  /** Whether everything from a number on is here, or still to come. */
  holds(number: number): boolean {
    return number <= this.#next && number >= this.#next - (this.#messages.length - this.#gone);
  }

  /** Undefined where it is gone, or not yet there. */
  at(number: number): Message | undefined {
    if (!this.holds(number)) return undefined;
    return this.#messages[this.#messages.length - (this.#next - number)];
  }
}

const GONE: Message = { type: '', body: '', samples: new Uint8Array() };
const sizeOf = ({ body, samples }: Message): number => body.length + samples.length + MESSAGE_BYTES;
