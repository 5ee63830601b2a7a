// A thermometer that tells its value every second, each with its time: none of them is out of a memory, and to remember
// the name of each would fill the hub's. After some in a row that were measured as they were told it streams, until
// its link ends or something older comes. A cuff that is used so often in one link is not known; and its last value,
// which it may send again in the next session, would be stored twice then.

import { AGREES_MS, type TrustedTime } from './clock-trust.ts';

/** More than anybody measures at one go. */
const STREAMS_FROM = 16;

export class Streams {
  /** By characteristic, how many in a row. */
  readonly #inARow = new Map<number, number>();

  /** @returns whether a value is one of a stream */
  take(characteristic: number, said: TrustedTime | undefined, nowMs: number): boolean {
    const isNow = said !== undefined && said.clock !== 'arrival' && nowMs - said.atMs <= AGREES_MS;
    const inARow = isNow ? (this.#inARow.get(characteristic) ?? 0) + 1 : 0;
    this.#inARow.set(characteristic, inARow);
    return inARow > STREAMS_FROM;
  }

  /** The link has ended. */
  end(): void {
    this.#inARow.clear();
  }
}
