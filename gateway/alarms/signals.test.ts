import { EcgSignal, type Measurement } from '@heartwood/vitals';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KeptReading } from '../store/segment-codec.ts';
import { judgedMax, Signals } from './signals.ts';

const START = 1_795_000_000_000;
const at = (second: number): number => START + second * 1000;
const kept = (second: number, measurement: Measurement, over: Partial<KeptReading> = {}): KeptReading => ({
  device: 1,
  seq: second,
  index: 0,
  at: at(second) - 1000,
  received: at(second),
  origin: 'simulator',
  measurement,
  ...over,
});
const frame = (second: number, lead = 'I', rateHz = 250, kind: 'ecg' | 'ppg' = 'ecg'): Measurement => ({
  kind,
  wave: {
    lead,
    rateHz,
    gain: 1000,
    baseline: 0,
    samples: Int32Array.from({ length: rateHz }, (_, i) => {
      const into = ((second + i / rateHz) % 0.8) - 0.4;
      return Math.round(1000 * Math.exp(-0.5 * (into / (kind === 'ecg' ? 0.011 : 0.07)) ** 2) + (i % 7));
    }),
  },
});
const watched = (seconds: number, of: (second: number) => readonly KeptReading[]): Signals => {
  const signals = new Signals();
  for (let second = 1; second <= seconds; second += 1) for (const one of of(second)) signals.take(one);
  return signals;
};

describe('the signals of a patient', () => {
  it('are each lead and finger that is coming', () => {
    const signals = watched(10, (second) => [
      kept(second, frame(second, 'I')),
      kept(second, frame(second, 'II')),
      kept(second, frame(second, 'finger', 50, 'ppg'), { device: 2 }),
    ]);
    const look = signals.look(at(10));
    expect(look.ecg.map(({ look: { quality } }) => quality)).toEqual(['good', 'good']);
    expect(look.pleth).toMatchObject([{ device: 2, look: { state: 'pulse' } }]);
    // A frame is a second long, and may be three late.
    expect(signals.look(at(14)).ecg).toHaveLength(2);
    expect(signals.look(at(14) + 1).ecg).toEqual([]);
  });
  it('are as old as their newest sample, and a pleth no newer for sending long frames', () => {
    const long = (seconds: number, late = 0): KeptReading => {
      const waves = Array.from({ length: 30 }, (_, i) => frame(seconds - 29 + i, 'finger', 50, 'ppg'));
      const samples = waves.flatMap((one) => ('wave' in one ? [...one.wave.samples] : []));
      const [{ wave }] = waves as [Extract<Measurement, { wave: unknown }>];
      const measurement: Measurement = { kind: 'ppg', wave: { ...wave, samples: Int32Array.from(samples) } };
      // By a clock that is an hour fast: only how late it is beside others is seen.
      const fast = 3600;
      return kept(seconds + late, measurement, { at: at(seconds - 30 + fast), received: at(seconds + late) });
    };
    const signals = watched(0, () => []);
    signals.take(long(30));
    expect(signals.look(at(30)).pleth).toMatchObject([{ ageMs: 0, look: { state: 'pulse' } }]);
    expect(signals.look(at(35)).pleth).toMatchObject([{ ageMs: 5000, look: { state: 'pulse' } }]);
    expect(signals.look(at(38)).pleth).toHaveLength(1);
    expect(signals.look(at(39)).pleth).toEqual([]);
    signals.take(long(60, 7));
    const [late] = signals.look(at(68)).pleth;
    expect(late?.ageMs).toBeGreaterThan(7900);
    expect(late?.ageMs).toBeLessThanOrEqual(8000);
  });
  it('lose count of what is missing between two frames', () => {
    const signals = watched(10, (second) => (second === 9 ? [] : [kept(second, frame(second))]));
    expect(signals.look(at(10)).ecg[0]?.look).toMatchObject({ quality: 'poor', why: 'missing' });
  });
  it('take a frame once, and none that is overtaken', () => {
    const once = watched(10, (second) => [kept(second, frame(second))]);
    const again = watched(10, (second) => [
      kept(second, frame(second)),
      kept(second, frame(second)),
      ...(second > 3 ? [kept(second, frame(second - 2), { at: at(second - 3) })] : []),
    ]);
    expect(again.look(at(10)).ecg).toEqual(once.look(at(10)).ecg);
  });
  it('begin anew after a minute, and with another rate', () => {
    const signals = watched(10, (second) => [kept(second, frame(second))]);
    signals.take(kept(70, frame(70)));
    expect(signals.look(at(70)).ecg).toMatchObject([{ look: { quality: 'learning' } }]);
    signals.take(kept(71, frame(71, 'I', 500)));
    expect(signals.look(at(71)).ecg).toMatchObject([{ look: { quality: 'learning' } }]);
  });
  it('are no more than eight, whatever leads a device names, and none of a rate that nobody can judge', () => {
    const many = watched(3, (second) =>
      Array.from({ length: 100 }, (_, n) => kept(second, frame(second, `lead ${second} ${n}`))),
    );
    expect(many.look(at(3)).ecg).toHaveLength(8);
    for (const rateHz of [1, 50, 2000]) {
      expect(watched(2, (second) => [kept(second, frame(second, 'I', rateHz))]).look(at(2)).ecg).toEqual([]);
    }
  });
  it('give a lead’s place to another when it has stopped', () => {
    const signals = watched(1, (second) =>
      Array.from({ length: 8 }, (_, n) => kept(second, frame(second, `old ${n}`))),
    );
    signals.take(kept(60, frame(60, 'new')));
    expect(signals.look(at(60)).ecg).toHaveLength(1);
  });
});

