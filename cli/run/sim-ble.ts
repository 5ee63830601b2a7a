// `heartwood sim --ble`: simulated Bluetooth wearables on a private bus, for a hub on a machine without Bluetooth.

import { hasBusDaemon, startBleHousehold } from '@heartwood/device-sim/ble';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { paceOf } from './pace.ts';

export async function runBleSim(settings: SettingsOf<'sim'>, frame: Frame): Promise<ExitStatus> {
  needBusDaemon();
  const stop = frame.stopSignal();
  const pace = paceOf(settings.speed, settings.forDuration, Date.now());
  const home = await startBleHousehold({
    seed: settings.seed,
    speed: pace.speed,
    startAtMs: pace.startAtMs,
    onPasskey: (device, passkey) => frame.write(`${device} shows ${passkey.toString().padStart(6, '0')}\n`),
  });
  try {
    for (const { name, devices } of home.people) {
      frame.write(`${name}\n`);
      for (const { label, address, serial } of devices) frame.write(`  ${address}  ${serial}  ${label}\n`);
    }
    // The last line is whole: a script may take the address from it.
    frame.write(`\nDBUS_SYSTEM_BUS_ADDRESS=${home.address}\n`);
    await ended(pace.forMs, stop);
  } finally {
    await home.stop();
  }
  return EXIT.ok;
}

/** @throws Refusal where it is not installed */
export function needBusDaemon(): void {
  if (!hasBusDaemon())
    throw new Refusal('cannot-run', 'Simulated Bluetooth needs dbus-daemon: apt install dbus.');
}

/** Resolves after `forMs`, or when told to stop. */
export function ended(forMs: number | undefined, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const timer = forMs === undefined ? undefined : setTimeout(resolve, forMs);
    stop.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
