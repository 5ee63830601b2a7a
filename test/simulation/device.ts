// A wearable and its half of MQTT's QoS 1: what it measured waits until the hub has acknowledged it, and is sent again
// over the next connection when one breaks. It remembers so much and forgets the oldest. Two ways to catch up: in order,
// the oldest first; or the present first, and the memory behind it.

import type { Random } from '@heartwood/device-sim';
import { encodeMessageCbor, encodeMessageJson, type Measurement, type Message } from '@heartwood/vitals';

export type DeviceKind = {
  readonly id: string;
  readonly patient: string;
  readonly everyMs: number;
  readonly order: 'oldest-first' | 'present-first';
  /** Begins to count anew when it restarts, and loses what it had; says so with a number of each start. */
  readonly forgets: boolean;
  readonly format: 'json' | 'cbor';
  readonly measures: 'pulse' | 'pulse-and-oxygen' | 'pressure';
  /** Messages that it can keep. */
  readonly memoryMax: number;
};

/** Where a message stands in its device's order: the present, or what is handed over late. */
export type Lane = 'present' | 'memory';
export type Waiting = {
  readonly key: string;
  readonly seq: number;
  readonly body: Uint8Array;
  lane: Lane;
  inFlight: boolean;
};

/** What a device has ever measured, by the name of its message. */
export type Measured = Map<string, Message>;

export const keyOf = (device: string, boot: number | undefined, seq: number): string =>
  `${device}/${boot ?? ''}/${seq}`;

const IN_FLIGHT_MAX = 8;

export class Device {
  readonly kind: DeviceKind;
  readonly #random: Random;
  readonly #measured: Measured;
  #waiting: Waiting[] = [];
  #seq = 0;
  #boot: number | undefined;
  /** Its clock is off by so much. */
  readonly #clockOffMs: number;
  counts = { measured: 0, acknowledged: 0, forgotten: 0, sentAgain: 0 };

  constructor(kind: DeviceKind, random: Random, measured: Measured) {
    this.kind = kind;
    this.#random = random;
    this.#measured = measured;
    this.#boot = kind.forgets ? 1 : undefined;
    this.#clockOffMs = Math.round(random.between(-3000, 3000));
  }

  get pending(): number {
    return this.#waiting.length;
  }

  /** Measures once. @param crisis the patient's heart races */
  measure(nowMs: number, crisis: boolean): void {
    const seq = ++this.#seq;
    const at = nowMs + this.#clockOffMs;
    const message: Message = {
      seq,
      ...(this.#boot !== undefined && { boot: this.#boot }),
      readings: this.#read(crisis).map((measurement) => ({ at, measurement })),
    };
    const key = keyOf(this.kind.id, this.#boot, seq);
    this.#measured.set(key, message);
    const body = this.kind.format === 'cbor' ? encodeMessageCbor(message) : encodeMessageJson(message);
    this.#waiting.push({ key, seq, body, lane: 'present', inFlight: false });
    this.counts.measured++;
    if (this.#waiting.length > this.kind.memoryMax) {
      // The oldest that is not on its way.
      const oldest = this.#waiting.findIndex(({ inFlight }) => !inFlight);
      this.#waiting.splice(Math.max(0, oldest), 1);
      this.counts.forgotten++;
    }
  }

  /** What may be sent over the present connection, at most so many at once. */
  take(): Waiting[] {
    const free = IN_FLIGHT_MAX - this.#waiting.filter(({ inFlight }) => inFlight).length;
    const ready = this.#waiting.filter(({ inFlight }) => !inFlight);
    const inOrder =
      this.kind.order === 'oldest-first'
        ? ready
        : [
            ...ready.filter(({ lane }) => lane === 'present'),
            ...ready.filter(({ lane }) => lane === 'memory'),
          ];
    const taken = inOrder.slice(0, Math.max(0, free));
    for (const one of taken) one.inFlight = true;
    return taken;
  }

  acknowledged(key: string): void {
    const at = this.#waiting.findIndex((one) => one.key === key);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.counts.acknowledged++;
  }

  /** The connection is gone: nobody knows what arrived. */
  disconnected(): void {
    for (const one of this.#waiting) {
      if (one.inFlight) this.counts.sentAgain++;
      one.inFlight = false;
      if (this.kind.order === 'present-first') one.lane = 'memory';
    }
  }

  /** Switched off and on. */
  restart(): void {
    this.disconnected();
    if (!this.kind.forgets) return;
    this.counts.forgotten += this.#waiting.length;
    this.#waiting = [];
    this.#seq = 0;
    this.#boot = (this.#boot ?? 0) + 1;
  }

  #read(crisis: boolean): Measurement[] {
    const random = this.#random;
    const pulse: Measurement = {
      kind: 'heart-rate',
      value: crisis ? 160 + random.below(20) : 60 + random.below(30),
    };
    switch (this.kind.measures) {
      case 'pulse':
        return [pulse];
      case 'pulse-and-oxygen':
        return [pulse, { kind: 'spo2', value: 94 + random.below(5) }];
      case 'pressure':
        return [
          { kind: 'blood-pressure', systolic: 110 + random.below(30), diastolic: 60 + random.below(20) },
        ];
    }
  }
}
