// A strap that says several values every 20 ms, each marked so that the hub's end can tell when it left: quarters of
// a millisecond, modulo 2^16, in the field for energy.

import type { Peripheral } from '@heartwood/device-sim/ble';
import { encodeHeartRate } from '@heartwood/vitals/gatt';

const EVERY_MS = 20;
const ROUND = 0x1_0000;

/** The clock that two processes of one machine share, quarters of a millisecond. */
const quarters = (): number => Math.floor((performance.timeOrigin + performance.now()) * 4);

/** Milliseconds since a value left, by its octets; right for up to 16 s. */
export const ageMs = (octets: Uint8Array): number => {
  const left = (octets[2] ?? 0) | ((octets[3] ?? 0) << 8);
  return ((quarters() - left) & (ROUND - 1)) / 4;
};

/** @param values said every 20 ms */
export const burstStrap = (values: number): Peripheral => ({
  name: 'Burst',
  advertised: ['180D'],
  appearance: 0,
  pairing: 'none',
  addressType: 'public',
  firmware: (host) => {
    const measurement = { uuid: '2A37', flags: ['notify' as const] };
    return {
      services: [{ uuid: '180D', characteristics: [measurement] }],
      pulse: {
        everyMs: EVERY_MS,
        at: () => {
          for (let n = 0; n < values; n++) {
            const energyKj = quarters() & (ROUND - 1);
            host.say(measurement, encodeHeartRate({ beatsPerMinute: 60 + n, contact: 'detected', energyKj }));
          }
        },
      },
    };
  },
});
