// What a device says, on its way into the outbox: read, given its source, and told apart into live values and records.

import type { Memory } from './memory.ts';
import type { Outbox } from './outbox.ts';
import type { Reader } from './reader.ts';
import { shortHex } from './subscription.ts';

export type IntakePorts = {
  readonly reader: Reader;
  readonly outbox: Outbox;
  /** ms since 1970; a fraction is welcome. */
  clock(): number;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

export class Intake {
  readonly #ports: IntakePorts;
  readonly #memory: Memory;

  constructor(ports: IntakePorts, memory: Memory) {
    this.#ports = ports;
    this.#memory = memory;
  }

  /** A value of a characteristic that came by itself. */
  told(characteristic: number, octets: Uint8Array): void {
    if (!this.#memory.takes(characteristic, octets)) this.take(characteristic, octets);
  }

  /** A value that is to be stored. */
  take(characteristic: number, octets: Uint8Array): void {
    const { reader, outbox, clock, log } = this.#ports;
    const nowMs = clock();
    const read = reader.read(characteristic, octets, nowMs, this.#memory.uploading);
    if (read.kind === 'refused')
      log('bluetooth-value-refused', { characteristic: shortHex(characteristic), reason: read.reason });
    if (read.kind !== 'readings') return;
    if (read.record) this.#memory.storing(outbox.addRecord(read.readings, nowMs));
    else outbox.add(read.readings, nowMs);
  }

  /** A level of the battery that BlueZ has read itself, in per cent. */
  battery(level: number): void {
    if (level <= 100)
      this.#ports.outbox.add([{ measurement: { kind: 'battery', value: level } }], this.#ports.clock());
  }
}
