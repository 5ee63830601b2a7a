// An upper-arm cuff: Blood Pressure 2A35 by indication, the cuff's own pressure 2A36 while it inflates. It measures every
// quarter of an hour, keeps what nobody fetched, tells it all when somebody subscribes, and deletes what it has told. It
// takes bonds only for a minute after its button, and sleeps while there is nothing to tell.

import { encodeBloodPressure, encodeCuffPressure, sfloatOf } from '@heartwood/vitals/gatt';
import { createDeviceClock } from '../device-clock.ts';
import type { Characteristic, Peripheral } from '../peripheral.ts';
import { createRecordMemory, hasNoNumber, type StoredRecord } from '../record-memory.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

const MINUTE_MS = 60_000;
/** Between two pressures while the cuff inflates, and how many there are. */
const INFLATE_EVERY_MS = 500;
const INFLATE_STEPS = 8;
const GAP_MS = 40;
/** It hangs up when it has had nothing to say for so long. */
const IDLE_MS = 20_000;
const NAN = { kind: 'nan' } as const;
const MARGIN_MMHG = 30;

export const bloodPressureCuff: Peripheral = {
  name: 'Sim Cuff',
  advertised: ['1810'],
  appearance: 0x0381,
  pairing: 'just-works',
  bondWindowMs: MINUTE_MS,
  addressType: 'public',
  firmware: (host) => {
    const clock = createDeviceClock(host);
    const memory = createRecordMemory(host, { everyMs: 15 * MINUTE_MS, stored: 4 });
    const pressure: Characteristic = { uuid: '2A35', flags: ['indicate'], secured: true };
    const inflating: Characteristic = { uuid: '2A36', flags: ['notify'], secured: true };
    let lastTold: StoredRecord | undefined;
    let flushing = false;

    const bytesOf = ({ number, atMs }: StoredRecord): Uint8Array => {
      const vitals = host.body.vitalsAt(atMs);
      const missing = hasNoNumber(host, number);
      const of = (value: number) => (missing ? NAN : sfloatOf(Math.round(value)));
      return encodeBloodPressure({
        unit: 'mm[Hg]',
        systolic: of(vitals.systolic),
        diastolic: of(vitals.diastolic),
        mean: of(vitals.mean),
        time: clock.timeAt(atMs),
        pulse: of(vitals.heartRate),
        user: 1,
        status: {
          bodyMovement: false,
          cuffLoose: missing,
          irregularPulse: host.body.scenario === 'atrial-fibrillation',
          pulseRange: 'within',
          improperPosition: false,
        },
      });
    };
    const flush = (): void => {
      if (!host.subscribed(pressure)) {
        flushing = false;
        return;
      }
      const [next] = memory.records();
      if (next === undefined) {
        flushing = false;
        host.after(IDLE_MS, () => {
          if (memory.records().length === 0) host.hangUp();
        });
        return;
      }
      flushing = true;
      // An indication is confirmed, so what was said was heard: the record may go.
      if (host.say(pressure, bytesOf(next))) {
        memory.delete(new Set([next.number]));
        lastTold = next;
        const { losesLinkAfterRecords: left } = host.trouble;
        if (left !== undefined) host.trouble.losesLinkAfterRecords = left > 1 ? left - 1 : undefined;
        if (left === 1) {
          host.hangUp();
          return;
        }
      }
      host.after(GAP_MS, flush);
    };
    const begin = (): void => {
      if (!flushing) flush();
    };
    const inflate = (atMs: number, step: number): void => {
      if (step > INFLATE_STEPS) {
        begin();
        return;
      }
      const top = host.body.vitalsAt(atMs).systolic + MARGIN_MMHG;
      const cuff = sfloatOf(Math.round((top * step) / INFLATE_STEPS));
      host.say(inflating, encodeCuffPressure({ unit: 'mm[Hg]', cuff }));
      host.after(INFLATE_EVERY_MS, () => inflate(atMs, step + 1));
    };

    return {
      services: [
        genericAccess('Sim Cuff'),
        {
          uuid: '1810',
          characteristics: [
            pressure,
            inflating,
            // Blood Pressure Feature: movement, fit, irregular pulse.
            { uuid: '2A49', flags: ['read'], read: () => Uint8Array.of(0x07, 0) },
          ],
        },
        clock.service,
        deviceInformation(host, 'Cuff 1'),
        battery(host),
      ],
      awake: () => memory.records().length > 0,
      disconnected: () => {
        flushing = false;
      },
      subscribed: (characteristic) => {
        if (characteristic !== pressure) return;
        if (host.trouble.repeatsLastRecord && lastTold !== undefined) host.say(pressure, bytesOf(lastTold));
        begin();
      },
      pulse: { everyMs: memory.everyMs, at: (atMs) => inflate(atMs, 1) },
    };
  },
};
