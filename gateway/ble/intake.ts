// What a device says, on its way into the outbox: read, given its source, and told apart into live values and records.
// What cannot be read goes to the hub's quarantine, and is counted by reason; the log has the first, the second, the fourth and so on, for a device says
// as much nonsense as it likes.

import type { GattRefusal } from '@heartwood/vitals/gatt';
import type { Memory } from './memory.ts';
import type { Outbox } from './outbox.ts';
import { UUID } from './profile.ts';
import type { Read, Reader } from './reader.ts';
import { shortHex } from './subscription.ts';

export type IntakePorts = {
  readonly reader: Reader;
  readonly outbox: Outbox;
  /** ms since 1970; a fraction is welcome. */
  clock(): number;
  /** A value whose octets could not be read. */
  refused(characteristic: number, reason: GattRefusal, octets: Uint8Array, nowMs: number): void;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

export class Intake {
  readonly #ports: IntakePorts;
  readonly #memory: Memory;
  /** By characteristic and reason. */
  readonly #refused = new Map<string, number>();

  constructor(ports: IntakePorts, memory: Memory) {
    this.#ports = ports;
    this.#memory = memory;
  }

  /** A value of a characteristic that came by itself. @param settled after a silence, while connected */
  told(characteristic: number, octets: Uint8Array, settled: boolean): void {
    if (!this.#memory.takes(characteristic, octets)) this.take(characteristic, octets, settled);
  }

  /** A value that is to be stored. */
  take(characteristic: number, octets: Uint8Array, settled: boolean): void {
    const nowMs = this.#ports.clock();
    const came = { upload: this.#memory.stageOf(characteristic), settled };
    for (const read of this.#ports.reader.read(characteristic, octets, nowMs, came))
      this.#took(characteristic, read, octets, nowMs);
  }

  /** The link has ended: of what was half said, the half that is true alone. */
  end(): void {
    const nowMs = this.#ports.clock();
    for (const read of this.#ports.reader.restart(nowMs))
      this.#took(UUID.bodyComposition, read, new Uint8Array(), nowMs);
  }

  #took(characteristic: number, read: Read, octets: Uint8Array, nowMs: number): void {
    if (read.kind === 'readings') {
      this.#store(read, nowMs);
      return;
    }
    // A cuff that inflates is no measurement, and tells its pressure twice a second: counted, and not kept.
    if (characteristic !== UUID.cuffPressure)
      this.#ports.refused(characteristic, read.reason, read.octets ?? octets, nowMs);
    this.#refuse(shortHex(characteristic), read.reason);
  }

  /** A level of the battery that BlueZ has read itself, in per cent. */
  battery(level: number): void {
    this.take(UUID.batteryOfBluez, Uint8Array.of(level), false);
  }

  #store({ readings, record }: Read & { readonly kind: 'readings' }, nowMs: number): void {
    const { outbox } = this.#ports;
    if (record) this.#memory.storing(outbox.addRecord(readings, nowMs));
    else outbox.add(readings, nowMs);
  }

  #refuse(characteristic: string, reason: string): void {
    const key = `${characteristic} ${reason}`;
    const count = (this.#refused.get(key) ?? 0) + 1;
    this.#refused.set(key, count);
    if (Number.isInteger(Math.log2(count)))
      this.#ports.log(reason === 'no-kind' ? 'bluetooth-value-of-no-kind' : 'bluetooth-value-refused', {
        characteristic,
        reason,
        count,
      });
  }
}
