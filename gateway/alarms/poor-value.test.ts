// A number that its device calls poor, over a real store: it raises nothing of the body, is listed as held back, and is told
// as what it is, a signal that somebody has to look at.

import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent, type HubEvent, type Measurement } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeEntries } from '../store/entry-list.ts';
import { Home, message } from '../testing.ts';

let home: Home;
let slot: number;
let seq: number;
beforeEach(async () => {
  home = new Home();
  await home.start();
  slot = await home.enroll('Ada', 'watch-1', home.nowMs);
  seq = 0;
});
afterEach(() => home.remove());

type Quality = 'ok' | 'poor' | undefined;
const spo2 = (value: number, quality: Quality = 'poor'): Measurement => ({
  kind: 'spo2',
  value,
  ...(quality !== undefined && { quality }),
});
/** Each second what is measured, and a look. @returns what was told, with the second */
function pass(seconds: number, measured: (second: number) => Measurement | undefined): string[] {
  const told: string[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    home.nowMs += 1000;
    const measurement = measured(second);
    if (measurement !== undefined) home.send('watch-1', message(++seq, measurement, home.nowMs));
    for (const { condition, change, priority } of home.hub.watch.look())
      told.push(`${condition} ${change} ${priority} @${second}`);
  }
  return told;
}
const heldBack = (): HubEvent['detail'][] => {
  const { store } = home.hub.vault;
  return store
    .stagedOf(HUB_SLOT)
    .flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent))
    .filter(({ name }) => name === 'alarm-held-back')
    .map(({ detail }) => detail);
};

describe('a poor number beyond a limit', () => {
  it('raises what is wrong with the measuring, and is listed with why', () => {
    expect(pass(120, () => spo2(80))).toEqual(['artefact:spo2 raised medium @61']);
    expect(heldBack()).toEqual([
      {
        slot,
        condition: 'spo2-very-low',
        priority: 'high',
        measure: 'spo2',
        limit: 85,
        unit: '%',
        value: 80,
        because: 'poor-value',
      },
      expect.objectContaining({ condition: 'spo2-low', priority: 'medium', because: 'poor-value' }),
    ]);
  });
  it('that is no danger stays of low priority', () => {
    expect(pass(70, () => spo2(89))).toEqual(['artefact:spo2 raised low @61']);
    expect(heldBack().map((detail) => detail['condition'])).toEqual(['spo2-low']);
  });
  it('is an alarm as soon as it is believed, after the alarm’s own delay', () => {
    pass(20, () => spo2(80));
    expect(pass(12, () => spo2(80, 'ok'))).toEqual(['spo2-very-low raised high @11']);
  });
  it('in between neither raises an alarm sooner nor puts it off', () => {
    expect(pass(20, (second) => spo2(80, second % 2 === 0 ? 'poor' : 'ok'))).toEqual([
      'spo2-very-low raised high @11',
    ]);
    expect(pass(8, (second) => spo2(second % 4 === 0 ? 80 : 97, second % 4 === 0 ? 'poor' : 'ok'))).toEqual(
      [],
    );
  });
  it('ends no alarm, nor does one that is within', () => {
    pass(12, () => spo2(80, 'ok'));
    expect(pass(50, () => spo2(97))).toEqual([]);
    expect(pass(20, () => spo2(97, 'ok'))).toEqual(['spo2-very-low over high @11']);
  });
  it('of a cuff asks for another one at once, and no longer than until then', () => {
    const cuff = (systolic: number, quality: Quality): Measurement => ({
      kind: 'blood-pressure',
      systolic,
      diastolic: 80,
      ...(quality !== undefined && { quality }),
    });
    expect(pass(3, (second) => (second === 2 ? cuff(230, 'poor') : undefined))).toEqual([
      'artefact:systolic raised low @2',
    ]);
    expect(heldBack().map((detail) => detail['condition'])).toEqual(['systolic-very-high', 'systolic-high']);
    expect(pass(10, (second) => (second === 2 ? cuff(130, undefined) : undefined))).toEqual([
      'artefact:systolic over low @7',
      'artefact:systolic ended low @7',
    ]);
    expect(pass(3, (second) => (second === 2 ? cuff(230, 'ok') : undefined))).toEqual([
      'systolic-very-high raised high @2',
      'systolic-high raised medium @2',
    ]);
  });
});

describe('a poor count of the heart', () => {
  const beats = (value: number, quality: Quality): Measurement => ({
    kind: 'heart-rate',
    value,
    ...(quality !== undefined && { quality }),
  });
  it('is one where another device counts the same', async () => {
    await home.enroll('Ada', 'strap-1', home.nowMs);
    let n = 0;
    const told = pass(10, () => {
      // The watch speaks after the strap: its poor count is the newest.
      home.send('strap-1', message(++n, beats(176, 'ok'), home.nowMs));
      return beats(180, 'poor');
    });
    expect(told).toEqual(['heart-rate-very-high raised high @7']);
  });
  it('is none where nothing has the same', () => {
    expect(pass(20, () => beats(180, 'poor'))).toEqual([]);
    expect(heldBack().map((detail) => [detail['condition'], detail['because']])).toEqual([
      ['heart-rate-very-high', 'poor-value'],
    ]);
  });
});

describe('the score', () => {
  it('takes a poor number for missing, and the good one before it for as long as it is live', () => {
    const score = () => home.hub.watch.scoreOf(slot);
    pass(5, () => spo2(80));
    expect(score()).toMatchObject({ score: 0 });
    expect(score().missing).toContain('spo2');
    pass(5, () => spo2(93, 'ok'));
    expect(score()).toMatchObject({ score: 2 });
    pass(15, () => spo2(80));
    expect(score()).toMatchObject({ score: 2 });
    expect(score().agesMs.spo2).toBe(15_000);
    pass(1, () => spo2(80));
    expect(score().missing).toContain('spo2');
    // Where the sensor is off nothing is known of the present.
    pass(5, () => spo2(93, 'ok'));
    pass(1, () => ({ kind: 'spo2', absent: 'sensor-off' }));
    expect(score().missing).toContain('spo2');
  });
});
