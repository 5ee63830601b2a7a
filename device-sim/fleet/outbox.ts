// What a wearable still has to hand over. A message leaves only when the hub has acknowledged it; MQTT.js keeps a
// store of its own but can lose publishes while a link drops (facts of 2015 to today), so ours is the one that counts.
// Order is kept: after a break, sending begins again with the oldest message that is not acknowledged. Or, where a device
// has more than it can send in a moment, the present goes first: what is measured from the connection on, in its order,
// and behind it the memory, in its own.

export type OutboxEntry = {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** When it was offered, ms of a monotonic clock. */
  readonly offeredMs: number;
};
type Slot = OutboxEntry & { state: 'waiting' | 'in-flight' | 'acknowledged'; memory?: boolean };

/** Out of memory, where the present goes first: what is in flight stands before the present at the hub. */
const MEMORY_IN_FLIGHT_MAX = 2;

/** Owned by one client; never shared. */
export type Outbox = {
  /** Messages not yet acknowledged. */
  readonly size: number;
  readonly inFlight: number;
  add(entry: OutboxEntry): void;
  /** The oldest waiting message, now in flight; undefined when none waits. `token` names it for `acknowledge`. */
  take(): { readonly token: number; readonly entry: OutboxEntry } | undefined;
  /** True the first time; false for a message that already left. */
  acknowledge(token: number): boolean;
  /** After a broken connection: whatever was in flight waits again, in its old place. */
  rewind(): void;
  /** There is a connection again: all that waits is memory from now on, which matters where the present goes first. */
  resume(): void;
};

export function createOutbox(presentFirst = false): Outbox {
  // slots[0] has the token `base`: tokens rise for ever, the array is trimmed from the front.
  let slots: Slot[] = [];
  let base = 0;
  let cursor = 0;
  // The present begins here, and has been sent up to there; both by place in `slots`.
  let present = 0;
  let presentCursor = 0;
  let inFlight = 0;
  let memoryInFlight = 0;
  let size = 0;
  return {
    get size() {
      return size;
    },
    get inFlight() {
      return inFlight;
    },
    add: (entry) => {
      slots.push({ ...entry, state: 'waiting' });
      size++;
    },
    take: () => {
      if (presentFirst) {
        presentCursor = Math.max(presentCursor, present);
        const slot = slots[presentCursor];
        if (slot) {
          slot.state = 'in-flight';
          inFlight++;
          return { token: base + presentCursor++, entry: slot };
        }
        if (memoryInFlight >= MEMORY_IN_FLIGHT_MAX) return undefined;
      }
      while (cursor < slots.length && slots[cursor]?.state !== 'waiting') cursor++;
      const slot = slots[cursor];
      if (!slot) return undefined;
      slot.state = 'in-flight';
      slot.memory = true;
      inFlight++;
      memoryInFlight++;
      return { token: base + cursor++, entry: slot };
    },
    acknowledge: (token) => {
      const slot = slots[token - base];
      if (slot?.state !== 'in-flight') return false;
      slot.state = 'acknowledged';
      inFlight--;
      if (slot.memory) memoryInFlight--;
      size--;
      let done = 0;
      while (slots[done]?.state === 'acknowledged') done++;
      // Trim in strides: an array shifted for every acknowledgement would cost its whole length each time.
      if (done >= 64 || done === slots.length) {
        slots = slots.slice(done);
        base += done;
        cursor = Math.max(0, cursor - done);
        present = Math.max(0, present - done);
        presentCursor = Math.max(0, presentCursor - done);
      }
      return true;
    },
    rewind: () => {
      for (const slot of slots) {
        if (slot.state === 'in-flight') slot.state = 'waiting';
        slot.memory = false;
      }
      inFlight = 0;
      memoryInFlight = 0;
      cursor = 0;
      present = slots.length;
      presentCursor = slots.length;
    },
    resume: () => {
      present = slots.length;
      presentCursor = slots.length;
    },
  };
}
