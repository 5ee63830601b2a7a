// What a bad sensor or a bad clock does to the content of a message.

import {
  type AbsentReason,
  KINDS,
  type Kind,
  type Measurement,
  type Message,
  type TimedMeasurement,
} from '@heartwood/vitals';
import type { Random } from '../random.ts';
import { pressure, scalar } from '../wearable/sense.ts';

// These come from the device itself, not from its contact with a body.
const OWN_KINDS: ReadonlySet<Kind> = new Set<Kind>(['battery', 'steps']);

/** Without contact: every reading of the body is absent; beats that were not sensed leave no interval at all. */
export function withoutContact(message: Message): Message {
  const readings: TimedMeasurement[] = [];
  for (const reading of message.readings) {
    const { kind } = reading.measurement;
    if (kind === 'rr-interval') continue;
    readings.push(OWN_KINDS.has(kind) ? reading : { ...reading, measurement: absent(kind, 'sensor-off') });
  }
  if (readings.length > 0) return { ...message, readings };
  return {
    ...message,
    readings: [{ ...message.readings[0]!, measurement: absent('rr-interval', 'sensor-off') }],
  };
}

/** With movement: three in ten readings are withheld, the others are wrong by about a third, and say so. */
export function distort(message: Message, random: Random): Message {
  return {
    ...message,
    readings: message.readings.map((reading) => ({
      ...reading,
      measurement: distorted(reading.measurement, random),
    })),
  };
}

/** Moves the device time of every reading. Never before 1970: a device's counter has no sign. */
export function shiftTimes(message: Message, move: (atMs: number) => number): Message {
  return {
    ...message,
    readings: message.readings.map((reading) =>
      reading.at === undefined ? reading : { ...reading, at: Math.max(0, Math.round(move(reading.at))) },
    ),
  };
}

function absent(kind: Kind, reason: AbsentReason): Measurement {
  return { kind, absent: reason, quality: 'poor' };
}

function distorted(measurement: Measurement, random: Random): Measurement {
  if ('absent' in measurement || OWN_KINDS.has(measurement.kind)) return measurement;
  if (random.chance(0.3)) return absent(measurement.kind, 'artefact');
  const factor = Math.max(0.3, 1 + 0.35 * random.normal());
  if ('wave' in measurement) {
    const { wave } = measurement;
    // Half a unit (for the ECG: half a millivolt) of rubbing.
    const samples = wave.samples.map((sample) => Math.round(sample + 0.5 * wave.gain * random.normal()));
    return { ...measurement, quality: 'poor', wave: { ...wave, samples } };
  }
  if (measurement.kind === 'blood-pressure') {
    const { systolic = 120, diastolic = 80, mean = 93 } = measurement;
    return { ...pressure(systolic * factor, diastolic * factor, mean * factor), quality: 'poor' };
  }
  return {
    ...scalar(measurement.kind, measurement.value * factor, KINDS[measurement.kind].decimals),
    quality: 'poor',
  };
}
