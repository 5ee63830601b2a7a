// A bathroom scale that also measures composition: Weight 2A9D, then Body Composition 2A9C in two values that are one
// measurement, both by indication. Somebody stands on it once a day; it keeps what nobody fetched, and sleeps otherwise.

import { type BodyComposition, encodeBodyComposition, encodeWeight } from '@heartwood/vitals/gatt';
import { createDeviceClock } from '../device-clock.ts';
import type { Characteristic, Peripheral } from '../peripheral.ts';
import { createRecordMemory, hasNoNumber, type StoredRecord } from '../record-memory.ts';
import { battery, deviceInformation, genericAccess } from './parts.ts';

const DAY_MS = 86_400_000;
const GAP_MS = 60;
const IDLE_MS = 15_000;
const PATIENCE_MS = 10_000;
const PATIENCE_STEP_MS = 500;
const HEIGHT_M = 1.72;

export const scale: Peripheral = {
  name: 'Sim Scale',
  advertised: ['181D', '181B'],
  appearance: 0x0c80,
  pairing: 'just-works',
  addressType: 'public',
  firmware: (host) => {
    const clock = createDeviceClock(host);
    const memory = createRecordMemory(host, { everyMs: DAY_MS, stored: 2 });
    const weight: Characteristic = { uuid: '2A9D', flags: ['indicate'] };
    const composition: Characteristic = { uuid: '2A9C', flags: ['indicate'] };
    let lastTold: StoredRecord | undefined;
    let flushing = false;
    let repeated = false;

    const tell = ({ number, atMs }: StoredRecord): boolean => {
      // In steps of 50 g, as scales show it.
      const kg = Math.round(host.body.vitalsAt(atMs).weight * 20) / 20;
      const failed = hasNoNumber(host, number);
      const time = clock.timeAt(atMs);
      const bmi = Math.round((kg / HEIGHT_M ** 2) * 10) / 10;
      const said = host.say(
        weight,
        encodeWeight({
          unit: 'kg',
          weight: failed ? 'unsuccessful' : kg,
          time,
          user: 1,
          ...(!failed && { build: { bmi, height: HEIGHT_M } }),
        }),
      );
      const half: BodyComposition = {
        unit: 'kg',
        partial: !failed,
        fat: failed ? 'unsuccessful' : 24.5,
        user: 1,
        time,
      };
      host.say(composition, encodeBodyComposition(half));
      if (!failed) {
        const { unit, fat } = half;
        const rest: BodyComposition = {
          unit,
          partial: true,
          fat,
          muscle: 38.2,
          impedanceOhm: 512.3,
          weight: kg,
          height: HEIGHT_M,
        };
        host.say(composition, encodeBodyComposition(rest));
      }
      return said;
    };
    const flush = (): void => {
      flushing = host.subscribed(weight);
      if (!flushing) return;
      if (host.trouble.repeatsLastRecord && !repeated && lastTold !== undefined) tell(lastTold);
      repeated = true;
      const [next] = memory.records();
      if (next === undefined) {
        flushing = false;
        host.after(IDLE_MS, () => {
          if (memory.records().length === 0) host.hangUp();
        });
        return;
      }
      if (tell(next)) {
        memory.delete(new Set([next.number]));
        lastTold = next;
      }
      host.after(GAP_MS, flush);
    };
    // Whoever subscribes to one of the two goes on to the other: it waits for that, but not for ever.
    const begin = (patienceMs: number): void => {
      if (flushing || !host.subscribed(weight)) return;
      if (patienceMs <= 0 || host.subscribed(composition)) flush();
      else host.after(PATIENCE_STEP_MS, () => begin(patienceMs - PATIENCE_STEP_MS));
    };
    return {
      services: [
        genericAccess('Sim Scale'),
        {
          uuid: '181D',
          characteristics: [
            weight,
            // Weight Scale Feature: time, users, BMI; 0.005 kg.
            { uuid: '2A9E', flags: ['read'], read: () => Uint8Array.of(0x3f, 0, 0, 0) },
          ],
        },
        {
          uuid: '181B',
          characteristics: [
            composition,
            { uuid: '2A9B', flags: ['read'], read: () => Uint8Array.of(0x03, 0x0f, 0, 0) },
          ],
        },
        clock.service,
        deviceInformation(host, 'Scale 1'),
        battery(host),
      ],
      awake: () => memory.records().length > 0,
      disconnected: () => {
        flushing = false;
        repeated = false;
      },
      subscribed: (characteristic) => {
        if (characteristic === weight) begin(PATIENCE_MS);
      },
      pulse: { everyMs: memory.everyMs, at: () => begin(0) },
    };
  },
};
