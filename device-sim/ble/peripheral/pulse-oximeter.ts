// A finger oximeter: Continuous 2A5F once a second, and spot checks 2A5E that it makes by itself every half hour and keeps
// for whoever asks through its Record Access Control Point.

import { encodeContinuousOximetry, encodeSpotOximetry, sfloatOf } from '@heartwood/vitals/gatt';
import { createDeviceClock } from '../device-clock.ts';
import type { Characteristic, Peripheral } from '../peripheral.ts';
import { createRecordAccess } from '../record-access.ts';
import { createRecordMemory, hasNoNumber, type StoredRecord } from '../record-memory.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

const EVERY_MS = 1000;
const SPOT_EVERY_MS = 30 * 60_000;
/** Measurement status: from storage. */
const FROM_STORAGE = 0x0200;

export const pulseOximeter: Peripheral = {
  name: 'Sim Oximeter',
  advertised: ['1822'],
  appearance: 0x0c41,
  pairing: 'just-works',
  addressType: 'random',
  firmware: (host) => {
    const clock = createDeviceClock(host);
    const memory = createRecordMemory({ ...host, everyMs: undefined }, { everyMs: SPOT_EVERY_MS, stored: 6 });
    const spot: Characteristic = { uuid: '2A5E', flags: ['indicate'] };
    const continuous: Characteristic = { uuid: '2A5F', flags: ['notify'] };
    const measured = (atMs: number, missing: boolean) => {
      const { spo2, heartRate, perfusion } = host.body.vitalsAt(atMs);
      const of = (value: number, decimals: number) =>
        missing ? ({ kind: 'nan' } as const) : sfloatOf(value, decimals);
      return { spo2: of(spo2, 0), pulse: of(heartRate, 0), amplitude: of(perfusion, 1) };
    };
    const tell = ({ number, atMs }: StoredRecord): void => {
      const clockNotSet = clock.wallAt(atMs) === undefined;
      host.say(
        spot,
        encodeSpotOximetry({
          ...measured(atMs, hasNoNumber(host, number)),
          clockNotSet,
          time: clock.timeAt(atMs),
          status: FROM_STORAGE,
        }),
      );
    };
    const access = createRecordAccess(host, {
      bits: 16,
      secured: false,
      memory,
      told: spot,
      tell: (records) => records.forEach(tell),
    });
    return {
      services: [
        genericAccess('Sim Oximeter'),
        {
          uuid: '1822',
          characteristics: [
            spot,
            continuous,
            // PLX Features: measurement status, storage, timestamp.
            { uuid: '2A60', flags: ['read'], read: () => Uint8Array.of(0x0d, 0, 0, 0x02) },
            access.controlPoint,
          ],
        },
        clock.service,
        deviceInformation(host, 'Oximeter 1'),
        battery(host),
      ],
      disconnected: access.linkEnded,
      pulse: {
        everyMs: host.everyMs ?? EVERY_MS,
        at: (atMs) => {
          const turn = Math.round((atMs - host.body.startAtMs) / EVERY_MS);
          host.say(continuous, encodeContinuousOximetry(measured(atMs, hasNoNumber(host, turn))));
        },
      },
    };
  },
};