describe('a device that sends more than anybody can look at', () => {
  afterEach(() => vi.restoreAllMocks());
  /** How many samples judges were given, taken or missing. */
  const counted = (): (() => number) => {
    const push = vi.spyOn(EcgSignal.prototype, 'push');
    const skip = vi.spyOn(EcgSignal.prototype, 'skip');
    return () =>
      push.mock.calls.reduce((sum, [{ samples }]) => sum + samples.length, 0) +
      skip.mock.calls.reduce((sum, [samples]) => sum + samples, 0);
  };
  const flat = (length: number): Measurement => ({
    kind: 'ecg',
    wave: { lead: 'I', rateHz: 1000, gain: 1000, baseline: 0, samples: new Int32Array(length) },
  });

  it.each([
    ['frames of a minute', 20, () => flat(60_000), 60_000],
    ['frames that claim a gap of 9 s each', 500, () => flat(1), 9_000],
    ['frames that each begin anew', 500, () => flat(100), 20_000],
    ['seconds without a clock', 500, () => flat(1000), undefined],
  ])('%s cost nothing until the look, and no more of it than another', (_name, frames, make, stepMs) => {
    const judged = counted();
    const signals = new Signals();
    for (let n = 0; n < frames; n++) {
      const { at: _, ...timeless } = kept(1, make());
      signals.take(stepMs === undefined ? timeless : { ...timeless, at: START + n * stepMs });
    }
    expect(judged()).toBe(0);
    expect(signals.look(at(1)).ecg).toHaveLength(1);
    expect(judged()).toBeGreaterThan(0);
    expect(judged()).toBeLessThanOrEqual(judgedMax(1000));
    signals.look(at(2));
    expect(judged()).toBeLessThanOrEqual(judgedMax(1000));
  });

  it('is judged by its newest', () => {
    const signals = new Signals();
    signals.take(kept(1, flat(60_000), { at: START - 60_000, received: at(0) }));
    const beats = Array.from({ length: 8 }, (_, i) => frame(i + 1, 'I', 1000));
    const samples = beats.flatMap((one) => ('wave' in one ? [...one.wave.samples] : []));
    const { wave } = beats[0] as Extract<Measurement, { wave: unknown }>;
    const later: Measurement = { kind: 'ecg', wave: { ...wave, samples: Int32Array.from(samples) } };
    signals.take(kept(8, later, { at: START, received: at(8) }));
    expect(signals.look(at(8)).ecg).toMatchObject([{ look: { quality: 'good' } }]);
  });
});

describe('the rates that devices count', () => {
  it('are of the present for ten seconds, and until a device says that it has none', () => {
    const signals = new Signals();
    signals.take(kept(1, { kind: 'heart-rate', value: 70 }));
    signals.take(kept(2, { kind: 'heart-rate', value: 72, quality: 'poor' }, { device: 2 }));
    expect(signals.look(at(3)).rates).toMatchObject([
      { device: 1, value: 70, poor: false },
      { device: 2, value: 72, poor: true },
    ]);
    signals.take(kept(4, { kind: 'heart-rate', absent: 'unknown' }));
    expect(signals.look(at(12)).rates).toMatchObject([{ device: 2 }]);
    expect(signals.look(at(13)).rates).toEqual([]);
  });
  it('tell an ECG that is off by its own word, until it comes again', () => {
    const signals = new Signals();
    expect(signals.look(at(1)).ecgSaidOff).toBe(false);
    signals.take(kept(1, { kind: 'ecg', absent: 'sensor-off' }));
    expect(signals.look(at(2)).ecgSaidOff).toBe(true);
    signals.take(kept(3, frame(3)));
    expect(signals.look(at(3)).ecgSaidOff).toBe(false);
  });
});
