// What electrodes do to an ECG: the causes of the false alarms of wards (PhysioNet/CinC Challenge 2015), and a pacemaker's
// pulses. The device counts its heart rate from the same electrodes, and, as cheap ones do, says nothing of its quality.

import type { Measurement, Message, Waveform } from '@heartwood/vitals';
import { type Random, smoothNoise } from '../random.ts';
import { scalar } from '../wearable/sense.ts';

export const ELECTRODE_TROUBLES = [
  /** Fallen off: the converter shows one value. */
  'off',
  /** Fallen off, and the cable hangs in the mains' field. */
  'hum',
  /** At the end of the converter's range, where wander and a charge have taken it. */
  'clipped',
  /** Dry: a twelfth of the height is left. */
  'faint',
  /** A third of the height: still to be counted. */
  'small',
  /** Rubbed in time, as by brushing teeth: three spikes a second. */
  'rubbed',
  /** Rubbed without order. */
  'shaken',
  /** A pacemaker's pulses, 70 a minute, answered or not. */
  'paced',
] as const;
export type ElectrodeTrouble = (typeof ELECTRODE_TROUBLES)[number];

const RUB_MS = 322;
const PACE_MS = 857;
/** What the amplifier gives by itself, mV rms. */
const OWN_NOISE_MV = 0.008;
const RAIL_MV = 3;

/** Returns how a message is changed; draws from `random` in the order in which it is asked. */
export function electrode(trouble: ElectrodeTrouble, random: Random): (message: Message) => Message {
  const shake = [60, 110, 23].map((periodMs, i) => smoothNoise(random.fork(`shake ${i}`), periodMs));
  const drift = smoothNoise(random.fork('drift'), 900);
  const offset = random.between(-0.4, 0.4);
  const wrong = (): number =>
    trouble === 'rubbed' ? 60_000 / RUB_MS + random.normal() : random.between(155, 215);

  const sampled = (mV: number, tMs: number): number => {
    switch (trouble) {
      case 'off':
        return offset;
      case 'hum':
        return 0.9 * Math.sin((2 * Math.PI * tMs) / 20) + 0.3 * drift(tMs);
      case 'clipped':
        return Math.min(RAIL_MV, mV + RAIL_MV + 0.6 * drift(tMs));
      case 'faint':
        return mV / 12 + OWN_NOISE_MV * random.normal();
      case 'small':
        return mV / 3 + OWN_NOISE_MV * random.normal();
      case 'rubbed': {
        const into = (((tMs % RUB_MS) + RUB_MS) % RUB_MS) - RUB_MS / 2;
        return mV + 1.9 * Math.exp(-0.5 * (into / 16) ** 2) - 0.8 * Math.exp(-0.5 * ((into - 45) / 22) ** 2);
      }
      case 'shaken':
        return mV + shake.reduce((sum, noise, i) => sum + [0.7, 0.6, 0.35][i]! * noise(tMs), 0);
      case 'paced':
        return mV;
    }
  };

  const changed = (measurement: Measurement, atMs: number): Measurement => {
    if ('wave' in measurement && measurement.kind === 'ecg')
      return { ...measurement, wave: redrawn(measurement.wave, atMs, sampled, trouble === 'paced') };
    if (measurement.kind !== 'heart-rate' || trouble === 'small' || trouble === 'paced') return measurement;
    if (trouble === 'rubbed' || trouble === 'shaken') return scalar('heart-rate', wrong());
    return { kind: 'heart-rate', absent: 'unknown' };
  };
  return (message) => ({
    ...message,
    readings: message.readings.flatMap((reading) => {
      if (reading.measurement.kind === 'rr-interval' && trouble !== 'small' && trouble !== 'paced') return [];
      return [{ ...reading, measurement: changed(reading.measurement, reading.at ?? 0) }];
    }),
  });
}

function redrawn(
  wave: Waveform,
  atMs: number,
  sampled: (mV: number, tMs: number) => number,
  paced: boolean,
): Waveform {
  const stepMs = 1000 / wave.rateHz;
  const samples = wave.samples.map((sample, i) => {
    const tMs = atMs + i * stepMs;
    const mV = sampled((sample - wave.baseline) / wave.gain, tMs);
    // One sample, or two where the converter's moment falls into the pulse's tail.
    const pulse = paced && ((tMs % PACE_MS) + PACE_MS) % PACE_MS < stepMs ? 4 : 0;
    return Math.round((mV + pulse) * wave.gain) + wave.baseline;
  });
  return { ...wave, samples };
}
