// What waits for the next commit, in turns by device: in each turn a device gives one message, or more while they are
// small, so that one that floods waits behind its own messages and not everybody behind it. A device's messages keep
// their order. Adding is O(1); taking is O(1) for each message and each device that waits.

/** Bytes that a device may give in one turn, beyond its first message. A usual message has 200. */
const TURN_BYTES = 4096;

type Line<Item> = { items: { item: Item; bytes: number }[]; head: number };

export class FairQueue<Item> {
  /** In the order of their turns. */
  readonly #lines = new Map<string, Line<Item>>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(device: string, item: Item, bytes: number): void {
    let line = this.#lines.get(device);
    if (line === undefined) {
      line = { items: [], head: 0 };
      this.#lines.set(device, line);
    }
    line.items.push({ item, bytes });
    this.#length += 1;
  }

  /** The next ones, at least one where any waits: at most so many, and so many bytes of them beside the first. */
  take(itemsMax: number, bytesMax: number): Item[] {
    const taken: Item[] = [];
    let bytes = 0;
    while (this.#length > 0 && taken.length < itemsMax) {
      const [device, line] = this.#lines.entries().next().value as [string, Line<Item>];
      let turn = 0;
      for (let next = line.items[line.head]; next !== undefined; next = line.items[line.head]) {
        if (taken.length > 0 && (taken.length === itemsMax || bytes + next.bytes > bytesMax)) {
          // Its turn comes first in the next group, unless it was served in this one.
          if (turn > 0) this.#last(device, line);
          return taken;
        }
        if (turn > 0 && turn + next.bytes > TURN_BYTES) break;
        taken.push(next.item);
        bytes += next.bytes;
        turn += Math.max(1, next.bytes);
        line.head += 1;
        this.#length -= 1;
      }
      this.#last(device, line);
    }
    return taken;
  }

  /** What waits of one device, and no longer does. */
  drop(device: string): Item[] {
    const line = this.#lines.get(device);
    if (line === undefined) return [];
    this.#lines.delete(device);
    const items = line.items.slice(line.head).map(({ item }) => item);
    this.#length -= items.length;
    return items;
  }

  /** All that waits, and no longer does. */
  clear(): Item[] {
    const all = [...this.#lines.values()].flatMap(({ items, head }) =>
      items.slice(head).map(({ item }) => item),
    );
    this.#lines.clear();
    this.#length = 0;
    return all;
  }

  #last(device: string, line: Line<Item>): void {
    this.#lines.delete(device);
    if (line.head === line.items.length) return;
    if (line.head > 1024) {
      line.items = line.items.slice(line.head);
      line.head = 0;
    }
    this.#lines.set(device, line);
  }
}
