// What was seen of a Bluetooth device's clock, kept over restarts of the hub: one sealed fact for each device. A cuff
// hands its records over with the clock that it had, and is set only once; a hub that forgot how wrong it was would
// have no witness for those that are still to come. It is bound to the address or serial number that the device was
// enrolled by: another thing under its name has another clock.

import type { Keyring } from '../keys/keyring.ts';
import { SealBroken } from '../keys/seal.ts';
import type { Device } from '../registry/registry.ts';
import type { Db } from '../store/database.ts';
import { getMeta, putMeta } from '../store/meta.ts';
import type { ClockSeen } from './clock-trust.ts';

type Sealed = { readonly db: Db; readonly keyring: Keyring };
type Kept = { readonly radio: string; readonly clock: ClockSeen };

const nameOf = ({ number }: Device): string => `radio-clock-${number}`;

/**
 * What is known of a device's clock; undefined: nothing, also where its row was altered, which `heartwood fsck` tells: the
 * device is one whose clock nobody saw, and no other device goes without its readings for it.
 */
export function knownClock(sealed: Sealed, device: Device): ClockSeen | undefined {
  try {
    const text = getMeta(sealed, nameOf(device));
    if (text === undefined) return undefined;
    const { radio, clock } = JSON.parse(text) as Kept;
    return radio === device.radio ? clock : undefined;
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

/** Keeps it; on disk when it returns. Nothing is kept of a device that is not enrolled by Bluetooth. */
export function keepKnownClock(sealed: Sealed, device: Device | undefined, clock: ClockSeen): void {
  if (device?.radio === undefined || device.revoked) return;
  const kept: Kept = { radio: device.radio, clock };
  putMeta(sealed, nameOf(device), JSON.stringify(kept));
}
