// The waveforms of one patient as they come in, each lead and finger with its own judge (`vitals/quality`), and the heart
// rates that devices count themselves. By the hub's receive clock: what is no longer coming says nothing.

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
/** A number that a device counts is of the present for so long. */
const RATE_FRESH_MS = 10_000;

type Lead<Signal> = {
  readonly device: number;
  readonly signal: Signal;
  readonly continuity: Continuity;
  receivedMs: number;
  lengthMs: number;
  /** From the end of the newest frame, by the device's clock, to its arrival; and of the quickest frame. */
  lagMs: number;
  leastLagMs: number;
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
  readonly #looks = new Map<Lead<unknown>, { readonly receivedMs: number; readonly look: unknown }>();
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
      feed(this.#ecg, measurement.wave, { device, at, received }, ECG_RATES, EcgSignal);
    } else if (measurement.kind === 'ppg') {
      feed(this.#pleth, measurement.wave, { device, at, received }, PLETH_RATES, PlethSignal);
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
      ecg: this.#coming(this.#ecg, nowMs),
      pleth: this.#coming(this.#pleth, nowMs, PLETH_LENGTH_MAX_MS),
      rates: [...this.#rates.values()].filter(({ receivedMs }) => nowMs - receivedMs <= RATE_FRESH_MS),
      ecgSaidOff: nowMs - this.#saidOffMs <= RATE_FRESH_MS,
    };
  }

  #coming<Look>(
    leads: Map<string, Lead<{ look(): Look }>>,
    nowMs: number,
    lengthMaxMs = Number.POSITIVE_INFINITY,
  ): Watched<Look>[] {
    const coming: Watched<Look>[] = [];
    for (const lead of leads.values()) {
      const { device, receivedMs, lengthMs } = lead;
      if (nowMs - receivedMs > Math.min(lengthMs, lengthMaxMs) + LATE_MS || nowMs < receivedMs - LATE_MS)
        continue;
      // Between two frames nothing is new.
      let kept = this.#looks.get(lead);
      if (kept?.receivedMs !== receivedMs) {
        kept = { receivedMs, look: lead.signal.look() };
        this.#looks.set(lead, kept);
      }
      const ageMs = Math.max(0, nowMs - receivedMs) + lead.lagMs - lead.leastLagMs;
      coming.push({ device, look: kept.look as Look, ageMs });
    }
    return coming;
  }
}

type Frame = { readonly device: number; readonly at?: number | undefined; readonly received: number };

function feed<
  Signal extends { readonly rateHz: number; push(wave: Waveform): void; skip(samples: number): void },
>(
  leads: Map<string, Lead<Signal>>,
  wave: Waveform,
  { device, at, received }: Frame,
  [least, most]: readonly [number, number],
  Watching: new (rateHz: number) => Signal,
): void {
  const { rateHz } = wave;
  if (!(rateHz >= least && rateHz <= most)) return;
  const key = `${device} ${wave.lead}`;
  const lengthMs = (wave.samples.length * 1000) / rateHz;
  let lead = leads.get(key);
  const lagMs = at === undefined ? 0 : received - at - lengthMs;
  const joint = (lead?.continuity ?? new Continuity()).join(at, wave.samples.length, rateHz);
  if (joint.kind === 'stale') return;
  if (lead === undefined || joint.kind === 'begins' || lead.signal.rateHz !== rateHz) {
    if (!leads.has(key) && leads.size >= LEADS_MAX) {
      const idle = [...leads].find(([, one]) => received - one.receivedMs > one.lengthMs + LATE_MS);
      if (idle === undefined) return;
      leads.delete(idle[0]);
    }
    const continuity = lead?.continuity ?? new Continuity();
    if (lead === undefined) continuity.join(at, wave.samples.length, rateHz);
    lead = {
      device,
      signal: new Watching(rateHz),
      continuity,
      receivedMs: received,
      lengthMs,
      lagMs,
      leastLagMs: lagMs,
    };
    leads.set(key, lead);
  } else if (joint.missing > 0) lead.signal.skip(joint.missing);
  lead.signal.push(wave);
  lead.leastLagMs = Math.min(lagMs, lead.leastLagMs + DRIFT * Math.max(0, received - lead.receivedMs));
  lead.lagMs = lagMs;
  lead.receivedMs = received;
  lead.lengthMs = lengthMs;
}
