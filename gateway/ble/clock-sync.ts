// A device's clock: read, set where it is wrong, and read back, for there are devices that take a new time with thanks
// and keep the old one. Current Time (2A2B) where there is one; some scales and cuffs take Date Time (2A08) instead.

import {
  currentTimeAt,
  type DateTime,
  dateTimeAt,
  decodeCurrentTime,
  decodeDateTime,
  encodeCurrentTime,
  encodeDateTime,
  toEpochMs,
} from '@heartwood/vitals/gatt';
import { AGREES_MS, type ClockSeen, wallAt, type Zone } from './clock-trust.ts';
import type { CharacteristicView } from './objects.ts';
import { UUID } from './profile.ts';

export type ClockPorts = {
  clock(): number;
  readonly zone: Zone;
  read(characteristic: CharacteristicView): Promise<Uint8Array>;
  write(characteristic: CharacteristicView, octets: Uint8Array): Promise<void>;
  /**
   * Before it is set: what is known of it then, written as if it were set now, so that a hub that is killed between here
   * and the next look does not forget how wrong its records are. Where it rejects the clock stays as it is.
   */
  keep(clock: ClockSeen): Promise<void>;
};

/** A clock nearer than this is left alone. */
const SETS_FROM_MS = 2_000;

/** What the device's clock shows; undefined where it does not show one. A read that fails is no reason to give it up. */
export async function readClock(
  characteristics: readonly CharacteristicView[],
  ports: Omit<ClockPorts, 'write' | 'keep'>,
): Promise<ClockSeen | undefined> {
  const shown = shownBy(characteristics);
  if (shown === undefined) return undefined;
  const errorMs = await errorOf(shown, ports).catch(() => undefined);
  if (errorMs === undefined) return {};
  const nowMs = ports.clock();
  return { errorMs, zoneMinutes: ports.zone(nowMs), seenWallMs: Math.round(wallAt(nowMs, ports.zone)) };
}

/**
 * What was seen of the device's clock, which is set where it is wrong; undefined where it does not show one. `refused`:
 * it was set, and is still wrong. A read or a write that fails is no reason to give up the device.
 */
export async function setClock(
  characteristics: readonly CharacteristicView[],
  ports: ClockPorts,
): Promise<{ readonly clock: ClockSeen; readonly refused: boolean } | undefined> {
  const shown = shownBy(characteristics);
  const clock = await readClock(characteristics, ports);
  if (shown === undefined || clock === undefined) return undefined;
  const { errorMs } = clock;
  if (!shown.flags.includes('write')) return { clock, refused: false };
  if (errorMs !== undefined && Math.abs(errorMs) < SETS_FROM_MS) return { clock, refused: false };
  const wallMs = Math.round(wallAt(ports.clock(), ports.zone));
  try {
    await ports.keep({ ...clock, set: { wallMs, errorMs: 0 } });
  } catch {
    return { clock, refused: false };
  }
  try {
    await ports.write(shown, timeFor(shown, ports));
    const after = await errorOf(shown, ports);
    if (after === undefined) return { clock, refused: true };
    const set = { wallMs: Math.round(wallAt(ports.clock(), ports.zone)), errorMs: after };
    return { clock: { ...clock, set }, refused: Math.abs(after) > AGREES_MS };
  } catch {
    return { clock, refused: true };
  }
}

const shownBy = (characteristics: readonly CharacteristicView[]): CharacteristicView | undefined =>
  characteristics.find(({ uuid }) => uuid === UUID.currentTime) ??
  characteristics.find(({ uuid }) => uuid === UUID.dateTime);

/** Device's wall clock less the house's. @throws BusFault */
async function errorOf(
  shown: CharacteristicView,
  { read, clock, zone }: Omit<ClockPorts, 'write' | 'keep'>,
): Promise<number | undefined> {
  const saidMs = wallOf(shown, await read(shown));
  return saidMs === undefined ? undefined : Math.round(saidMs - wallAt(clock(), zone));
}

function timeFor({ uuid }: CharacteristicView, { clock, zone }: ClockPorts): Uint8Array {
  const nowMs = clock();
  return uuid === UUID.currentTime
    ? encodeCurrentTime(currentTimeAt(nowMs, zone(nowMs)))
    : encodeDateTime(dateTimeAt(nowMs, zone(nowMs)));
}

/** What the clock shows, as if it were UTC; undefined where nobody has set it. */
function wallOf({ uuid }: CharacteristicView, octets: Uint8Array): number | undefined {
  if (uuid !== UUID.currentTime) {
    const time = decodeDateTime(octets);
    return time.kind === 'decoded' ? momentAsUtc(time.value) : undefined;
  }
  const current = decodeCurrentTime(octets);
  if (current.kind === 'refused') return undefined;
  const whole = momentAsUtc(current.value.time);
  return whole === undefined ? undefined : whole + Math.round((current.value.fraction256 * 1000) / 256);
}

const momentAsUtc = (time: DateTime): number | undefined => toEpochMs(time, 0);
