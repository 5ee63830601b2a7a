// Bytes to typed readings, once. Each arrival has one outcome: stored, a duplicate, or refused with a reason
// and kept in the quarantine. Nothing here writes: it decides, and the store commits the decision.

import { type Message, parseMessage, type Reading, type RefusalReason } from '@heartwood/vitals';
import type { Device, Registry } from '../registry/registry.ts';
import type { KeptReading } from '../store/segment-codec.ts';
import { attributionTime } from './attribution.ts';
import { DeviceCursor } from './cursor.ts';
import { Fingerprint } from './fingerprint.ts';
import { type RecordName, recordOf } from './record-name.ts';
import { refusedValue, type ValueRefusal } from './refused-value.ts';

/** A message as it came from a broker or a radio. The device is authenticated; the body is anybody's guess. */
export type Arrival = {
  readonly device: string;
  readonly body: Uint8Array;
  /** MQTT 5 content type, where the device gave one. */
  readonly contentType?: string;
  /** The hub's clock when it arrived, ms since 1970. */
  readonly received: number;
};

/** Why an arrival is in the quarantine. */
export type QuarantineReason =
  | RefusalReason
  /** Octets of a Bluetooth device that cannot be read. */
  | ValueRefusal
  /** Nobody enrolled this device (it came over an external broker). */
  | 'unknown-device'
  /** The device was nobody's at the time of the measurement. */
  | 'unassigned-device'
  /** The sequence number was used before, for another content. */
  | 'sequence-reused';

export type Decision =
  | {
      readonly kind: 'store';
      readonly device: Device;
      readonly message: Message;
      readonly readings: Ingested[];
      readonly fingerprint: number;
      readonly record: RecordName | undefined;
    }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'quarantine'; readonly reason: QuarantineReason; readonly detail: string };

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A reading and the slot of the patient who had the device when it was measured. */
export type Ingested = { readonly slot: number; readonly kept: KeptReading };

export class Ingest {
  readonly #registry: Registry;
  readonly #cursors: Map<number, DeviceCursor>;
  /**
   * Messages decided on but not yet committed, by device and by sequence (with its boot, where there is one): a duplicate
   * may arrive in the same group.
   */
  readonly #undecided = new Map<number, Map<number | string, number>>();
  /** The same of records, by device and name. */
  readonly #undecidedRecords = new Set<string>();

  constructor(registry: Registry, cursors: Map<number, DeviceCursor>) {
    this.#registry = registry;
    this.#cursors = cursors;
  }

