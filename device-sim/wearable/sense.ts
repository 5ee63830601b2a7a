// From a body's exact numbers to what a device reports: on the kind's grid, within what the kind holds plausible,
// in messages whose `seq` rises by one.

import {
  fromGrid,
  KINDS,
  type Measurement,
  type Message,
  type ScalarKind,
  type TimedMeasurement,
  toGrid,
} from '@heartwood/vitals';
import type { Delivery } from '../delivery.ts';

/** Puts a number on a grid of 10^-decimals (0 to 3), half away from zero. */
export function roundTo(value: number, decimals: number): number {
  return fromGrid({ decimals }, toGrid({ decimals }, value));
}

function within(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

/** A scalar on its kind's grid; `decimals` makes the device coarser than the kind (a watch shows whole beats). */
export function scalar(kind: ScalarKind, value: number, decimals?: number): Measurement {
  const spec = KINDS[kind];
  const coarse = Math.min(decimals ?? spec.decimals, spec.decimals);
  return { kind, value: within(roundTo(value, coarse), spec.plausible) };
}

/** Blood pressure in whole mm[Hg], as cuffs report it. */
export function pressure(systolic: number, diastolic: number, mean: number): Measurement {
  const part = (value: number): number =>
    within(roundTo(value, 0), KINDS['blood-pressure'].parts.mean.plausible);
  return { kind: 'blood-pressure', systolic: part(systolic), diastolic: part(diastolic), mean: part(mean) };
}

/** A measurement with device time, whole ms. */
export function timed(atMs: number, measurement: Measurement): TimedMeasurement {
  return { at: Math.round(atMs), measurement };
}

/** Numbers a device's messages from 0 and hands them to the network `delayMs` after the moment they speak of. */
export function numbering(
  delayMs: number,
): (atMs: number, readings: readonly TimedMeasurement[]) => Delivery {
  let seq = 0;
  return (atMs, readings) => {
    const message: Message = { seq: seq++, readings };
    return { sendAtMs: Math.round(atMs + delayMs), message };
  };
}
