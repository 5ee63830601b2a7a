// A thermometer with two probes, and so with the same service and characteristic UUID twice: armpit and ear. Clients that
// keep services by UUID reach only one of them.

import { encodeTemperature, floatOf, type TemperatureSite } from '@heartwood/vitals/gatt';
import type { Characteristic, Peripheral, Service } from '../peripheral.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

const EVERY_MS = 5000;
const SITES: readonly TemperatureSite[] = ['armpit', 'ear'];
/** The ear is warmer than the armpit. */
const EAR_C = 0.4;

export const twinThermometer: Peripheral = {
  name: 'Sim Two Probes',
  advertised: ['1809'],
  appearance: 0x0300,
  pairing: 'none',
  addressType: 'random',
  firmware: (host) => {
    const probes = SITES.map((site) => {
      const settled: Characteristic = { uuid: '2A1C', flags: ['indicate'] };
      const service: Service = { uuid: '1809', characteristics: [settled] };
      return { site, settled, service };
    });
    return {
      services: [
        genericAccess('Sim Two Probes'),
        ...probes.map(({ service }) => service),
        deviceInformation(host, 'Probes 1'),
        battery(host),
      ],
      pulse: {
        everyMs: host.everyMs ?? EVERY_MS,
        at: (atMs) => {
          const celsius = host.body.vitalsAt(atMs).temperature;
          for (const { site, settled } of probes) {
            const temperature = floatOf(celsius + (site === 'ear' ? EAR_C : 0), 1);
            host.say(settled, encodeTemperature({ unit: 'Cel', temperature, site }));
          }
        },
      },
    };
  },
};
