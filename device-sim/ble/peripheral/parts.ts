// Services that most devices have: who made it, and how full its battery is.

import { encodeDeviceText, encodePnpId, encodeSystemId } from '@heartwood/vitals/gatt';
import type { Random } from '../../random.ts';
import type { Host, Service } from '../peripheral.ts';

/** Generic Access (1800): every device has it, bluetoothd keeps it to itself. */
export function genericAccess(name: string): Service {
  return {
    uuid: '1800',
    characteristics: [{ uuid: '2A00', flags: ['read'], read: () => encodeDeviceText(name) }],
  };
}

/** The serial number of the device whose firmware has this randomness. */
export function serialOf(random: Random): string {
  return `SIM-${serialNumber(random).toString().padStart(6, '0')}`;
}
const serialNumber = (random: Random): number => random.fork('serial').below(1_000_000);

/** Device Information (180A). The serial number follows from the device's id, so it outlives any address. */
export function deviceInformation(host: Host, model: string): Service {
  const text = (uuid: string, value: string) => ({
    uuid,
    flags: ['read'] as const,
    read: () => encodeDeviceText(value),
  });
  return {
    uuid: '180A',
    characteristics: [
      text('2A29', 'Heartwood Simulated'),
      text('2A24', model),
      text('2A25', serialOf(host.random)),
      text('2A26', '1.4.2'),
      text('2A27', 'B'),
      text('2A28', '1.4.2'),
      {
        uuid: '2A23',
        flags: ['read'],
        read: () => encodeSystemId({ manufacturer: serialNumber(host.random), organization: 0x00_1b_dc }),
      },
      {
        uuid: '2A50',
        flags: ['read'],
        read: () => encodePnpId({ source: 'bluetooth', vendor: 0xffff, product: 1, version: 0x0142 }),
      },
    ],
  };
}

/** Battery (180F): falls from 95 % by one percent in half a day, as long as nothing is wrong with it. */
export function battery(host: Host): Service {
  return {
    uuid: '180F',
    characteristics: [
      {
        uuid: '2A19',
        flags: ['read', 'notify'],
        // Not encodeBattery: a broken device says more than 100.
        read: () => Uint8Array.of(host.trouble.battery ?? batteryLevel(host)),
      },
    ],
  };
}

function batteryLevel(host: Host): number {
  const days = Math.max(0, host.now() - host.body.startAtMs) / 86_400_000;
  return Math.max(5, Math.round(95 - 2 * days));
}
