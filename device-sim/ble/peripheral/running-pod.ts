// A foot pod: Running Speed and Cadence 2A53 once a second, from how hard the body works.

import { encodeRunning } from '@heartwood/vitals/gatt';
import type { Characteristic, Peripheral } from '../peripheral.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

const EVERY_MS = 1000;

export const runningPod: Peripheral = {
  name: 'Sim Pod',
  advertised: ['1814'],
  appearance: 0x0441,
  pairing: 'none',
  addressType: 'random',
  firmware: (host) => {
    const measurement: Characteristic = { uuid: '2A53', flags: ['notify'] };
    let metres = 0;
    return {
      services: [
        genericAccess('Sim Pod'),
        {
          uuid: '1814',
          characteristics: [
            measurement,
            // RSC Feature: stride, distance, walking or running.
            { uuid: '2A54', flags: ['read'], read: () => Uint8Array.of(0x07, 0) },
          ],
        },
        deviceInformation(host, 'Pod 1'),
        battery(host),
      ],
      pulse: {
        everyMs: host.everyMs ?? EVERY_MS,
        at: (atMs) => {
          const { effort } = host.body.vitalsAt(atMs);
          const moving = effort > 0.05;
          const metresPerSecond = moving ? Math.round((0.8 + 3 * effort) * 256) / 256 : 0;
          metres += (metresPerSecond * (host.everyMs ?? EVERY_MS)) / 1000;
          const cadence = moving ? Math.round(90 + 85 * effort) : 0;
          host.say(
            measurement,
            encodeRunning({
              running: effort > 0.5,
              metresPerSecond,
              cadence,
              strideMetres: cadence === 0 ? 0 : Math.round((metresPerSecond / (cadence / 60)) * 100) / 100,
              distanceMetres: Math.floor(metres * 10) / 10,
            }),
          );
        },
      },
    };
  },
};
