// The waveforms of one patient as they come in, each lead and finger with its own judge (`vitals/quality`), and the heart
// rates that devices count themselves. By the hub's receive clock: what is no longer coming says nothing.
//
// What comes in is judged when somebody looks, twice a second, and not while a commit waits for it. Of what came since the
// last look a lead's newest samples are judged, so many at most: a device that sends hours at once, or claims gaps, or
// begins anew with every frame, takes no more of the hub's time than one that does not.

import {
  Continuity,
  ECG_RATES,
  type EcgLook,
  EcgSignal,
  type Measurement,
  PLETH_RATES,
  type PlethLook,
  PlethSignal,
  type Waveform,
} from '@heartwood/vitals';
import type { KeptReading } from '../store/segment-codec.ts';

/** A device names its leads itself: a patient has no more than these, and no message makes us remember others. */
const LEADS_MAX = 8;
const RATES_MAX = 8;
/** A frame may be so late, besides its own length. */
const LATE_MS = 3000;
/** Frames of a pleth that are longer than this are no newer for it. */
const PLETH_LENGTH_MAX_MS = 5000;
/** By so much of the time that passes a device's clock may lose on ours. */
const DRIFT = 1e-4;
/**
 * Samples of a lead that one look judges, what is missing between them included: 24 s, and of a slow rate so many as cost
 * little. A judge learns for 3 s, and five beats of the slowest heart that does not stand still take up to 20 s; what lies
 * further back was over before anybody could look. 8 leads of 24 s at 1000 Hz take 30 to 50 ms.
 */
const JUDGED_S = 24;
const JUDGED_LEAST = 8192;
export const judgedMax = (rateHz: number): number => Math.max(JUDGED_LEAST, Math.ceil(JUDGED_S * rateHz));
/** A number that a device counts is of the present for so long. */
const RATE_FRESH_MS = 10_000;

type Judge = {
  readonly rateHz: number;
  push(wave: Waveform): void;
  skip(samples: number): void;
};

/** A frame that nobody has judged yet, and how many samples are missing before it. */
type Piece = { wave: Waveform; missing: number };

type Lead<Signal> = {
  readonly device: number;
  readonly rateHz: number;
  /** Undefined until it was first looked at, and where what waits does not follow what it saw. */
  signal: Signal | undefined;
  /** What came since the last look, `judgedMax` samples at most. */
  waiting: Piece[];
  samplesWaiting: number;
  readonly continuity: Continuity;
  receivedMs: number;
  lengthMs: number;
  /** From the end of the newest frame, by the device's clock, to its arrival; and of the quickest frame. */
  lagMs: number;
  leastLagMs: number;
  /** What the last look found: between two frames nothing is new. */
  found: { readonly receivedMs: number; readonly look: unknown } | undefined;
};
export type Watched<Look> = {
  readonly device: number;
  readonly look: Look;
  /** How old its newest sample is, as far as can be seen: what came as quick as any is as old as its arrival. */
  readonly ageMs: number;
};
export type CountedRate = { readonly device: number; readonly value: number; readonly poor: boolean };

/** What the signals say at a moment: only those that are coming. */
export type SignalsLook = {
  readonly ecg: readonly Watched<EcgLook>[];
  readonly pleth: readonly Watched<PlethLook>[];
  /** Each device's own heart rate. */
  readonly rates: readonly CountedRate[];
  /** A device says itself that its ECG has no contact. */
  readonly ecgSaidOff: boolean;
};

export class Signals {
  readonly #ecg = new Map<string, Lead<EcgSignal>>();
  readonly #pleth = new Map<string, Lead<PlethSignal>>();
  readonly #rates = new Map<number, CountedRate & { readonly receivedMs: number }>();
  #saidOffMs = Number.NEGATIVE_INFINITY;

