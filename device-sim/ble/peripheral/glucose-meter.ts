// A blood glucose meter: Glucose 2A18 and its context 2A34, only when asked through the Record Access Control Point. It
// shows a passkey for bonding, and gives nothing without a bond.

import { encodeGlucose, encodeGlucoseContext, sfloatOf } from '@heartwood/vitals/gatt';
import { createDeviceClock } from '../device-clock.ts';
import type { Characteristic, Peripheral } from '../peripheral.ts';
import { createRecordAccess } from '../record-access.ts';
import { createRecordMemory, hasNoNumber, type StoredRecord } from '../record-memory.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

const HOUR_MS = 3_600_000;
/** Every third record comes with a context. */
const CONTEXT_EVERY = 3;

export const glucoseMeter: Peripheral = {
  name: 'Sim Glucose',
  advertised: ['1808'],
  appearance: 0x0400,
  pairing: 'passkey-display',
  addressType: 'public',
  firmware: (host) => {
    const clock = createDeviceClock(host);
    const memory = createRecordMemory(host, { everyMs: 4 * HOUR_MS, stored: 12 });
    const measurement: Characteristic = { uuid: '2A18', flags: ['notify'], secured: true };
    const context: Characteristic = { uuid: '2A34', flags: ['notify'], secured: true };

    const tell = ({ number, atMs }: StoredRecord): void => {
      const contextFollows = number % CONTEXT_EVERY === 0;
      const mgPerDl = Math.round(host.body.vitalsAt(atMs).glucose);
      host.say(
        measurement,
        encodeGlucose({
          sequence: number % 65_536,
          baseTime: clock.timeAt(atMs),
          offsetMinutes: 0,
          sample: {
            unit: 'kg/L',
            // 1 mg/dL is 10^-5 kg/L.
            concentration: hasNoNumber(host, number)
              ? { kind: 'nan' }
              : { kind: 'number', mantissa: mgPerDl, exponent: -5 },
            fluid: 'capillary-whole-blood',
            site: 'finger',
          },
          contextFollows,
        }),
      );
      if (!contextFollows) return;
      host.say(
        context,
        encodeGlucoseContext({
          sequence: number % 65_536,
          carbohydrate: { meal: 'lunch', amount: sfloatOf(0.06, 3) },
          meal: 'before-meal',
          tester: { who: 'self', health: 'no-issues' },
        }),
      );
    };
    const access = createRecordAccess(host, {
      bits: 16,
      secured: true,
      memory,
      told: measurement,
      wallOf: ({ atMs }) => clock.wallAt(atMs),
      tell: (records) => records.forEach(tell),
    });
    return {
      services: [
        genericAccess('Sim Glucose'),
        {
          uuid: '1808',
          characteristics: [
            measurement,
            context,
            { uuid: '2A51', flags: ['read'], read: () => Uint8Array.of(0, 0) },
            access.controlPoint,
          ],
        },
        clock.service,
        deviceInformation(host, 'Meter 1'),
        battery(host),
      ],
      disconnected: access.linkEnded,
    };
  },
};
