// True alarms of the heart and false ones, after the classes of the PhysioNet/CinC Challenge 2015, from one seed, through
// the hub's own alarms: a true one is raised within 10 s, a false one is held back or technical.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlarmCase, alarmCases, type DeviceStream, isMessage } from '@heartwood/device-sim';
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

/** Of a device's messages those that arrive, until the link goes away. */
function* arriving(
  stream: DeviceStream,
  { lost = Number.POSITIVE_INFINITY, untilMs = START + 90_000 },
): DeviceStream {
  let message = 0;
  for (const delivery of stream) {
    if (delivery.sendAtMs > untilMs) return;
    if (!isMessage(delivery) || message++ % lost !== lost - 1) yield delivery;
  }
}

describe('a link', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-links-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const cases = alarmCases('one', START).filter(({ truly }) => truly);
  const high = ({ told }: AlarmBedside, name: string) =>
    told.filter(({ patient, priority }) => patient === name && priority === 'high');

  it.each([4, 5, 6, 8])('that loses each message of %i makes no racing heart silent', async (lost) => {
    const bedside = new AlarmBedside(join(folder, `lost-${lost}`), START);
    const racing = cases.filter(({ of }) => of === 'tachycardia');
    for (const [i, one] of racing.entries()) {
      await bedside.wear(one.name, `strap-${i}`, arriving(one.ecg, { lost }));
      await bedside.wear(one.name, `oximeter-${i}`, arriving(one.pleth, { lost }));
    }
    bedside.run(START + 90_000);
    bedside.close();
    for (const { name, event } of racing) {
      const [first] = high(bedside, name);
      expect(first, name).toMatchObject({ change: 'raised' });
      expect(first!.atMs - event.fromMs, name).toBeLessThanOrEqual(20_000);
    }
  });

  it('that goes away ends no heart that stands still', async () => {
    const bedside = new AlarmBedside(join(folder, 'gone'), START);
    const standing = cases.filter(({ of }) => of === 'asystole');
    for (const [i, { name, ecg, pleth, event }] of standing.entries()) {
      const untilMs = event.fromMs + 12_000;
      await bedside.wear(name, `strap-${i}`, arriving(ecg, { untilMs }));
      await bedside.wear(name, `oximeter-${i}`, arriving(pleth, { untilMs }));
    }
    bedside.run(START + 150_000);
    bedside.close();
    for (const { name } of standing)
      expect(high(bedside, name), name).toMatchObject([{ condition: 'asystole', change: 'raised' }]);
  });
});