  decide(arrival: Arrival): Decision {
    const device = this.#registry.device(arrival.device);
    if (device === undefined || device.revoked) {
      return quarantine(
        'unknown-device',
        'No device of this id is enrolled: heartwood enroll makes it known.',
      );
    }
    const value = refusedValue(arrival.contentType);
    if (value !== undefined) return quarantine(value.reason, value.detail);
    const parsed = parseMessage(arrival.body, arrival.contentType);
    if (parsed.kind === 'refused') return quarantine(parsed.reason, parsed.detail);
    const { message } = parsed;
    const fingerprint = fingerprintOf(message.readings);
    const cursor = this.cursor(device.number);
    const undecided = this.#undecidedOf(device.number);
    const name = message.boot === undefined ? message.seq : `${message.boot}.${message.seq}`;
    const sameGroup = undecided.get(name);
    const seen =
      sameGroup === undefined
        ? cursor.look(message.boot, message.seq, fingerprint)
        : sameGroup === fingerprint
          ? 'duplicate'
          : 'reused';
    if (seen === 'duplicate') return { kind: 'duplicate' };
    const record = recordOf(message.readings);
    const recordKey = record === undefined ? undefined : `${device.number}.${record.name}`;
    // Its message is new and the record is not: the device sent it in an earlier session.
    if (record !== undefined && cursor.hasRecord(record)) {
      cursor.addRecord(record);
      return { kind: 'duplicate' };
    }
    if (recordKey !== undefined && this.#undecidedRecords.has(recordKey)) return { kind: 'duplicate' };
    if (seen === 'reused') {
      return quarantine(
        'sequence-reused',
        'This sequence number was used before, or was skipped too long ago to tell. After a restart, count on or send a new boot.',
      );
    }
    const readings = this.#attribute(device, message, arrival.received);
    if (readings === undefined) {
      return quarantine(
        'unassigned-device',
        'The device was nobody’s when this was measured: heartwood enroll hands it to a patient.',
      );
    }
    undecided.set(name, fingerprint);
    if (recordKey !== undefined) this.#undecidedRecords.add(recordKey);
    return { kind: 'store', device, message, readings, fingerprint, record };
  }

  /** The decisions since the last call were committed: remember the messages as delivered. */
  committed(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.kind !== 'store') continue;
      const { device, message, fingerprint, record } = decision;
      const cursor = this.cursor(device.number);
      cursor.add(message.boot, message.seq, fingerprint);
      if (record !== undefined) cursor.addRecord(record);
    }
    this.rolledBack();
  }

  /** The commit failed: nothing was stored, and the messages will come again. Or it is over. */
  rolledBack(): void {
    this.#undecided.clear();
    this.#undecidedRecords.clear();
  }

  cursor(device: number): DeviceCursor {
    let cursor = this.#cursors.get(device);
    if (cursor === undefined) {
      cursor = new DeviceCursor();
      this.#cursors.set(device, cursor);
    }
    return cursor;
  }

  #undecidedOf(device: number): Map<number | string, number> {
    let ofDevice = this.#undecided.get(device);
    if (ofDevice === undefined) {
      ofDevice = new Map();
      this.#undecided.set(device, ofDevice);
    }
    return ofDevice;
  }

  #attribute(device: Device, message: Message, received: number): Ingested[] | undefined {
    const { boot, seq } = message;
    const { number, origin } = device;
    const readings: Ingested[] = [];
    for (let index = 0; index < message.readings.length; index++) {
      const { at, measurement, source } = message.readings[index] as Message['readings'][number];
      const slot = this.#registry.ownerAt(device, attributionTime(at, received));
      if (slot === undefined) return undefined;
      // What is not there is not set: spreading what may be there takes five times as long.
      const kept: Writable<KeptReading> =
        at === undefined
          ? { device: number, seq, index, received, origin, measurement }
          : { device: number, seq, index, at, received, origin, measurement };
      if (boot !== undefined) kept.boot = boot;
      if (source !== undefined) kept.source = source;
      readings.push({ slot, kept });
    }
    return readings;
  }
}

/**
 * Tells the cursors of messages that were found on disk after a restart.
 * @param readings all of one batch, of every patient: a message that a handover divides lies in two segments
 */
export function recall(cursorOf: (device: number) => DeviceCursor, readings: readonly KeptReading[]): void {
  const messages = Map.groupBy(readings, ({ device, boot, seq }) => `${device}.${boot ?? ''}.${seq}`);
  for (const message of messages.values()) {
    const [first] = message as [KeptReading];
    const inOrder = message.toSorted((a, b) => a.index - b.index);
    const cursor = cursorOf(first.device);
    cursor.add(first.boot, first.seq, fingerprintOf(inOrder));
    const record = recordOf(inOrder);
    if (record !== undefined) cursor.addRecord(record);
  }
}

function fingerprintOf(readings: Message['readings']): number {
  const fingerprint = new Fingerprint();
  for (const { at, measurement } of readings) fingerprint.add(at, measurement);
  return fingerprint.value;
}

const quarantine = (reason: QuarantineReason, detail: string): Decision => ({
  kind: 'quarantine',
  reason,
  detail,
});

/** The reading in full, with its patient's pseudonym and its device's id. */
export function toReading(kept: KeptReading, subject: Uint8Array, device: string): Reading {
  return { ...kept, subject, device };
}
