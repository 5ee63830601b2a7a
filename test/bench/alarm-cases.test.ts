// True alarms of the heart and false ones, after the classes of the PhysioNet/CinC Challenge 2015, from one seed, through
// the hub's own alarms: a true one is raised within 10 s, a false one is held back or technical.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlarmCase, alarmCases } from '@heartwood/device-sim';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlarmBedside } from './alarm-bedside.ts';

const START = Date.UTC(2026, 10, 21, 13);
const SEEDS = ['one', 'two', 'three'];
const RAISED: Readonly<Record<AlarmCase['of'], readonly string[]>> = {
  asystole: ['asystole'],
  tachycardia: ['ecg-tachycardia'],
  bradycardia: ['ecg-bradycardia'],
  'ventricular-fibrillation': ['pulse-lost', 'asystole', 'ecg-tachycardia'],
};
/** Five beats at 29 /min take 10 s by themselves: the definition's own time is added. */
const WITHIN_MS = {
  asystole: 10_000,
  tachycardia: 10_000,
  bradycardia: 14_000,
  'ventricular-fibrillation': 10_000,
};

describe.each(SEEDS)('cases of the seed %s', (seed) => {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-cases-'));
  const cases = alarmCases(seed, START);
  let bedside: AlarmBedside;
  beforeAll(async () => {
    bedside = new AlarmBedside(join(folder, 'data'), START);
    for (const [i, one] of cases.entries()) {
      await bedside.wear(one.name, `strap-${i}`, one.ecg);
      await bedside.wear(one.name, `oximeter-${i}`, one.pleth);
    }
    bedside.run(START + 90_000);
  });
  afterAll(() => {
    bedside.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const raised = (name: string) =>
    bedside.told.filter(({ patient, change }) => patient === name && change === 'raised');
  const high = (name: string) => raised(name).filter(({ priority }) => priority === 'high');

  it.each(cases.filter(({ truly }) => truly))('$name: raised in time', ({ name, of, event }) => {
    const first = high(name).find(({ condition }) => RAISED[of].includes(condition));
    expect(first, JSON.stringify(raised(name))).toBeDefined();
    expect(first!.atMs).toBeGreaterThan(event.fromMs);
    expect(first!.atMs - event.fromMs).toBeLessThanOrEqual(WITHIN_MS[of]);
  });

  it.each(cases.filter(({ truly }) => !truly))('$name: nothing high', ({ name }) => {
    expect(high(name)).toEqual([]);
  });
});
