// A reading is one measurement of one patient: what was measured (Measurement), by which message of which
// device (its identity), and when. It is the noun of the house: every room speaks of it in these types.

import type { Kind, ScalarKind, WaveKind } from './kind.ts';
import type { Source } from './source.ts';

/** Why a number is not there. An absent number is never a zero. Codes in `docs/spec/reading.md`. */
export const ABSENT_REASONS = ['sensor-off', 'artefact', 'out-of-range', 'device-error', 'unknown'] as const;
export type AbsentReason = (typeof ABSENT_REASONS)[number];

/** The device's own word on its signal; undefined where it says nothing. */
export const QUALITIES = ['ok', 'uncertain', 'poor'] as const;
export type Quality = (typeof QUALITIES)[number];

/** What stands behind a device: said when it is enrolled, so that a simulation can never pass for a body. */
export const ORIGINS = ['wearable', 'simulator', 'recording', 'person'] as const;
export type Origin = (typeof ORIGINS)[number];

/** A stretch of samples as the converter gave them. Physical value = (sample - baseline) / gain, in the kind's unit. */
export type Waveform = {
  /** Which lead or site, at most 16 characters, e.g. `MLII`, `I`, `finger`. */
  readonly lead: string;
  /** Samples a second. */
  readonly rateHz: number;
  /** Converter units per unit of the kind (per mV for ECG). */
  readonly gain: number;
  readonly baseline: number;
  /** Raw converter values; `NO_SAMPLE` marks a sample that was not taken. */
  readonly samples: Int32Array;
};

/** Marks a sample that was not taken (the sensor was off), as WFDB's format 16 does. Never a real value. */
export const NO_SAMPLE = -32768;

type Said = { readonly quality?: Quality };
export type ScalarMeasurement = Said & { readonly kind: ScalarKind; readonly value: number };
/** At least one of the three pressures, in mm[Hg]. */
export type PanelMeasurement = Said & {
  readonly kind: 'blood-pressure';
  readonly systolic?: number;
  readonly diastolic?: number;
  readonly mean?: number;
};
export type WaveMeasurement = Said & { readonly kind: WaveKind; readonly wave: Waveform };
export type AbsentMeasurement = Said & { readonly kind: Kind; readonly absent: AbsentReason };
/** What was measured, on the kind's grid and in the kind's unit. */
export type Measurement = ScalarMeasurement | PanelMeasurement | WaveMeasurement | AbsentMeasurement;

/** A measurement as a message carries it: with its own device time where that differs from the message's. */
export type TimedMeasurement = {
  /** Device time, ms since 1970; undefined where the device has no clock. */
  readonly at?: number;
  readonly measurement: Measurement;
  readonly source?: Source;
};

/** A message from a device, parsed: whole and valid, or not at all. */
export type Message = {
  /** Set by a device that cannot keep `seq` across a restart: names the run in which `seq` counts. 0 to 2^53-1. */
  readonly boot?: number;
  /** Rises by one per message and device (and boot). 0 to 2^53-1. */
  readonly seq: number;
  readonly readings: readonly TimedMeasurement[];
};

/** A reading: device + boot + seq + index name it for ever. */
export type Reading = {
  /** The patient's random pseudonym, 16 bytes. */
  readonly subject: Uint8Array;
  readonly device: string;
  readonly boot?: number;
  readonly seq: number;
  /** Place in its message, from 0. */
  readonly index: number;
  /** Device time, ms since 1970, as the device said it, or as its source says it was corrected; undefined where there is none. */
  readonly at?: number;
  /** The hub's clock when the message arrived, ms since 1970. */
  readonly received: number;
  readonly origin: Origin;
  readonly measurement: Measurement;
  /** What it was decoded from, where the hub decoded it. */
  readonly source?: Source;
};
