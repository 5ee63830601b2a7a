// What waits for the next commit, in turns by device: in each turn a device gives one message, or more while they are
// small, so that one that floods waits behind its own messages and not everybody behind it. Of large ones only one goes
// into a commit, whoever sent it. A device's messages keep their order.
//
// A device keeps its place until a commit has served it, and then goes behind all others, also where it has more waiting.
// Whoever is first is in the next commit, and nobody passes: as many devices as stand before one, so many commits at most
// leave it out, whatever they send. Adding is O(1); taking is O(1) for each message and each device that waits.

/** Bytes that a device may give in one turn, beyond its first message. A usual message has 200. */
const TURN_BYTES = 4096;

/** Beyond this a message is large: a waveform of more than a few seconds. */
export const LARGE_BYTES = 16_384;

type Line<Item> = {
  readonly device: string;
  items: ({ item: Item; bytes: number } | undefined)[];
  /** Before it: what was taken and is not settled, and before that nothing. */
  head: number;
};

export class FairQueue<Item> {
  /** In the order of their turns. */
  readonly #lines = new Map<string, Line<Item>>();
  /** Whose the messages of the last group were, until it is settled. */
  #taken: Line<Item>[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(device: string, item: Item, bytes: number): void {
    let line = this.#lines.get(device);
    if (line === undefined) {
      line = { device, items: [], head: 0 };
      this.#lines.set(device, line);
    }
    line.items.push({ item, bytes });
    this.#length += 1;
  }

  /**
   * The next ones, at least one where any waits: at most so many, and so many bytes of them beside the first. The group
   * before it counts as served where nobody said otherwise.
   */
  take(itemsMax: number, bytesMax: number): Item[] {
    this.settle(this.#taken.length);
    const taken: Item[] = [];
    let bytes = 0;
    let hasLarge = false;
    let round: Iterable<Line<Item>> = this.#lines.values();
    for (;;) {
      const again: Line<Item>[] = [];
      for (const line of round) {
        let turn = 0;
        for (let next = line.items[line.head]; next !== undefined; next = line.items[line.head]) {
          const isLarge = next.bytes > LARGE_BYTES;
          if (isLarge && hasLarge) break;
          if (taken.length > 0 && (taken.length === itemsMax || bytes + next.bytes > bytesMax)) return taken;
          if (turn > 0 && turn + next.bytes > TURN_BYTES) break;
          hasLarge ||= isLarge;
          taken.push(next.item);
          this.#taken.push(line);
          bytes += next.bytes;
          turn += Math.max(1, next.bytes);
          line.head += 1;
          this.#length -= 1;
        }
        if (turn > 0) again.push(line);
      }
      if (again.length === 0) return taken;
      round = again;
    }
  }

  /**
   * How far the commit came in the group that was taken. What it did not reach waits again, before what its device sent
   * meanwhile; whom it served goes behind all that wait, in the order in which they were served last.
   */
  settle(reached: number): void {
    const served = new Set<Line<Item>>();
    for (const [at, line] of this.#taken.entries()) {
      // Given up meanwhile.
      if (this.#lines.get(line.device) !== line) continue;
      if (at < reached) {
        served.delete(line);
        served.add(line);
      } else {
        line.head -= 1;
        this.#length += 1;
      }
    }
    this.#taken = [];
    for (const line of served) this.#last(line);
  }

  /** What waits of one device, and no longer does. */
  drop(device: string): Item[] {
    const line = this.#lines.get(device);
    if (line === undefined) return [];
    this.#lines.delete(device);
    const items = waiting(line);
    this.#length -= items.length;
    return items;
  }

  /** All that waits, and no longer does. */
  clear(): Item[] {
    const all = [...this.#lines.values()].flatMap(waiting);
    this.#lines.clear();
    this.#length = 0;
    return all;
  }

  #last(line: Line<Item>): void {
    this.#lines.delete(line.device);
    if (line.head === line.items.length) return;
    // A line that never ends must not hold on to what is on disk.
    for (let at = line.head - 1; line.items[at] !== undefined; at--) line.items[at] = undefined;
    if (line.head > 1024) {
      line.items = line.items.slice(line.head);
      line.head = 0;
    }
    this.#lines.set(line.device, line);
  }
}

const waiting = <Item>({ items, head }: Line<Item>): Item[] =>
  items.slice(head).flatMap((one) => (one === undefined ? [] : [one.item]));
