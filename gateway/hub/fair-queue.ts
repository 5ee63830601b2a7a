// What waits for the next commit, in turns by device: in each turn a device gives one message, or more while they are
// small, so that one that floods waits behind its own messages and not everybody behind it. Of large ones only one goes
// into a commit, whoever sent it. A device's messages keep their order. Adding is O(1); taking is O(1) for each message and
// each device that waits.

/** Bytes that a device may give in one turn, beyond its first message. A usual message has 200. */
const TURN_BYTES = 4096;

/** Beyond this a message is large: a waveform of more than a few seconds. */
export const LARGE_BYTES = 16_384;

type Line<Item> = { items: { item: Item; bytes: number }[]; head: number };

export class FairQueue<Item> {
  /** In the order of their turns. */
  #lines = new Map<string, Line<Item>>();
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
    /** Whose next message is a large one, after another's: their turn comes first in the next group. */
    const passedOver = new Map<string, Line<Item>>();
    const taken = this.#take(itemsMax, bytesMax, passedOver);
    if (passedOver.size > 0) this.#lines = new Map([...passedOver, ...this.#lines]);
    return taken;
  }

  #take(itemsMax: number, bytesMax: number, passedOver: Map<string, Line<Item>>): Item[] {
    const taken: Item[] = [];
    let bytes = 0;
    let hasLarge = false;
    while (this.#lines.size > 0 && taken.length < itemsMax) {
      const [device, line] = this.#lines.entries().next().value as [string, Line<Item>];
      let turn = 0;
      let isPassedOver = false;
      for (let next = line.items[line.head]; next !== undefined; next = line.items[line.head]) {
        const isLarge = next.bytes > LARGE_BYTES;
        if (isLarge && hasLarge) {
          isPassedOver = turn === 0;
          break;
        }
        if (taken.length > 0 && (taken.length === itemsMax || bytes + next.bytes > bytesMax)) {
          // Its turn comes first in the next group, unless it was served in this one.
          if (turn > 0) this.#last(device, line);
          return taken;
        }
        if (turn > 0 && turn + next.bytes > TURN_BYTES) break;
        hasLarge ||= isLarge;
        taken.push(next.item);
        bytes += next.bytes;
        turn += Math.max(1, next.bytes);
        line.head += 1;
        this.#length -= 1;
      }
      if (isPassedOver) {
        this.#lines.delete(device);
        passedOver.set(device, line);
      } else this.#last(device, line);
    }
    return taken;
  }

  /** The inverse of taking, the last one first: it is its device's next again, and a device that had none left is first. */
  putBack(device: string, item: Item, bytes: number): void {
    const line = this.#lines.get(device);
    if (line === undefined)
      this.#lines = new Map([[device, { items: [{ item, bytes }], head: 0 }], ...this.#lines]);
    else if (line.head === 0) line.items.unshift({ item, bytes });
    else {
      line.head -= 1;
      line.items[line.head] = { item, bytes };
    }
    this.#length += 1;
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
