import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SAMPLE, type Waveform } from '../reading.ts';
import { bSqi, compareBeats } from './agreement.ts';
import { Band } from './band.ts';
import { Continuity } from './continuity.ts';
import { EcgSignal } from './ecg.ts';
import { median, rms } from './number.ts';
import { PacingFilter } from './pacing.ts';
import { PlethSignal } from './pulse.ts';
import { ratesOf } from './rhythm.ts';
import { Ring } from './ring.ts';

const RATE = 250;
/** A generator of its own, so that each run draws the same noise. */
const noiseOf = (seed: number) => {
  let state = seed >>> 0 || 1;
  return (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
};
/** mV: a beat at each of these seconds, T wave and a little noise. */
function ecgOf(beatsS: readonly number[], seconds: number, rate = RATE, height = 1): Float64Array {
  const noise = noiseOf(7);
  return Float64Array.from({ length: Math.round(seconds * rate) }, (_, i) => {
    const t = i / rate;
    let mV = 0.01 * noise();
    for (const beat of beatsS) {
      if (Math.abs(t - beat) > 0.8) continue;
      mV += height * Math.exp(-0.5 * ((t - beat) / 0.011) ** 2);
      mV -= 0.2 * height * Math.exp(-0.5 * ((t - beat - 0.028) / 0.01) ** 2);
      mV += 0.25 * height * Math.exp(-0.5 * ((t - beat - 0.27) / 0.045) ** 2);
    }
    return mV;
  });
}
const every = (s: number, from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, Math.ceil((to - from) / s)) }, (_, i) => from + i * s);
const waveOf = (mV: Float64Array, gain = 1000, baseline = 0): Waveform => ({
  lead: 'I',
  rateHz: RATE,
  gain,
  baseline,
  samples: Int32Array.from(mV, (value) => Math.round(value * gain) + baseline),
});
const watched = (mV: Float64Array, rate = RATE): EcgSignal => {
  const signal = new EcgSignal(rate);
  signal.push(waveOf(mV));
  return signal;
};

describe('beats', () => {
  it.each([100, 128, 250, 360, 500, 1000])('are found at %i Hz by both detectors, where they are', (rate) => {
    const truth = every(0.83, 0.5, 30);
    const signal = watched(ecgOf(truth, 30, rate), rate);
    for (const found of [signal.beats, signal.others]) {
      const settled = truth.filter((s) => s > 4 && s < 29).map((s) => Math.round(s * rate));
      const { matched, missed } = compareBeats(found, settled, Math.ceil(0.012 * rate));
      expect({ matched, missed }).toEqual({ matched: settled.length, missed: 0 });
      expect(found.filter((at) => at > 4 * rate && at < 29 * rate)).toHaveLength(settled.length);
    }
    expect(signal.look()).toMatchObject({ quality: 'good', bSqi: 1 });
    expect(ratesOf(signal.look()).fast).toBeCloseTo(60 / 0.83, 0);
  });

  it('are found again when the electrode lets through a third of what it did', () => {
    const [before, after] = [every(0.8, 0.5, 20), every(0.8, 20.1, 40)];
    const tall = ecgOf(before, 40);
    const small = ecgOf(after, 40, RATE, 0.33);
    const signal = watched(tall.map((mV, i) => mV + (small[i] ?? 0)));
    expect(signal.look()).toMatchObject({ quality: 'good' });
    expect(signal.look().sinceBeatMs).toBeLessThan(1200);
  });

  it('are not what is lower than 0.15 mV, however regular', () => {
    const signal = watched(ecgOf(every(0.8, 0.5, 30), 30, RATE, 0.1));
    expect([signal.beats, signal.others]).toEqual([[], []]);
  });

  it('are not the pulses of a pacemaker that nobody answers', () => {
    const mV = ecgOf(every(0.8, 0.5, 15), 30);
    for (let i = 15 * RATE; i < mV.length; i += 200) mV[i] = 4;
    expect(watched(mV).look().sinceBeatMs).toBeGreaterThan(14_000);
    for (let i = 15 * RATE; i < mV.length; i += 200) mV[i + 1] = 3;
    expect(watched(mV).look().sinceBeatMs).toBeGreaterThan(14_000);
  });

  it('have the same times whatever the converter’s gain and zero are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(256, 512, 1024, 4096),
        fc.integer({ min: -20_000, max: 20_000 }),
        fc.double({ min: 0.35, max: 1.5, noNaN: true }),
        (gain, baseline, interval) => {
          const mV = ecgOf(every(interval, 0.4, 14), 14);
          // On the coarsest grid, so that all converters show the same.
          const grid = mV.map((value) => Math.round(value * 256) / 256);
          const [one, other] = [new EcgSignal(RATE), new EcgSignal(RATE)];
          one.push(waveOf(grid, 256));
          other.push(waveOf(grid, gain, baseline));
          expect(other.beats).toEqual(one.beats);
          expect(other.look()).toEqual(one.look());
        },
      ),
      { numRuns: 15 },
    );
  });

  it('are the same however the samples are cut into frames', () => {
    const wave = waveOf(ecgOf(every(0.7, 0.4, 20), 20));
    const whole = new EcgSignal(RATE);
    whole.push(wave);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 12 }), (cuts) => {
        const signal = new EcgSignal(RATE);
        for (let from = 0, n = 0; from < wave.samples.length; n += 1) {
          const to = from + (cuts[n % cuts.length] as number);
          signal.push({ ...wave, samples: wave.samples.subarray(from, to) });
          from = to;
        }
        expect(signal.look()).toEqual(whole.look());
      }),
      { numRuns: 10 },
    );
  });
});

