// A thermometer patch in the armpit: Temperature 2A1C by indication once a minute, and while it settles the intermediate
// 2A1E every two seconds.

import { encodeTemperature, floatOf, type Temperature } from '@heartwood/vitals/gatt';
import { createDeviceClock } from '../device-clock.ts';
import type { Characteristic, Peripheral } from '../peripheral.ts';
import { hasNoNumber } from '../record-memory.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

const EVERY_MS = 2000;
const SETTLED_EVERY = 30;

export const thermometer: Peripheral = {
  name: 'Sim Thermometer',
  advertised: ['1809'],
  appearance: 0x0300,
  pairing: 'just-works',
  addressType: 'random',
  firmware: (host) => {
    const clock = createDeviceClock(host);
    const settled: Characteristic = { uuid: '2A1C', flags: ['indicate'] };
    const intermediate: Characteristic = { uuid: '2A1E', flags: ['notify'] };
    const everyMs = host.everyMs === undefined ? EVERY_MS : host.everyMs / SETTLED_EVERY;
    return {
      services: [
        genericAccess('Sim Thermometer'),
        {
          uuid: '1809',
          characteristics: [
            settled,
            // Temperature Type: armpit.
            { uuid: '2A1D', flags: ['read'], read: () => Uint8Array.of(1) },
            intermediate,
          ],
        },
        clock.service,
        deviceInformation(host, 'Patch 1'),
        battery(host),
      ],
      pulse: {
        everyMs,
        at: (atMs) => {
          const turn = Math.round((atMs - host.body.startAtMs) / everyMs);
          const value = hasNoNumber(host, turn)
            ? ({ kind: 'nan' } as const)
            : floatOf(host.body.vitalsAt(atMs).temperature, 2);
          const common: Temperature = { unit: 'Cel', temperature: value, site: 'armpit' };
          if (turn % SETTLED_EVERY === 0) {
            host.say(settled, encodeTemperature({ ...common, time: clock.timeAt(atMs) }));
          } else host.say(intermediate, encodeTemperature(common));
        },
      },
    };
  },
};
