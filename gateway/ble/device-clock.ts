// The clock of a device at the other end of a link: looked at, or set where it is wrong, and what was seen of it told to
// whoever reads its times.

import { readClock, setClock } from './clock-sync.ts';
import type { ClockSeen, Zone } from './clock-trust.ts';
import type { DeviceCalls } from './device-calls.ts';
import type { CharacteristicView } from './objects.ts';
import type { Reader } from './reader.ts';

export type DeviceClockPorts = {
  readonly reader: Reader;
  readonly zone: Zone;
  /** ms since 1970. */
  clock(): number;
  /** What is known of it, where that has changed: the hub is to know it when it is started again. */
  keepClock(clock: ClockSeen): Promise<void>;
  /** It was looked at, and set where it could be. */
  clockWrong(isSo: boolean): void;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

export class DeviceClock {
  readonly #ports: DeviceClockPorts;
  readonly #calls: DeviceCalls;
  /** What the hub has on disk. */
  #kept: ClockSeen | undefined;

  constructor(ports: DeviceClockPorts, calls: DeviceCalls) {
    this.#ports = ports;
    this.#calls = calls;
    this.#kept = ports.reader.clock;
  }

  /** Looks at it, and leaves it: the times of records that are still to come are told by it as it is. */
  async look(characteristics: readonly CharacteristicView[]): Promise<void> {
    const { reader, clock, zone } = this.#ports;
    const seen = await readClock(characteristics, { clock, zone, read: this.#calls.read });
    if (seen === undefined) return;
    reader.saw(seen);
    await this.#keep(reader.clock).catch(() => undefined);
  }

  /**
   * Sets it where it is wrong, and reads it back.
   * @param stillThere throws where the link has ended meanwhile: then nothing is said of the clock
   */
  async set(characteristics: readonly CharacteristicView[], stillThere: () => void): Promise<void> {
    const { reader, clock, zone, clockWrong, log } = this.#ports;
    const { read, write } = this.#calls;
    const keep = (before: ClockSeen): Promise<void> => this.#keep(reader.withClock(before));
    const seen = await setClock(characteristics, { clock, zone, read, write, keep });
    if (seen !== undefined) {
      // Also where the link has ended meanwhile: what was seen was seen.
      reader.saw(seen.clock);
      await this.#keep(reader.clock).catch(() => undefined);
    }
    stillThere();
    if (seen === undefined) return;
    if (seen.refused) log('bluetooth-clock-not-taken', {});
    clockWrong(seen.refused);
  }

  async #keep(known: ClockSeen): Promise<void> {
    if (this.#kept !== undefined && !hasChanged(this.#kept, known)) return;
    await this.#ports.keepClock(known);
    this.#kept = known;
  }
}

/** A look that saw nothing new is written down four times a day at most. */
const SEEN_EVERY_MS = 6 * 3_600_000;
const AGREES_MS = 2_000;

function hasChanged(kept: ClockSeen, known: ClockSeen): boolean {
  const near = (a: number | undefined, b: number | undefined, withinMs: number): boolean =>
    a === b || (a !== undefined && b !== undefined && Math.abs(a - b) < withinMs);
  return !(
    near(kept.errorMs, known.errorMs, AGREES_MS) &&
    kept.zoneMinutes === known.zoneMinutes &&
    near(kept.seenWallMs, known.seenWallMs, SEEN_EVERY_MS) &&
    kept.set?.wallMs === known.set?.wallMs &&
    near(kept.set?.errorMs, known.set?.errorMs, AGREES_MS) &&
    JSON.stringify(kept.jumped) === JSON.stringify(known.jumped)
  );
}
