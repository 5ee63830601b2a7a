// A generic health observation, 2B8B and 2BDD, as a structure: what it is of (an MDC code of ISO/IEEE 11073-10101),
// when, whose, and a value of one of eight classes, or a bundle of observations.

import type { ElapsedTime } from './elapsed-time.ts';
import type { MedicalFloat } from './medical-float.ts';

/** What an observation may say beside its value. In a bundle it holds for every member that does not say its own. */
export type ObservationHeader = {
  /** MDC code of what was observed. */
  readonly type?: number;
  readonly time?: ElapsedTime;
  /** Seconds. */
  readonly duration?: MedicalFloat;
  /** Bits: OBSERVATION_STATUS_BITS. */
  readonly status?: number;
  readonly id?: number;
  /** Which of the device's users. */
  readonly patient?: number;
  /** MDC codes that qualify the observation: site, posture, meal. */
  readonly supplement?: readonly number[];
  /** Ids of observations. */
  readonly derivedFrom?: readonly number[];
  /** Ids of observations. */
  readonly members?: readonly number[];
};

export type SimpleValue =
  /** `unit` is an MDC code. */
  | { readonly class: 'numeric'; readonly unit: number; readonly number: MedicalFloat }
  | { readonly class: 'discrete'; readonly code: number }
  | { readonly class: 'text'; readonly text: string }
  | {
      readonly class: 'samples';
      /** MDC code. */
      readonly unit: number;
      /** Physical value = scale x raw + offset. */
      readonly scale: MedicalFloat;
      readonly offset: MedicalFloat;
      /** Seconds. */
      readonly period: MedicalFloat;
      readonly samplesPerPeriod: number;
      readonly bytesPerSample: number;
      /** How many samples `data` holds. */
      readonly count: number;
      readonly data: Uint8Array;
    }
  | { readonly class: 'events'; readonly codes: readonly number[] }
  | {
      readonly class: 'states';
      /** Three masks of one length: bits that mean something, bits that are states, bits that are set. */
      readonly supported: Uint8Array;
      readonly isState: Uint8Array;
      readonly set: Uint8Array;
    };
export type Component = { readonly type: number; readonly value: SimpleValue };
export type ObservationValue =
  | SimpleValue
  | { readonly class: 'compound'; readonly components: readonly Component[] };
export type HealthObservation = ObservationHeader & { readonly value: ObservationValue };
/** One observation, or several that share a header. */
export type HealthObservations =
  | { readonly kind: 'single'; readonly observation: HealthObservation }
  | {
      readonly kind: 'bundle';
      readonly header: ObservationHeader;
      readonly observations: readonly HealthObservation[];
    };

/** An observation out of the device's memory. */
export type StoredObservations = { readonly record: number; readonly said: HealthObservations };

/** Codes of the classes. 8 (values of types unknown to the reader) and 0xFF (bundle) stand apart. */
export const CLASS_CODES = {
  numeric: 1,
  discrete: 2,
  text: 3,
  samples: 4,
  events: 5,
  states: 6,
  compound: 7,
} as const;
export const BUNDLE_CODE = 0xff;
/** Class, length, flags. */
export const HEAD_BYTES = 5;

/** From memory of ISO/IEEE 11073-10206: see docs/spec/gatt.md. */
export const OBSERVATION_STATUS_BITS = {
  invalid: 0x0001,
  questionable: 0x0002,
  unavailable: 0x0004,
  calibrating: 0x0008,
  testing: 0x0010,
  demonstration: 0x0020,
  validated: 0x0100,
  earlyEstimate: 0x0200,
  ongoing: 0x0400,
} as const;
