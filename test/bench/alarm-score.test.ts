// The instruments of `bench alarms`: what they would get wrong would be wrong in every table.

import { createBody, seededRandom } from '@heartwood/device-sim';
import { describe, expect, it } from 'vitest';
import type { Told } from './alarm-bedside.ts';
import { alarmPatients } from './alarm-patients.ts';
import { newTally, score } from './alarm-score.ts';
import { type Truth, truthsOf } from './alarm-truth.ts';

const START = Date.UTC(2026, 10, 21, 8);
const at = (seconds: number): number => START + seconds * 1000;
const stretch = (from: number, to: number) => ({ fromMs: at(from), toMs: at(to) });
const truth: Truth = {
  name: 'spo2-low',
  conditions: /^spo2-low$/,
  raiseAfterMs: 30_000,
  slackMs: 15_000,
  must: [stretch(100, 200), stretch(300, 330), stretch(500, 600)],
  beyond: [stretch(95, 205), stretch(298, 332), stretch(500, 600)],
  may: [stretch(90, 210), stretch(295, 335), stretch(500, 600)],
};
const told = (change: string, second: number, condition = 'spo2-low'): Told => ({
  patient: 'Ada',
  condition,
  change,
  priority: 'medium',
  atMs: at(second),
});
const scored = (said: readonly Told[], held: Parameters<typeof score>[3] = []) => {
  const tally = newTally();
  score(tally, truth, said, held);
  return tally;
};

describe('a score', () => {
  it('counts delays from the limit itself, and asks for nothing that was too short', () => {
    expect(scored([told('raised', 130), told('over', 230), told('raised', 540)])).toMatchObject({
      must: 2,
      missed: 0,
      delaysMs: [35_000, 40_000],
      false: 0,
    });
  });
  it('knows what was missed, and what was on already', () => {
    expect(scored([])).toMatchObject({ must: 2, missed: 2, delaysMs: [] });
    expect(scored([told('raised', 92)])).toMatchObject({ must: 2, missed: 0, delaysMs: [], false: 0 });
    expect(scored([told('raised', 92), told('over', 220)])).toMatchObject({ missed: 1 });
    expect(scored([told('raised', 130, 'spo2-very-low')])).toMatchObject({ missed: 2 });
  });
  it('calls false what nothing near is behind', () => {
    expect(scored([told('raised', 50)]).false).toBe(1);
    expect(scored([told('raised', 310)]).false).toBe(0);
    // 105 s: validation, slack and a minute behind the end.
    expect([scored([told('raised', 435)]).false, scored([told('raised', 445)]).false]).toEqual([0, 1]);
    expect(scored([told('resumed', 800)]).false).toBe(1);
    expect(scored([told('acknowledged', 800), told('ended', 801)]).false).toBe(0);
  });
  it('tells what was held back rightly from what was true', () => {
    const held = (second: number) => ({ at: at(second), detail: { condition: 'spo2-low' } });
    expect(scored([], [held(50), held(150)])).toMatchObject({ heldBack: 2, wronglyHeld: 1 });
    expect(scored([], [{ at: at(50), detail: { condition: 'asystole' } }]).heldBack).toBe(0);
  });
});

describe('the truth', () => {
  it('of a heart that stands still and of one that races is when it does', () => {
    const of = (scenario: 'standstill' | 'tachycardia') => {
      const body = createBody({ random: seededRandom(1), startAtMs: START, scenario });
      const patient = { name: '', body, devices: new Map(), expected: [] };
      return new Map(truthsOf(patient, START, START + 1_800_000).map((one) => [one.name, one.must]));
    };
    expect(of('standstill').get('asystole')).toEqual([stretch(120, 140), stretch(1320, 1340)]);
    expect(of('tachycardia').get('heart-rate-very-high')).toEqual([stretch(120, 300)]);
    expect(of('tachycardia').get('asystole')).toEqual([]);
  });
  it('of a patient follows from the seed', () => {
    const [one, again] = [1, 2].map(() => alarmPatients('seed', START, 3_600_000));
    expect(one!.map(({ name }) => name)).toEqual(again!.map(({ name }) => name));
    expect(one![0]!.body.vitalsAt(START + 60_000)).toEqual(again![0]!.body.vitalsAt(START + 60_000));
    const other = alarmPatients('other', START, 3_600_000);
    expect(other[0]!.body.vitalsAt(START)).not.toEqual(one![0]!.body.vitalsAt(START));
    const off = one!.find(({ name }) => name === 'well, bad electrodes')!;
    expect(off.expected[0]!.windows).toHaveLength(6);
  });
});
