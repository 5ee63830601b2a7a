import { KINDS } from '@heartwood/vitals';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.ts';
import { type Body, createBody, type Vitals } from './body.ts';
import { SCENARIOS, type ScenarioName } from './scenario.ts';

const START = Date.UTC(2026, 10, 21, 8);
const HOUR = 3_600_000;
const bodyOf = (scenario: ScenarioName, seed: string | number = 1): Body =>
  createBody({ random: seededRandom(seed), startAtMs: START, scenario });

// Royal College of Physicians, NEWS2, 2017: the chart, for a person on room air who is alert. Scale 1.
type Band = readonly [upTo: number, score: number];
const score = (value: number, bands: readonly Band[]): number => bands.find(([upTo]) => value <= upTo)![1];
function news2(vitals: Vitals): number {
  const whole = (value: number) => Math.round(value);
  return (
    score(whole(vitals.respiratoryRate), [
      [8, 3],
      [11, 1],
      [20, 0],
      [24, 2],
      [999, 3],
    ]) +
    score(whole(vitals.spo2), [
      [91, 3],
      [93, 2],
      [95, 1],
      [100, 0],
    ]) +
    score(whole(vitals.systolic), [
      [90, 3],
      [100, 2],
      [110, 1],
      [219, 0],
      [999, 3],
    ]) +
    score(whole(vitals.heartRate), [
      [40, 3],
      [50, 1],
      [90, 0],
      [110, 1],
      [130, 2],
      [999, 3],
    ]) +
    score(Math.round(vitals.temperature * 10) / 10, [
      [35, 3],
      [36, 1],
      [38, 0],
      [39, 1],
      [99, 2],
    ])
  );
}