describe('the quality of an ECG', () => {
  const good = ecgOf(every(0.8, 0.5, 12), 12);
  const then = (rest: Float64Array): Float64Array => Float64Array.of(...good, ...rest);
  const long = (make: (i: number) => number): Float64Array =>
    Float64Array.from({ length: 6 * RATE }, (_, i) => make(i));

  it('is not known before six seconds of it', () => {
    expect(watched(good.subarray(0, 5 * RATE)).look().quality).toBe('learning');
    expect(watched(good).look().quality).toBe('good');
  });
  it('tells a heart that stands still, in an amplifier’s noise, from a line that is flat', () => {
    const noise = noiseOf(3);
    expect(watched(then(long(() => 0.02 * noise()))).look()).toMatchObject({ quality: 'good' });
    expect(watched(then(long(() => 0.02 * noise()))).look().sinceBeatMs).toBeGreaterThan(5500);
    expect(watched(then(long(() => 0.3))).look()).toMatchObject({ quality: 'off', why: 'flat' });
  });
  it('is none where samples are missing, and poor where they were', () => {
    const signal = watched(good);
    signal.skip(6 * RATE);
    expect(signal.look()).toMatchObject({ quality: 'off', why: 'missing' });
    const gappy = watched(good);
    gappy.skip(RATE);
    gappy.push(waveOf(good.subarray(0, RATE)));
    expect(gappy.look()).toMatchObject({ quality: 'poor', why: 'missing' });
    // For as long as what came of the gap is among the beats.
    const jerked = watched(good);
    jerked.skip(RATE);
    jerked.push(
      waveOf(
        good
          .subarray(0, 5 * RATE)
          .map((mV, i) => mV + (i % 150 > 70 && i % 150 < 110 ? 1.2 * Math.sin(i * i) : 0)),
      ),
    );
    expect(jerked.look()).toMatchObject({ quality: 'poor', why: 'missing' });
    const marked = new EcgSignal(RATE);
    const wave = waveOf(then(long(() => 0)));
    wave.samples.fill(NO_SAMPLE, 12 * RATE);
    marked.push(wave);
    expect(marked.look()).toMatchObject({ quality: 'off', why: 'missing' });
  });
  it('is poor at the converter’s end', () => {
    const clipped = then(long((i) => Math.min(1, 3 * Math.sin(i / 40)))).map((mV) => Math.max(-1, mV));
    expect(watched(clipped).look()).toMatchObject({ why: 'clipped' });
  });
  it('is poor in noise, in hum and where the detectors disagree', () => {
    const noise = noiseOf(11);
    let walk = 0;
    const shaken = then(
      long(() => {
        walk = 0.8 * walk + noise();
        return 0.6 * walk;
      }),
    );
    expect(watched(shaken).look().quality).toBe('poor');
    const hum = then(long((i) => Math.sin((2 * Math.PI * 50 * i) / RATE)));
    const looks = [1, 2, 3, 4, 5, 6].map((s) => watched(hum.subarray(0, (12 + s) * RATE)).look());
    for (const { quality, sinceBeatMs } of looks) if (sinceBeatMs >= 4000) expect(quality).toBe('poor');
    expect(looks.at(-1)).toMatchObject({ quality: 'poor' });
  });
});

