// Two devices of one patient that measure the same, of which one calls its number poor and speaks last: a limit is held
// against the good one.

import { FRESHNESS, type Measurement, type Quality } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { AlarmEngine } from './engine.ts';
import { DEFAULT_LIMITS, type Limit, observeLimits } from './limits.ts';
import { kindOf, type Measure, Picture } from './picture.ts';
import { scoreOf } from './score.ts';

const START = Date.UTC(2026, 10, 21, 13, 0, 0);
const [CLIP, WATCH, RING] = [1, 2, 3];

function measured(measure: Measure, value: number, quality: Quality): Measurement {
  const kind = kindOf(measure);
  if (kind !== 'blood-pressure') return { kind, value, quality } as Measurement;
  return { kind, systolic: 120, diastolic: 80, [measure]: value, quality };
}
type Said = readonly [device: number, measurement: Measurement];

class Bedside {
  readonly picture: Picture = new Picture();
  readonly #engine = new AlarmEngine();
  #seq = 0;
  nowMs = START;
  readonly told: string[] = [];

  /** Each second what is said, in that order, and a look. */
  pass(seconds: number, said: (second: number) => readonly Said[]): this {
    for (let second = 1; second <= seconds; second += 1) {
      this.nowMs += 1000;
      for (const [device, measurement] of said(second)) this.say(device, measurement);
      const seen = [...observeLimits(this.picture, {}, this.nowMs)];
      for (const { condition, change } of this.#engine.observe(1, seen, this.nowMs))
        this.told.push(`${condition} ${change} @${second}`);
    }
    return this;
  }
  say(device: number, measurement: Measurement, origin: 'simulator' | 'person' = 'simulator'): void {
    const [received, seq] = [this.nowMs, ++this.#seq];
    this.picture.take({ device, seq, index: 0, at: received, received, origin, measurement });
  }
  seen(id: string): { readonly evidence: string; readonly because?: unknown; readonly value: unknown } {
    const one = [...observeLimits(this.picture, {}, this.nowMs)].find((each) => each.id === id)!;
    return { evidence: one.evidence, because: one.because, value: one.facts['value'] };
  }
}

const beyond = ({ side, limit }: Limit): number => (side === 'above' ? limit + 1 : limit - 1);
const inside = ({ side, limit, hysteresis }: Limit): number =>
  side === 'above' ? limit - 2 * hysteresis : limit + 2 * hysteresis;
const spo2 = (value: number, quality: Quality = 'ok'): Measurement => ({ kind: 'spo2', value, quality });

describe('a poor number beside a good one of another device', () => {
  it.each(DEFAULT_LIMITS.map((rule) => [rule.id, rule] as const))('puts %s off by nothing', (id, rule) => {
    for (const poor of [beyond(rule), inside(rule)]) {
      const { told } = new Bedside().pass(rule.timing.raiseAfterMs / 1000 + 2, () => [
        [CLIP, measured(rule.measure, beyond(rule), 'ok')],
        [WATCH, measured(rule.measure, poor, 'poor')],
      ]);
      expect(told).toContain(`${id} raised @${rule.timing.raiseAfterMs / 1000 + 1}`);
    }
  });
  it.each(DEFAULT_LIMITS.map((rule) => [rule.id, rule] as const))('lets %s end', (id, rule) => {
    const bedside = new Bedside();
    bedside.pass(rule.timing.raiseAfterMs / 1000 + 1, () => [
      [CLIP, measured(rule.measure, beyond(rule), 'ok')],
    ]);
    bedside.told.length = 0;
    bedside.pass(12, () => [
      [CLIP, measured(rule.measure, inside(rule), 'ok')],
      [WATCH, measured(rule.measure, beyond(rule), 'poor')],
    ]);
    expect(bedside.told.filter((line) => line.startsWith(`${id} over`))).toHaveLength(1);
  });
  it('counts for nothing among two poor ones', () => {
    const { told } = new Bedside().pass(12, () => [
      [CLIP, spo2(80)],
      [RING, spo2(96, 'poor')],
      [WATCH, spo2(97, 'poor')],
    ]);
    expect(told).toEqual(['spo2-very-low raised @11']);
  });
  it('neither where the good one is before it only now and then', () => {
    const { told } = new Bedside().pass(60, (second) => [
      ...(second % 30 === 1 ? [[CLIP, spo2(80)] as const] : []),
      [WATCH, spo2(97, 'poor')],
    ]);
    expect(told).toEqual(['spo2-very-low raised @11', 'spo2-low raised @31']);
  });
  it('is what is told of again when the good one is of another time', () => {
    const bedside = new Bedside();
    bedside.say(CLIP, spo2(97));
    bedside.nowMs += FRESHNESS.spo2.liveMs;
    bedside.say(WATCH, spo2(80, 'poor'));
    expect(bedside.seen('spo2-very-low')).toEqual({ evidence: 'clear', because: undefined, value: 97 });
    bedside.nowMs += 1;
    expect(bedside.seen('spo2-very-low')).toEqual({
      evidence: 'unknown',
      because: 'poor-value',
      value: 80,
    });
    // A cuff's number is live for hours: one of half a minute ago says nothing against another's of now.
    const cuffs = new Bedside();
    cuffs.say(CLIP, measured('systolic', 120, 'ok'));
    cuffs.nowMs += 30_001;
    cuffs.say(WATCH, measured('systolic', 230, 'poor'));
    expect(cuffs.seen('systolic-very-high')).toMatchObject({ evidence: 'unknown', because: 'poor-value' });
  });
  it('of its own calms nobody, nor does one that its device has taken back', () => {
    const bedside = new Bedside();
    bedside.say(WATCH, spo2(97));
    bedside.say(WATCH, spo2(80, 'poor'));
    expect(bedside.seen('spo2-very-low')).toMatchObject({ evidence: 'unknown', because: 'poor-value' });
    bedside.say(CLIP, spo2(97));
    bedside.say(WATCH, spo2(80, 'poor'));
    expect(bedside.seen('spo2-very-low').evidence).toBe('clear');
    bedside.say(CLIP, { kind: 'spo2', absent: 'sensor-off' });
    expect(bedside.seen('spo2-very-low')).toMatchObject({ evidence: 'unknown', because: 'poor-value' });
  });
  it('gives way to what somebody measured by hand a moment ago', () => {
    const bedside = new Bedside();
    bedside.say(CLIP, measured('systolic', 230, 'ok'), 'person');
    bedside.nowMs += 200;
    bedside.say(WATCH, measured('systolic', 120, 'poor'));
    expect(bedside.seen('systolic-very-high')).toMatchObject({ evidence: 'violated', value: 230 });
  });
  it('or a sensor that is off hides no good number from the score', () => {
    const bedside = new Bedside();
    bedside.say(CLIP, spo2(90));
    bedside.say(RING, spo2(97, 'poor'));
    bedside.say(WATCH, spo2(97, 'poor'));
    expect(scoreOf(bedside.picture, {}, bedside.nowMs).points.spo2).toBe(3);
    bedside.say(WATCH, spo2(97));
    bedside.say(WATCH, { kind: 'spo2', absent: 'sensor-off' });
    expect(scoreOf(bedside.picture, {}, bedside.nowMs).points.spo2).toBe(3);
    expect(bedside.seen('spo2-low')).toMatchObject({ evidence: 'violated', value: 90 });
    const later = bedside.nowMs + FRESHNESS.spo2.liveMs + 1;
    expect(scoreOf(bedside.picture, {}, later).missing).toContain('spo2');
  });
});
