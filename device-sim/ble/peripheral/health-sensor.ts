// A generic health sensor: observations with MDC codes, live (2B8B) and stored (2BDD), cut into segments as small as an
// ATT_MTU of 23 makes them. It confirms its bond by comparing digits. Live observations flow to whoever subscribes, unless
// the control point 2BF4 has stopped them.

import {
  encodeHealthObservations,
  encodeStoredObservations,
  floatOf,
  type HealthObservations,
  splitSegments,
} from '@heartwood/vitals/gatt';
import { createDeviceClock } from '../device-clock.ts';
import type { Characteristic, Host, Peripheral } from '../peripheral.ts';
import { createRecordAccess } from '../record-access.ts';
import { createRecordMemory, hasNoNumber, type StoredRecord } from '../record-memory.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

const EVERY_MS = 5000;
const STORED_EVERY_MS = 10 * 60_000;
/** ATT_MTU 23 less three octets of header. */
const VALUE_MAX_BYTES = 20;
const EPOCH_2000_MS = Date.UTC(2000, 0, 1);
const MDC = { heartRate: 147842, spo2: 150456, temperature: 150364 } as const;
const UNIT = { perMinute: 264864, percent: 262688, celsius: 268192 } as const;
const CONTROL = { start: 0x01, stop: 0x02, ok: 0x80, error: 0x82 } as const;

function observationsAt(
  host: Host,
  wallMs: number | undefined,
  atMs: number,
  number: number,
): HealthObservations {
  const { heartRate, spo2, temperature } = host.body.vitalsAt(atMs);
  const missing = hasNoNumber(host, number);
  const one = (type: number, unit: number, value: number, decimals: number) => ({
    type,
    value: {
      class: 'numeric' as const,
      unit,
      number: missing ? ({ kind: 'nan' } as const) : floatOf(value, decimals),
    },
  });
  return {
    kind: 'bundle',
    header: {
      time: {
        base: 'utc',
        stepUs: 1000,
        count: Math.max(0, Math.round((wallMs ?? atMs) - EPOCH_2000_MS)),
        current: wallMs !== undefined,
        source: wallMs === undefined ? 'none' : 'network',
        offsetMinutes: 0,
      },
    },
    observations: [
      one(MDC.heartRate, UNIT.perMinute, heartRate, 0),
      one(MDC.spo2, UNIT.percent, spo2, 0),
      one(MDC.temperature, UNIT.celsius, temperature, 1),
    ],
  };
}

export const healthSensor: Peripheral = {
  name: 'Sim Health Sensor',
  advertised: ['1840'],
  appearance: 0x0540,
  pairing: 'numeric-comparison',
  addressType: 'random',
  firmware: (host) => {
    const clock = createDeviceClock(host);
    const memory = createRecordMemory(
      { ...host, everyMs: undefined },
      { everyMs: STORED_EVERY_MS, stored: 6 },
    );
    const live: Characteristic = { uuid: '2B8B', flags: ['notify', 'indicate'], secured: true };
    const stored: Characteristic = { uuid: '2BDD', flags: ['notify', 'indicate'], secured: true };
    let stopped = false;
    const counters = new Map<Characteristic, number>();
    const sayInParts = (characteristic: Characteristic, whole: Uint8Array): void => {
      const counter = counters.get(characteristic) ?? 0;
      const parts = splitSegments(whole, VALUE_MAX_BYTES, counter);
      counters.set(characteristic, (counter + parts.length) % 64);
      for (const part of parts) host.say(characteristic, part);
    };
    const control: Characteristic = {
      uuid: '2BF4',
      flags: ['write', 'indicate'],
      secured: true,
      write: ([command]) => {
        const known = command === CONTROL.start || command === CONTROL.stop;
        if (known) stopped = command === CONTROL.stop;
        host.after(20, () => {
          host.say(control, Uint8Array.of(known ? CONTROL.ok : CONTROL.error));
        });
      },
    };
    const tell = ({ number, atMs }: StoredRecord): void => {
      const said = observationsAt(host, clock.wallAt(atMs), atMs, number);
      sayInParts(stored, encodeStoredObservations({ record: number, said }));
    };
    const access = createRecordAccess(host, {
      bits: 32,
      secured: true,
      memory,
      told: stored,
      tell: (records) => records.forEach(tell),
    });
    return {
      services: [
        genericAccess('Sim Health Sensor'),
        {
          uuid: '1840',
          characteristics: [
            live,
            stored,
            access.controlPoint,
            // GHS Features: no flags, three types of observation.
            { uuid: '2BF3', flags: ['read'], read: () => features() },
            control,
          ],
        },
        clock.service,
        deviceInformation(host, 'Sensor 2'),
        battery(host),
      ],
      disconnected: () => {
        stopped = false;
        access.linkEnded();
      },
      pulse: {
        everyMs: host.everyMs ?? EVERY_MS,
        at: (atMs) => {
          if (stopped || !host.subscribed(live)) return;
          const turn = Math.round((atMs - host.body.startAtMs) / EVERY_MS);
          sayInParts(live, encodeHealthObservations(observationsAt(host, clock.wallAt(atMs), atMs, turn)));
        },
      },
    };
  },
};

function features(): Uint8Array {
  const octets = [0, 3];
  for (const type of Object.values(MDC)) {
    octets.push(type & 0xff, (type >> 8) & 0xff, (type >> 16) & 0xff, type >>> 24);
  }
  return Uint8Array.from(octets);
}