describe('a pleth', () => {
  const plethOf = (pulsesS: readonly number[], seconds: number, height = 0.03): Waveform => {
    const noise = noiseOf(5);
    const samples = Int32Array.from({ length: seconds * 50 }, (_, i) => {
      let value = 0.0002 * noise();
      for (const pulse of pulsesS) {
        value += height * Math.exp(-0.5 * ((i / 50 - pulse) / 0.06) ** 2);
        value += 0.4 * height * Math.exp(-0.5 * ((i / 50 - pulse - 0.2) / 0.09) ** 2);
      }
      return Math.round(10_000 * value);
    });
    return { lead: 'finger', rateHz: 50, gain: 10_000, baseline: 0, samples };
  };
  const seen = (wave: Waveform): PlethSignal => {
    const signal = new PlethSignal(wave.rateHz);
    for (let from = 0; from < wave.samples.length; from += 50) {
      signal.push({ ...wave, samples: wave.samples.subarray(from, from + 50) });
      signal.look();
    }
    return signal;
  };

  it('shows a pulse and its rate', () => {
    for (const [interval, rate] of [
      [0.4, 150],
      [0.8, 75],
      [1.3, 46],
    ] as const) {
      const look = seen(plethOf(every(interval, 0.5, 20), 20)).look();
      expect(look.state).toBe('pulse');
      expect(Math.abs((look.rate ?? 0) - rate)).toBeLessThan(2.5);
    }
  });
  it('has lost a pulse that was there, within five seconds of its end', () => {
    const wave = plethOf(every(0.8, 0.5, 15), 26);
    const states = [16, 20, 25].map((s) =>
      seen({ ...wave, samples: wave.samples.subarray(0, s * 50) }).look(),
    );
    expect(states.map(({ state }) => state)).toEqual(['pulse', 'lost', 'lost']);
  });
  it('is off where it is flat, and shows no pulse in noise', () => {
    const wave = plethOf(every(0.8, 0.5, 12), 20);
    wave.samples.fill(7, 12 * 50);
    expect(seen(wave).look().state).toBe('off');
    const noise = noiseOf(9);
    const shaken = plethOf([], 20);
    shaken.samples.forEach((_, i) => {
      shaken.samples[i] = Math.round(900 * noise());
    });
    expect(seen(shaken).look().state).toBe('poor');
  });
  it('takes no pulse from what is far smaller than it was', () => {
    const before = plethOf(every(0.8, 0.5, 15), 30);
    const after = plethOf(every(0.8, 15.1, 30), 30, 0.002);
    const both = { ...before, samples: before.samples.map((value, i) => value + (after.samples[i] ?? 0)) };
    expect(seen(both).look().state).toBe('lost');
  });
  it('is the same at another gain and zero', () => {
    const wave = plethOf(every(0.7, 0.5, 20), 20);
    const other = { ...wave, gain: 2 * wave.gain, baseline: 500 };
    other.samples = wave.samples.map((value) => 2 * value + 500);
    expect(seen(other).look()).toEqual(seen(wave).look());
  });
});

