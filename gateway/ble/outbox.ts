// From readings to messages, one device at a time: what comes while a message is being stored goes into the next one.
// That is group commit without a timer, as the hub has it behind this; a lone reading leaves at once.
//
// A message is kept, with its number, until it is on disk: a full disk loses nothing and doubles nothing. A record out
// of a device's memory is a message alone and waits for the one before: an upload that broke off is taken up after
// the last record that is on disk, so none may overtake another.
//
// A disk that refuses for very long costs the oldest live values that wait. Their numbers are left out: the hub raises
// what it raises for every device whose numbers have a hole (`alarms/sequence-gap.ts`), and has it in its record.

import { encodeMessageCbor, type TimedMeasurement } from '@heartwood/vitals';
import { HeartwoodError } from '../error.ts';
import type { Outcome } from '../hub/wire.ts';
import type { Arrival } from '../ingest/ingest.ts';

export type OutboxPorts = {
  /** Resolves when it is on disk (`HubThread.accept`). */
  accept(arrival: Arrival): Promise<Outcome>;
  /** What became of a message: the times at which its values arrived. */
  settled?(outcome: Outcome, receivedMs: readonly number[]): void;
  /** Values were dropped, for the disk has been refusing for long. */
  dropped(values: number): void;
};

type Waiting = {
  readonly readings: readonly TimedMeasurement[];
  readonly octets: number;
  readonly receivedMs: number;
  readonly record: boolean;
  readonly resolve?: (outcome: Outcome | 'dropped') => void;
};

const READINGS_PER_MESSAGE_MAX = 512;
const OCTETS_PER_MESSAGE_MAX = 64 * 1024;
/** Values of one message arrived within this: they share its receive time. */
const TOGETHER_MS = 50;
/** An hour of a strap; minutes of the fastest stream. */
const WAITING_MAX = 20_000;
/** Numbers that are left out for each second that was lost: what the alarm takes for a hole, and for no restart. */
const LEFT_OUT_PER_SECOND_MAX = 20;
const RETRY_MS = [50, 200, 1000, 5000] as const;

export class Outbox {
  readonly #device: string;
  readonly #boot: number;
  readonly #ports: OutboxPorts;
  readonly #waiting: Waiting[] = [];
  #seq = 0;
  /** Live values that were dropped, and no number left out for them yet. */
  #lost: { values: number; readonly fromMs: number; toMs: number } | undefined;
  #sending = false;
  #closed = false;
  #idle: PromiseWithResolvers<void> | undefined;

  /** @param boot names this run of the hub: in it the messages of the device are counted */
  constructor(device: string, boot: number, ports: OutboxPorts) {
    this.#device = device;
    this.#boot = boot;
    this.#ports = ports;
  }

  /** Live values. */
  add(readings: readonly TimedMeasurement[], receivedMs: number): void {
    this.#put({ readings, octets: octetsOf(readings), receivedMs, record: false });
  }

  /** A record out of the device's memory. Resolves when it is on disk, was before, or had to be dropped. */
  addRecord(readings: readonly TimedMeasurement[], receivedMs: number): Promise<Outcome | 'dropped'> {
    return new Promise((resolve) => {
      this.#put({ readings, octets: octetsOf(readings), receivedMs, record: true, resolve });
    });
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    if (!this.#sending && this.#waiting.length === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  /** Tries no more. */
  close(): void {
    this.#closed = true;
    const left = this.#waiting.splice(0);
    if (left.length > 0) this.#ports.dropped(left.length);
    for (const { resolve } of left) resolve?.('dropped');
    this.#idle?.resolve();
  }

  #put(one: Waiting): void {
    if (this.#closed) {
      one.resolve?.('dropped');
      return;
    }
    if (this.#waiting.length >= WAITING_MAX && !this.#hasRoom(one)) {
      one.resolve?.('dropped');
      this.#ports.dropped(1);
      return;
    }
    this.#waiting.push(one);
    if (!this.#sending) void this.#pump();
  }

  /** Makes room for a live value by the oldest one. Records stay: one that was dropped out of their order is never asked for again. */
  #hasRoom({ record }: Waiting): boolean {
    const oldest = record ? -1 : this.#waiting.findIndex((one) => !one.record);
    if (oldest === -1) return false;
    const [{ receivedMs }] = this.#waiting.splice(oldest, 1) as [Waiting];
    this.#lost ??= { values: 0, fromMs: receivedMs, toMs: receivedMs };
    this.#lost.values += 1;
    this.#lost.toMs = receivedMs;
    this.#ports.dropped(1);
    return true;
  }

  async #pump(): Promise<void> {
    this.#sending = true;
    while (this.#waiting.length > 0 && !this.#closed) {
      const values = this.#take();
      // A value that cannot be written is a fault of ours; it must not stop those behind it.
      await this.#send(values).catch(() => {
        for (const one of values) one.resolve?.('dropped');
        this.#ports.dropped(values.length);
      });
    }
    this.#sending = false;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** The values of the next message: a record alone, or live values that came together. */
  #take(): readonly Waiting[] {
    const first = this.#waiting[0] as Waiting;
    let count = 1;
    let readings = first.readings.length;
    let octets = first.octets;
    while (!first.record && count < this.#waiting.length) {
      const next = this.#waiting[count] as Waiting;
      readings += next.readings.length;
      octets += next.octets;
      if (next.record || next.receivedMs - first.receivedMs > TOGETHER_MS) break;
      if (readings > READINGS_PER_MESSAGE_MAX || octets > OCTETS_PER_MESSAGE_MAX) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #send(values: readonly Waiting[]): Promise<void> {
    const first = values[0] as Waiting;
    this.#seq += this.#leftOut();
    const readings = values.length === 1 ? first.readings : values.flatMap((one) => one.readings);
    const arrival: Arrival = {
      device: this.#device,
      body: encodeMessageCbor({ boot: this.#boot, seq: this.#seq, readings }),
      contentType: 'application/cbor',
      received: Math.floor(first.receivedMs),
    };
    this.#seq += 1;
    const outcome = await this.#untilStored(arrival);
    for (const one of values) one.resolve?.(outcome);
    if (outcome === 'dropped') this.#ports.dropped(values.length);
    else
      this.#ports.settled?.(
        outcome,
        values.map((one) => one.receivedMs),
      );
  }

  /** How many numbers stand for what was dropped before the next message. */
  #leftOut(): number {
    const lost = this.#lost;
    if (lost === undefined) return 0;
    this.#lost = undefined;
    const seconds = Math.max(0, lost.toMs - lost.fromMs) / 1000;
    return Math.min(lost.values, Math.floor((seconds + 1) * LEFT_OUT_PER_SECOND_MAX));
  }

  async #untilStored(arrival: Arrival): Promise<Outcome | 'dropped'> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#ports.accept(arrival);
      } catch (error) {
        // The hub has stopped: it stores nothing any more.
        if (error instanceof HeartwoodError && error.code === 'not-ready') return 'dropped';
        if (this.#closed) return 'dropped';
        const waitMs = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }
}

const octetsOf = (readings: readonly TimedMeasurement[]): number =>
  readings.reduce((sum, { source }) => sum + (source?.octets.length ?? 0), 0);
