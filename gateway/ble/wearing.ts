// One enrolled device, as long as the hub runs: what outlives its connections, adapters and bluetoothds. Its values in
// order of arrival, what is known of its clock, when it was served, and when it may be tried again.

import type { RadioDevice } from '../hub/calls.ts';
import type { Zone } from './clock-trust.ts';
import { Outbox, type OutboxPorts } from './outbox.ts';
import { Reader } from './reader.ts';
import { RefusedValues } from './refused-values.ts';
import type { Timing } from './timing.ts';

const SERIAL = 'serial:';

/** What `radio` of an enrolled device says: an address, or `serial:` and a serial number. */
export const enrolledBy = (radio: string): { readonly address?: string; readonly serial?: string } =>
  radio.startsWith(SERIAL) ? { serial: radio.slice(SERIAL.length) } : { address: radio.toUpperCase() };

export class Wearing {
  readonly id: string;
  /** How it was enrolled: by its identity address, in capitals, or by its serial number. One of the two is there. */
  readonly address: string | undefined;
  readonly serial: string | undefined;
  readonly outbox: Outbox;
  readonly reader: Reader;
  readonly refused: RefusedValues;
  /** When its last connection ended. */
  servedMs: number | undefined;
  /** Maker and model were told; they are read once. */
  made = false;
  /** A bond is to be made at the next connection. */
  pairs = false;
  /** A person was asked about its bond, and refused or was not there: not again before this. */
  bondAskedUntilMs = 0;
  /** How often in a row its connection ended before all of its records had come. */
  cuts = 0;
  #failures = 0;
  #nextTryMs = 0;
  readonly #timing: Timing;

  constructor(
    device: Pick<RadioDevice, 'id' | 'radio' | 'clock'>,
    boot: number,
    zone: Zone,
    timing: Timing,
    ports: OutboxPorts,
  ) {
    this.id = device.id;
    const by = enrolledBy(device.radio);
    this.address = by.address;
    this.serial = by.serial;
    this.outbox = new Outbox(device.id, boot, ports);
    this.reader = new Reader(zone, device.clock);
    this.refused = new RefusedValues(device.id, ports.accept);
    this.#timing = timing;
  }

  mayTry(nowMs: number): boolean {
    return nowMs >= this.#nextTryMs;
  }

  /** Whatever went wrong before has been mended. */
  mayTryNow(): void {
    this.#nextTryMs = 0;
  }

  /** A connection was set up. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** A connection ended, or none came about: the longer it goes on so, the longer the pause. */
  ended(nowMs: number, failed: boolean): void {
    const [first, longest] = this.#timing.retryMs;
    this.#failures = failed ? this.#failures + 1 : 0;
    this.servedMs = nowMs;
    this.#nextTryMs = nowMs + Math.min(longest, first * 2 ** Math.min(16, Math.max(0, this.#failures - 1)));
  }

  /** It has said all it had to say: it is left alone for a while. */
  rests(nowMs: number): void {
    this.servedMs = nowMs;
    this.#nextTryMs = nowMs + this.#timing.pauseMs;
  }
}