describe('any samples at all', () => {
  const samples = fc.array(
    fc.oneof(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.integer({ min: -300, max: 300 }),
      fc.constantFrom(0, NO_SAMPLE, 2 ** 31 - 1, -(2 ** 31)),
    ),
    { minLength: 1, maxLength: 600 },
  );
  const gain = fc.oneof(fc.constantFrom(1e-9, 1e9, -200), fc.double({ min: 1, max: 5000, noNaN: true }));

  it('crash nothing, and every look is of finite numbers', () => {
    fc.assert(
      fc.property(
        fc.array(samples, { minLength: 1, maxLength: 6 }),
        gain,
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.constantFrom(100, 250, 999.5),
        (frames, gain, baseline, rate) => {
          const [ecg, pleth] = [new EcgSignal(rate), new PlethSignal(Math.min(rate, 500))];
          for (const frame of frames) {
            const wave = { samples: Int32Array.from(frame), gain, baseline };
            ecg.push(wave);
            pleth.push(wave);
            ecg.skip(frame.length % 7);
            for (const look of [ecg.look(), pleth.look()])
              for (const value of Object.values(look).flat())
                if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leave no trace once a good minute has followed', () => {
    const wild = watched(ecgOf(every(0.8, 0.5, 60), 60));
    const calm = waveOf(ecgOf(every(0.8, 0.5, 60), 60));
    wild.push({ samples: Int32Array.of(2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1), gain: 1e-9, baseline: 0 });
    wild.push(calm);
    expect(wild.look()).toMatchObject({ quality: 'good', bSqi: 1 });
  });

  it('at a rate that is not watched are refused', () => {
    for (const rate of [0, -1, 99, 1001, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new EcgSignal(rate)).toThrow(RangeError);
      if (!(rate >= 20 && rate <= 500)) expect(() => new PlethSignal(rate)).toThrow(RangeError);
    }
  });
});

describe('the parts', () => {
  it('a band lets through what is in it', () => {
    for (const [hz, least, most] of [
      [0.5, 0, 0.02],
      [10, 0.6, 1.05],
      [60, 0, 0.2],
    ] as const) {
      const band = new Band(500, 5, 20);
      const out = Float64Array.from({ length: 5000 }, (_, i) =>
        band.pass(Math.sin((2 * Math.PI * hz * i) / 500)),
      );
      const gain = rms(out.subarray(2500)) * Math.SQRT2;
      expect(gain).toBeGreaterThanOrEqual(least);
      expect(gain).toBeLessThanOrEqual(most);
    }
  });
  it('a band that was settled does not ring', () => {
    const band = new Band(250, 0.5, 40);
    band.settle(5);
    for (let i = 0; i < 100; i += 1) expect(Math.abs(band.pass(5))).toBeLessThan(1e-9);
  });
  it('a pacemaker’s pulse is taken out, and a QRS is not', () => {
    const filter = new PacingFilter(RATE);
    for (const value of ecgOf(every(0.8, 0.5, 10), 10)) filter.pass(value);
    expect(filter.removed).toBe(0);
    for (let i = 0; i < 100; i += 1) filter.pass(i === 50 ? 4 : 0);
    expect(filter.removed).toBe(1);
  });
  it('beats are compared one to one', () => {
    expect(compareBeats([10, 20, 31, 50], [11, 30, 49, 60], 2)).toEqual({ matched: 3, extra: 1, missed: 1 });
    expect(bSqi({ matched: 3, extra: 1, missed: 1 })).toBe(0.6);
    expect(bSqi(compareBeats([], [], 2))).toBe(1);
  });
  it('a ring forgets the oldest', () => {
    const ring = new Ring(4);
    for (let i = 0; i < 10; i += 1) ring.push(i);
    expect([ring.count, ring.oldest, ring.at(9), [...ring.slice(0, 99)]]).toEqual([10, 6, 9, [6, 7, 8, 9]]);
  });
  it('noise has a kurtosis below 3, beats have far more; wander is power below 1 Hz', () => {
    const noise = noiseOf(1);
    const noisy = watched(Float64Array.from({ length: 5000 }, () => noise())).look();
    expect(noisy.kSqi).toBeGreaterThan(1.5);
    expect(noisy.kSqi).toBeLessThan(3.2);
    const beats = ecgOf(every(0.8, 0.5, 20), 20);
    expect(watched(beats).look().kSqi).toBeGreaterThan(8);
    expect(watched(beats).look().basSqi).toBeGreaterThan(0.8);
    const wandering = beats.map((mV, i) => mV + 2 * Math.sin((2 * Math.PI * 0.2 * i) / RATE));
    expect(watched(wandering).look().basSqi).toBeLessThan(0.2);
    expect(watched(wandering).look()).toMatchObject({ quality: 'good' });
    expect([median([]), median([3, 1, 2])]).toEqual([undefined, 2]);
  });
});

describe('frames', () => {
  it('follow one another, may miss some, and are taken once', () => {
    const joined = new Continuity();
    const at = (ms: number) => joined.join(ms, 250, 250);
    expect(at(0)).toEqual({ kind: 'begins' });
    expect(at(1001)).toEqual({ kind: 'follows', missing: 0 });
    expect(at(1001)).toEqual({ kind: 'stale' });
    expect(at(3001)).toEqual({ kind: 'follows', missing: 250 });
    expect(at(2001)).toEqual({ kind: 'stale' });
    expect(at(3999)).toEqual({ kind: 'follows', missing: 0 });
    expect(at(60_000)).toEqual({ kind: 'begins' });
    expect(at(0)).toEqual({ kind: 'begins' });
    expect(joined.join(undefined, 250, 250)).toEqual({ kind: 'follows', missing: 0 });
  });
});
