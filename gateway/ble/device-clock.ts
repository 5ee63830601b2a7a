// The clock of a device at the other end of a link: looked at, or set where it is wrong, and what was seen of it told to
// whoever reads its times.

import { readClock, setClock } from './clock-sync.ts';
import type { Zone } from './clock-trust.ts';
import type { DeviceCalls } from './device-calls.ts';
import type { CharacteristicView } from './objects.ts';
import type { Reader } from './reader.ts';

export type DeviceClockPorts = {
  readonly reader: Reader;
  readonly zone: Zone;
  /** ms since 1970. */
  clock(): number;
  /** It was looked at, and set where it could be. */
  clockWrong(isSo: boolean): void;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

export class DeviceClock {
  readonly #ports: DeviceClockPorts;
  readonly #calls: DeviceCalls;

  constructor(ports: DeviceClockPorts, calls: DeviceCalls) {
    this.#ports = ports;
    this.#calls = calls;
  }

  /** Looks at it, and leaves it: the times of records that are still to come are told by it as it is. */
  async look(characteristics: readonly CharacteristicView[]): Promise<void> {
    const { reader, clock, zone } = this.#ports;
    const seen = await readClock(characteristics, { clock, zone, read: this.#calls.read });
    if (seen !== undefined) reader.saw(seen);
  }

  /**
   * Sets it where it is wrong, and reads it back.
   * @param stillThere throws where the link has ended meanwhile: then nothing is said of the clock
   */
  async set(characteristics: readonly CharacteristicView[], stillThere: () => void): Promise<void> {
    const { reader, clock, zone, clockWrong, log } = this.#ports;
    const { read, write } = this.#calls;
    const seen = await setClock(characteristics, { clock, zone, read, write });
    stillThere();
    if (seen === undefined) return;
    reader.saw(seen.clock);
    if (seen.refused) log('bluetooth-clock-not-taken', {});
    clockWrong(seen.refused);
  }
}
