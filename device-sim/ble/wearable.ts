// The thing itself, as it lies in a room: its firmware, whether it is there, whether it takes bonds. Every adapter in reach
// has its own view of it (device.ts); one of them at most holds its link, and then the others do not hear it.

import type { Body } from '../body/body.ts';
import type { Random } from '../random.ts';
import type { Pacing } from './delay.ts';
import type { GattObjects } from './gatt-objects.ts';
import type { Link } from './link.ts';
import type { PersonAtDevice } from './pairing.ts';
import { serialOf } from './peripheral/parts.ts';
import type { Firmware, Host, Peripheral } from './peripheral.ts';
import type { Trouble } from './trouble.ts';

export type WearableSetup = {
  readonly id: string;
  readonly address: string;
  readonly peripheral: Peripheral;
  readonly body: Body;
  readonly random: Random;
  readonly trouble: Trouble;
  /** Known to bluetoothd, and bonded, from before. */
  readonly bonded: boolean;
  /** A child object of the device that is no service. */
  readonly endpoint: boolean;
  readonly everyMs: number | undefined;
  readonly stored: number | undefined;
  /** Takes bonds at any time, also where the model wants its button pressed. */
  readonly bondable: boolean;
  /** Hears of the digits on the device's screen. */
  readonly onPasskey: (passkey: number) => void;
};

/** Who holds its link. */
export type Holder = { readonly link: Link; readonly gatt: GattObjects };

export type Wearable = {
  readonly setup: WearableSetup;
  readonly serial: string;
  readonly firmware: Firmware;
  readonly person: PersonAtDevice;
  readonly pacing: Pacing;
  /** Owned by the view that connects, from the attempt to the end of the link. */
  holder: Holder | undefined;
  present: boolean;
  bondable: boolean;
  /** Its side of its bonds: the paths under which its peers know it. */
  readonly bonds: Set<string>;
  /** Advertises and takes connections: it is there, awake, and nobody holds it. */
  audible(): boolean;
  pressButton(): void;
};

export function createWearable(setup: WearableSetup, pacing: Pacing): Wearable {
  const { peripheral, trouble, random } = setup;
  const firmwareRandom = random.fork('firmware');
  const holding = (): Holder | undefined =>
    wearable.holder?.link.state === 'connected' ? wearable.holder : undefined;
  const host: Host = {
    id: setup.id,
    body: setup.body,
    random: firmwareRandom,
    trouble,
    everyMs: setup.everyMs,
    stored: setup.stored,
    now: pacing.now,
    subscribed: (characteristic) => holding()?.gatt.listening().includes(characteristic) === true,
    say: (characteristic, value) => !trouble.silent && holding()?.gatt.say(characteristic, value) === true,
    after: (ms, then) => holding()?.link.after(ms, then),
    hangUp: () => holding()?.link.lose(),
  };
  const wearable: Wearable = {
    setup,
    serial: serialOf(firmwareRandom),
    firmware: peripheral.firmware(host),
    person: { passkey: undefined, accepts: true, shows: undefined },
    pacing,
    holder: undefined,
    present: true,
    bonds: new Set(),
    bondable: setup.bondable || peripheral.bondWindowMs === undefined,
    audible: () => {
      if (!wearable.present || wearable.holder !== undefined) return false;
      // A bonding window that is open keeps it awake until it has a bond.
      const waits = peripheral.bondWindowMs !== undefined && wearable.bondable && wearable.bonds.size === 0;
      return waits || wearable.firmware.awake?.() !== false;
    },
    pressButton: () => {
      const windowMs = peripheral.bondWindowMs;
      if (windowMs === undefined || wearable.bondable) return;
      wearable.bondable = true;
      pacing.after(windowMs, () => {
        wearable.bondable = false;
      });
    },
  };
  return wearable;
}
