// A reading as a page gets it (docs/spec/feed.md): flat JSON, named by its place in the batches.

import type { Waveform } from '@heartwood/vitals';
import type { KeptReading } from '../store/segment-codec.ts';

/** `<batch>.<slot>.<index>`: known when the reading is committed, for staged readings go into the next batch. */
export type ReadingId = string;

export type FeedReading = {
  readonly id: ReadingId;
  /** The patient's pseudonym, hex. */
  readonly patient: string;
  readonly device: string;
  /** With `device`, `seq` and `index` the name of the reading for ever (docs/spec/reading.md). */
  readonly boot?: number;
  readonly seq: number;
  /** Place in its message, from 0. */
  readonly index: number;
  readonly kind: string;
  readonly at?: number;
  readonly received: number;
  /** Of the present by the hub's own judgement, though `at` is older than a live number may be. */
  readonly present?: true;
  readonly origin: string;
  readonly quality?: string;
  readonly value?: number;
  readonly systolic?: number;
  readonly diastolic?: number;
  readonly mean?: number;
  readonly absent?: string;
  readonly wave?: { lead: string; rateHz: number; gain: number; baseline: number; samples: number[] };
};

export const formatReadingId = (batch: number, slot: number, index: number): ReadingId =>
  `${batch}.${slot}.${index}`;

export type ReadingPlace = { readonly batch: number; readonly slot: number; readonly index: number };

/** The inverse; undefined when the text is no reading id. */
export function parseReadingId(text: string): ReadingPlace | undefined {
  const match = /^(0|[1-9]\d{0,11})\.(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,8})$/.exec(text);
  if (match === null) return undefined;
  const [batch, slot, index] = match.slice(1).map(Number) as [number, number, number];
  return { batch, slot, index };
}

/** A reading that is on disk, at its place. What a page gets of it is made only when a page is there. */
export class CommittedReading {
  readonly kept: KeptReading;
  /** The patient's pseudonym, hex. */
  readonly patient: string;
  readonly device: string;
  readonly #batch: number;
  readonly #slot: number;
  readonly #index: number;
  readonly #present: boolean;

  constructor(kept: KeptReading, place: ReadingPlace, patient: string, device: string, present = false) {
    this.kept = kept;
    this.patient = patient;
    this.device = device;
    this.#batch = place.batch;
    this.#slot = place.slot;
    this.#index = place.index;
    this.#present = present;
  }

  get id(): ReadingId {
    return formatReadingId(this.#batch, this.#slot, this.#index);
  }

  feed(): FeedReading {
    return this.#judged(toFeed(this.kept, this.id, this.patient, this.device));
  }

  /** The same without the samples of a waveform, which are many and travel as bytes. */
  head(): FeedHead {
    return this.#judged(toHead(this.kept, this.id, this.patient, this.device));
  }

  #judged<T extends object>(told: T): T {
    return this.#present ? { ...told, present: true } : told;
  }
}

/** A reading without the samples of its waveform. */
export type FeedHead = Omit<FeedReading, 'wave'> & {
  readonly wave?: Omit<NonNullable<FeedReading['wave']>, 'samples'>;
};

export function toFeed(kept: KeptReading, id: ReadingId, patient: string, device: string): FeedReading {
  const { wave, ...head } = toHead(kept, id, patient, device);
  if (wave === undefined || !('wave' in kept.measurement)) return head;
  return { ...head, wave: { ...wave, samples: Array.from(kept.measurement.wave.samples) } };
}

function toHead(kept: KeptReading, id: ReadingId, patient: string, device: string): FeedHead {
  const { kind, quality, ...measured } = kept.measurement;
  return {
    id,
    patient,
    device,
    ...(kept.boot !== undefined && { boot: kept.boot }),
    seq: kept.seq,
    index: kept.index,
    kind,
    ...(kept.at !== undefined && { at: kept.at }),
    received: kept.received,
    origin: kept.origin,
    ...(quality !== undefined && { quality }),
    ...('wave' in measured ? { wave: withoutSamples(measured.wave) } : measured),
  };
}

function withoutSamples({ lead, rateHz, gain, baseline }: Waveform): NonNullable<FeedHead['wave']> {
  return { lead, rateHz, gain, baseline };
}