describe('a body', () => {
  it('has the NEWS2 table right (published example: 18, 95, 120, 80, 36.8 is 1; 22, 93, 98, 112, 38.4 is 9)', () => {
    const base = bodyOf('well').vitalsAt(START);
    const one = { ...base, respiratoryRate: 18, spo2: 95, systolic: 120, heartRate: 80, temperature: 36.8 };
    const nine = { ...base, respiratoryRate: 22, spo2: 93, systolic: 98, heartRate: 112, temperature: 38.4 };
    expect([news2(one), news2(nine)]).toEqual([1, 9]);
  });

  it.each(SCENARIOS)('stays within what the kinds hold plausible, three days, five seeds: %s', (scenario) => {
    let looked = 0;
    for (let seed = 0; seed < 5; seed++) {
      const body = bodyOf(scenario, seed);
      for (let t = START; t < START + 72 * HOUR; t += 97_000) {
        const v = body.vitalsAt(t);
        const { mean } = KINDS['blood-pressure'].parts;
        const within = (value: number, [low, high]: readonly [number, number]) =>
          value >= low && value <= high;
        const sound =
          within(v.heartRate, KINDS['heart-rate'].plausible) &&
          within(v.respiratoryRate, KINDS['respiratory-rate'].plausible) &&
          within(v.spo2, KINDS.spo2.plausible) &&
          within(v.temperature, KINDS['body-temperature'].plausible) &&
          within(v.systolic, mean.plausible) &&
          within(v.diastolic, mean.plausible) &&
          within(v.glucose, KINDS.glucose.plausible) &&
          within(v.weight, KINDS.weight.plausible) &&
          within(v.perfusion, KINDS['perfusion-index'].plausible) &&
          v.systolic > v.mean &&
          v.mean > v.diastolic;
        if (!sound) expect({ seed, t, v }).toBe('plausible');
        looked++;
      }
    }
    expect(looked).toBe(5 * 2673);
  });

  it('is a function of time: any order gives the same body, another seed another', () => {
    const times = Array.from({ length: 3000 }, (_, i) => START + i * 41_003);
    const there = bodyOf('well');
    const forward = times.map((t) => there.vitalsAt(t));
    const back = bodyOf('well');
    const backward = [...times].reverse().map((t) => back.vitalsAt(t));
    expect(backward.reverse()).toEqual(forward);
    expect(bodyOf('well', 2).vitalsAt(START)).not.toEqual(forward[0]);
  });

  it('sleeps at night: slower heart and breath, lower pressure and temperature than by day', () => {
    const body = bodyOf('well');
    const night = body.vitalsAt(START + 19 * HOUR);
    const day = body.vitalsAt(START + 9.9 * HOUR);
    expect(body.activityAt(START + 19 * HOUR)).toBe('sleep');
    expect(night.heartRate).toBeLessThan(day.heartRate - 5);
    expect(night.systolic).toBeLessThan(day.systolic - 5);
    expect(night.temperature).toBeLessThan(day.temperature - 0.2);
  });

  it('scores at most 2 in NEWS2 when well and at rest, all day and night', () => {
    for (let seed = 0; seed < 10; seed++) {
      const body = bodyOf('well', seed);
      for (let t = START; t < START + 24 * HOUR; t += 300_000) {
        const vitals = body.vitalsAt(t);
        if (vitals.effort < 0.03) expect(news2(vitals)).toBeLessThanOrEqual(2);
      }
    }
  });

  it('deteriorates over hours from NEWS2 of at most 2 to 7 and more, and stays there', () => {
    for (let seed = 0; seed < 20; seed++) {
      const body = bodyOf('deterioration', seed);
      expect(news2(body.vitalsAt(START + 600_000))).toBeLessThanOrEqual(2);
      const halfWay = news2(body.vitalsAt(START + 2.33 * HOUR));
      expect(halfWay).toBeGreaterThanOrEqual(2);
      for (let t = START + 4.5 * HOUR; t < START + 24 * HOUR; t += 600_000) {
        expect(news2(body.vitalsAt(t))).toBeGreaterThanOrEqual(7);
      }
    }
  });

  it('runs the course of a scenario faster at a higher tempo, not the heart', () => {
    const fast = createBody({
      random: seededRandom(1),
      startAtMs: START,
      scenario: 'deterioration',
      tempo: 24,
    });
    expect(news2(fast.vitalsAt(START + 30_000))).toBeLessThanOrEqual(2);
    expect(news2(fast.vitalsAt(START + 12 * 60_000))).toBeGreaterThanOrEqual(7);
  });

  it('drives the heart by the fever: 8 to 10 beats a minute per degree', () => {
    const well = createBody({ random: seededRandom(1), startAtMs: START, scenario: 'fever', tempo: 1e-9 });
    const ill = bodyOf('fever');
    let highest = 0;
    for (let t = START; t < START + 24 * HOUR; t += 300_000) {
      const degrees = ill.vitalsAt(t).temperature - well.vitalsAt(t).temperature;
      const beats = ill.vitalsAt(t).heartRate - well.vitalsAt(t).heartRate;
      highest = Math.max(highest, ill.vitalsAt(t).temperature);
      if (degrees < 0.5) continue;
      expect(beats / degrees).toBeGreaterThanOrEqual(8);
      expect(beats / degrees).toBeLessThanOrEqual(10);
    }
    expect(highest).toBeGreaterThan(38.5);
  });

  it('loses oxygen in dips of at least 4 points, asleep only', () => {
    const body = bodyOf('desaturation-at-night');
    const well = bodyOf('well');
    let dips = 0;
    for (let t = START; t < START + 24 * HOUR; t += 10_000) {
      const lost = well.vitalsAt(t).spo2 - body.vitalsAt(t).spo2;
      if (lost >= 4) dips++;
      if (body.vitalsAt(t).asleep < 0.01) expect(lost).toBeLessThan(0.2);
    }
    expect(dips).toBeGreaterThan(200);
  });

  it('exercises: faster heart and breath, higher systolic pressure, and recovers', () => {
    const body = bodyOf('exercise');
    const [before, during, after] = [5, 45, 85].map((minute) => body.vitalsAt(START + minute * 60_000));
    expect(body.activityAt(START + 45 * 60_000)).toBe('exercise');
    expect(during!.heartRate).toBeGreaterThan(before!.heartRate + 50);
    expect(during!.respiratoryRate).toBeGreaterThan(before!.respiratoryRate + 10);
    expect(during!.systolic).toBeGreaterThan(before!.systolic + 25);
    expect(after!.heartRate).toBeLessThan(before!.heartRate + 35);
  });

  it('eats: glucose rises by 20 mg/dL or more after each of three meals a day and comes back', () => {
    const body = bodyOf('well');
    const values = Array.from({ length: 144 }, (_, i) => body.vitalsAt(START + i * 600_000).glucose);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(25);
    expect(body.vitalsAt(START + 20 * HOUR).glucose).toBeLessThan(110);
  });

  it('counts steps that only rise from midnight to midnight, some thousands a day', () => {
    const body = bodyOf('well');
    const midnight = Date.UTC(2026, 10, 22);
    let previous = 0;
    for (let t = midnight; t < midnight + 24 * HOUR; t += 60_000) {
      const steps = body.stepsAt(t);
      expect(steps).toBeGreaterThanOrEqual(previous);
      expect(Number.isInteger(steps)).toBe(true);
      previous = steps;
    }
    expect(previous).toBeGreaterThan(2000);
    expect(previous).toBeLessThan(30_000);
    expect(body.stepsAt(midnight + 24 * HOUR)).toBe(0);
  });

  it('shows the hour that was asked for on its own clock', () => {
    const night = createBody({ random: seededRandom(1), startAtMs: START, localHourAtStart: 2 });
    expect(night.activityAt(START)).toBe('sleep');
    expect(night.activityAt(START + 7.7 * HOUR)).not.toBe('sleep');
  });
});