  /** Takes in a reading of the present: what a device hands over out of its memory is not for here. */
  take({ device, at, received, measurement }: KeptReading): void {
    if ('absent' in measurement) this.#absent(measurement, device, received);
    else if (measurement.kind === 'heart-rate') {
      if (this.#rates.size >= RATES_MAX && !this.#rates.has(device)) this.#rates.clear();
      const poor = measurement.quality === 'poor';
      this.#rates.set(device, { device, value: measurement.value, poor, receivedMs: received });
    } else if (measurement.kind === 'ecg') {
      this.#saidOffMs = Number.NEGATIVE_INFINITY;
      feed(this.#ecg, measurement.wave, { device, at, received }, ECG_RATES);
    } else if (measurement.kind === 'ppg') {
      feed(this.#pleth, measurement.wave, { device, at, received }, PLETH_RATES);
    }
  }

  #absent(
    { kind, absent }: Extract<Measurement, { absent: unknown }>,
    device: number,
    received: number,
  ): void {
    if (kind === 'heart-rate') this.#rates.delete(device);
    if (kind === 'ecg' && absent === 'sensor-off') this.#saidOffMs = received;
  }

  look(nowMs: number): SignalsLook {
    return {
      ecg: coming(this.#ecg, EcgSignal, nowMs),
      pleth: coming(this.#pleth, PlethSignal, nowMs, PLETH_LENGTH_MAX_MS),
      rates: [...this.#rates.values()].filter(({ receivedMs }) => nowMs - receivedMs <= RATE_FRESH_MS),
      ecgSaidOff: nowMs - this.#saidOffMs <= RATE_FRESH_MS,
    };
  }
}

function coming<Look>(
  leads: Map<string, Lead<Judge & { look(): Look }>>,
  Watching: new (rateHz: number) => Judge & { look(): Look },
  nowMs: number,
  lengthMaxMs: number = Number.POSITIVE_INFINITY,
): Watched<Look>[] {
  const found: Watched<Look>[] = [];
  for (const lead of leads.values()) {
    const signal = judged(lead, Watching);
    const { device, receivedMs, lengthMs } = lead;
    if (nowMs - receivedMs > Math.min(lengthMs, lengthMaxMs) + LATE_MS || nowMs < receivedMs - LATE_MS)
      continue;
    if (lead.found?.receivedMs !== receivedMs) lead.found = { receivedMs, look: signal.look() };
    const ageMs = Math.max(0, nowMs - receivedMs) + lead.lagMs - lead.leastLagMs;
    found.push({ device, look: lead.found.look as Look, ageMs });
  }
  return found;
}

/** The lead's judge, which has now seen what waited. */
function judged<Signal extends Judge>(lead: Lead<Signal>, Watching: new (rateHz: number) => Signal): Signal {
  lead.signal ??= new Watching(lead.rateHz);
  for (const { wave, missing } of lead.waiting) {
    if (missing > 0) lead.signal.skip(missing);
    lead.signal.push(wave);
  }
  lead.waiting = [];
  lead.samplesWaiting = 0;
  return lead.signal;
}

type Frame = { readonly device: number; readonly at?: number | undefined; readonly received: number };

function feed<Signal extends Judge>(
  leads: Map<string, Lead<Signal>>,
  wave: Waveform,
  { device, at, received }: Frame,
  [least, most]: readonly [number, number],
): void {
  const { rateHz } = wave;
  if (!(rateHz >= least && rateHz <= most)) return;
  const key = `${device} ${wave.lead}`;
  const lengthMs = (wave.samples.length * 1000) / rateHz;
  let lead = leads.get(key);
  const lagMs = at === undefined ? 0 : received - at - lengthMs;
  const joint = (lead?.continuity ?? new Continuity()).join(at, wave.samples.length, rateHz);
  if (joint.kind === 'stale') return;
  let missing = 0;
  if (lead === undefined || joint.kind === 'begins' || lead.rateHz !== rateHz) {
    if (!leads.has(key) && leads.size >= LEADS_MAX) {
      const idle = [...leads].find(([, one]) => received - one.receivedMs > one.lengthMs + LATE_MS);
      if (idle === undefined) return;
      leads.delete(idle[0]);
    }
    const continuity = lead?.continuity ?? new Continuity();
    if (lead === undefined) continuity.join(at, wave.samples.length, rateHz);
    lead = {
      device,
      rateHz,
      signal: undefined,
      waiting: [],
      samplesWaiting: 0,
      continuity,
      receivedMs: received,
      lengthMs,
      lagMs,
      leastLagMs: lagMs,
      found: undefined,
    };
    leads.set(key, lead);
  } else missing = joint.missing;
  wait(lead, wave, missing);
  lead.leastLagMs = Math.min(lagMs, lead.leastLagMs + DRIFT * Math.max(0, received - lead.receivedMs));
  lead.lagMs = lagMs;
  lead.receivedMs = received;
  lead.lengthMs = lengthMs;
}

/** A frame waits for the next look. Where more waits than one look judges, the oldest go, and the judge begins anew. */
function wait<Signal>(lead: Lead<Signal>, wave: Waveform, missing: number): void {
  const { waiting } = lead;
  const most = judgedMax(lead.rateHz);
  waiting.push({ wave, missing });
  lead.samplesWaiting += missing + wave.samples.length;
  while (lead.samplesWaiting > most) {
    const first = waiting[0] as Piece;
    lead.signal = undefined;
    lead.samplesWaiting -= first.missing;
    first.missing = 0;
    const tooMany = lead.samplesWaiting - most;
    if (tooMany <= 0) return;
    const { samples } = first.wave;
    if (samples.length > tooMany) {
      first.wave = { ...first.wave, samples: samples.subarray(tooMany) };
      lead.samplesWaiting -= tooMany;
    } else {
      waiting.shift();
      lead.samplesWaiting -= samples.length;
    }
  }
}
