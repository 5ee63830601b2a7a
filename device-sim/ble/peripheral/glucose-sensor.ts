// A continuous glucose sensor: CGM Measurement 2AA7 every five minutes of its session, each with its CRC, and all of them
// again through the Record Access Control Point, two in a notification. Times are minutes since the session's start
// (2AAA), which is when the simulation's first stored record was made.

import { type CgmRecord, crc16, encodeCgm, encodeCgmSessionStart, sfloatOf } from '@heartwood/vitals/gatt';
import { createDeviceClock } from '../device-clock.ts';
import type { Characteristic, Peripheral } from '../peripheral.ts';
import { createRecordAccess } from '../record-access.ts';
import { createRecordMemory, hasNoNumber, type StoredRecord } from '../record-memory.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

const MINUTE_MS = 60_000;
const MINUTES_MAX = 65_535;

export const glucoseSensor: Peripheral = {
  name: 'Sim CGM',
  advertised: ['181F'],
  appearance: 0x0d00,
  pairing: 'passkey-entry',
  addressType: 'random',
  firmware: (host) => {
    const clock = createDeviceClock(host);
    const memory = createRecordMemory(host, { everyMs: 5 * MINUTE_MS, stored: 24 });
    const measurement: Characteristic = { uuid: '2AA7', flags: ['notify'], secured: true };
    const sessionStartAtMs = memory.records()[0]?.atMs ?? host.body.startAtMs;
    // The field holds 45 days; no sensor lasts that long.
    const minutesAt = (atMs: number): number =>
      Math.min(MINUTES_MAX, Math.round((atMs - sessionStartAtMs) / MINUTE_MS));

    const recordOf = ({ number, atMs }: StoredRecord): CgmRecord => {
      const glucose = host.body.vitalsAt(atMs).glucose;
      const trend =
        (glucose - host.body.vitalsAt(atMs - memory.everyMs).glucose) / (memory.everyMs / MINUTE_MS);
      return {
        glucose: hasNoNumber(host, number) ? { kind: 'nan' } : sfloatOf(glucose, 0),
        minutes: minutesAt(atMs),
        trend: sfloatOf(trend, 1),
        quality: sfloatOf(95, 0),
        checked: true,
      };
    };
    const access = createRecordAccess(host, {
      bits: 16,
      secured: true,
      memory,
      markOf: ({ atMs }) => minutesAt(atMs),
      told: measurement,
      together: 2,
      tell: (records) => {
        host.say(measurement, encodeCgm(records.map(recordOf)));
      },
    });
    const feature = Uint8Array.of(0x00, 0x10, 0x01, 0x91);
    const check = crc16(feature);
    return {
      services: [
        genericAccess('Sim CGM'),
        {
          uuid: '181F',
          characteristics: [
            measurement,
            // CGM Feature: E2E-CRC, interstitial fluid, with its own CRC.
            {
              uuid: '2AA8',
              flags: ['read'],
              read: () => Uint8Array.of(...feature, 0x59, 0x00, check & 0xff, check >> 8),
            },
            {
              uuid: '2AAA',
              flags: ['read'],
              read: () => {
                const start = encodeCgmSessionStart({
                  time: clock.timeAt(sessionStartAtMs),
                  zone: { zoneMinutes: 0, daylightMinutes: 0 },
                  checked: true,
                });
                if (host.trouble.garblesSessionStart === 0) return start;
                host.trouble.garblesSessionStart -= 1;
                return start.with(-1, (start.at(-1) as number) ^ 1);
              },
            },
            access.controlPoint,
          ],
        },
        clock.service,
        deviceInformation(host, 'Sensor 1'),
        battery(host),
      ],
      disconnected: access.linkEnded,
      pulse: {
        everyMs: memory.everyMs,
        at: () => {
          const newest = memory.records().at(-1);
          if (newest !== undefined) host.say(measurement, encodeCgm([recordOf(newest)]));
        },
      },
    };
  },
};
