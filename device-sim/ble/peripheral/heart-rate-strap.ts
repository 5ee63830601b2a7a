// A chest strap: Heart Rate 2A37 once a second with the beats' intervals since the last one, skin contact, and 2A38.

import { encodeBodySensorLocation, encodeHeartRate } from '@heartwood/vitals/gatt';
import { beatWindow } from '../../body/heart.ts';
import type { Characteristic, Peripheral } from '../peripheral.ts';
import { hasNoNumber } from '../record-memory.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

/** ATT_MTU 23 leaves room for nine intervals. */
const INTERVALS_MAX = 9;
const EVERY_MS = 1000;

export const heartRateStrap: Peripheral = {
  name: 'Sim Strap',
  advertised: ['180D'],
  appearance: 0x0341,
  pairing: 'none',
  addressType: 'random',
  manufacturerData: [[0xffff, Uint8Array.of(1, 2)]],
  firmware: (host) => {
    const beats = beatWindow(host.body, 10_000);
    let toldUntilMs: number | undefined;
    const everyMs = host.everyMs ?? EVERY_MS;
    const measurement: Characteristic = { uuid: '2A37', flags: ['notify'] };
    return {
      services: [
        genericAccess('Sim Strap'),
        {
          uuid: '180D',
          characteristics: [
            measurement,
            { uuid: '2A38', flags: ['read'], read: () => encodeBodySensorLocation('chest') },
            // Heart Rate Control Point: 1 sets the energy back, which this strap does not count.
            { uuid: '2A39', flags: ['write'], write: () => undefined },
          ],
        },
        deviceInformation(host, 'Strap 1'),
        battery(host),
      ],
      disconnected: () => {
        toldUntilMs = undefined;
      },
      pulse: {
        everyMs,
        at: (atMs) => {
          const from = Math.max(toldUntilMs ?? atMs - everyMs, atMs - 5000);
          toldUntilMs = atMs;
          if (hasNoNumber(host, Math.round(atMs / everyMs))) {
            host.say(measurement, encodeHeartRate({ beatsPerMinute: 0, contact: 'not-detected' }));
            return;
          }
          const intervals1024 = beats
            .between(from, atMs)
            .slice(-INTERVALS_MAX)
            .map(({ rrMs }) => Math.round((rrMs * 1024) / 1000));
          const beatsPerMinute = Math.round(host.body.vitalsAt(atMs).heartRate);
          host.say(
            measurement,
            encodeHeartRate({
              beatsPerMinute,
              contact: 'detected',
              ...(intervals1024.length > 0 && { intervals1024 }),
            }),
          );
        },
      },
    };
  },
};
