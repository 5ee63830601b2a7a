// Plays a device's firmware while it is connected: its pulse on the grid of simulated time, so that measurement n is the
// same whoever listens and however fast time passes; and the storms that a broken one sends.

import type { Pacing } from './delay.ts';
import type { GattObjects } from './gatt-objects.ts';
import type { Firmware } from './peripheral.ts';
import type { Trouble } from './trouble.ts';

export type Play = {
  start(): void;
  stop(): void;
  /** The pulse of this moment, at once. */
  once(): void;
  /** So many notifications of octets that the device says anyway, at once. Gives how many went out. */
  storm(count: number): number;
};

/** A storm is sent in this rhythm. */
const STORM_EVERY_MS = 40;

export function playFirmware(
  firmware: Firmware,
  gatt: GattObjects,
  trouble: Trouble,
  pacing: Pacing,
  startAtMs: number,
  linkUp: () => boolean,
): Play {
  let running = false;
  let cancelPulse: () => void = () => undefined;
  let stopStorm: () => void = () => undefined;
  let stormed = 0;
  const { pulse } = firmware;

  const schedule = (): void => {
    if (pulse === undefined || !running) return;
    const passed = pacing.now() - startAtMs;
    const next = startAtMs + (Math.floor(passed / pulse.everyMs) + 1) * pulse.everyMs;
    beat(next, pulse.everyMs, pulse.at);
  };
  const beat = (atMs: number, everyMs: number, at: (atMs: number) => void): void => {
    cancelPulse = pacing.after(atMs - pacing.now(), () => {
      if (!running) return;
      // A timer that came late says what is due, one by one: none is left out.
      let due = atMs;
      do {
        at(due);
        due += everyMs;
      } while (running && due <= pacing.now());
      if (running) beat(due, everyMs, at);
    });
  };
  const storm = (count: number): number => {
    const [target] = gatt.listening();
    if (target === undefined || !linkUp()) return 0;
    let sent = 0;
    for (; sent < count; sent++) {
      stormed++;
      // A heart rate of 60 and a counter as its interval: each notification of a storm can be told from the others.
      const value = Uint8Array.of(0x10, 60, stormed & 0xff, (stormed >> 8) & 0xff);
      if (!gatt.say(target, value)) break;
    }
    return sent;
  };

  return {
    start: () => {
      if (running) return;
      running = true;
      firmware.connected?.();
      schedule();
      let owed = 0;
      let last = performance.now();
      const timer = setInterval(() => {
        const now = performance.now();
        owed += (Math.max(0, trouble.stormPerSecond) * (now - last)) / 1000;
        last = now;
        const due = Math.floor(owed);
        owed -= due;
        if (due > 0) storm(due);
      }, STORM_EVERY_MS);
      stopStorm = () => clearInterval(timer);
    },
    stop: () => {
      if (!running) return;
      running = false;
      cancelPulse();
      stopStorm();
      firmware.disconnected?.();
    },
    once: () => pulse?.at(pacing.now()),
    storm,
  };
}
