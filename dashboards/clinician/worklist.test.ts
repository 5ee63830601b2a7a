import { describe, expect, it } from 'vitest';
import type { Alarm } from './alarm.ts';
import { NO_CARE } from './care.ts';
import type { Patient } from './feed.ts';
import { heartRate, NOW } from './feed-sample.ts';
import type { Score } from './score.ts';
import { Trails } from './trails.ts';
import { isShown, keepOrder, rowOf, sealOf, sortRows, weakestBattery } from './worklist.ts';

const alarm = (priority: Alarm['priority'], presence: Alarm['presence'] = 'on', by = 'Dr Lind'): Alarm => ({
  condition: `${priority}-${presence}`,
  group: `${priority}-${presence}`,
  priority,
  presence,
  episode: 1,
  raised: NOW,
  since: undefined,
  over: undefined,
  acknowledged:
    presence === 'acknowledged' ? { by, at: NOW, why: 'Known', until: undefined, snooze: false } : undefined,
  facts: {},
});
const score = (pulse: number | undefined): Score => ({
  score: pulse ?? 0,
  most: 20,
  scale: 1,
  inputs: { pulse: { at: NOW, points: pulse } },
});
const patient = (name: string, over: Partial<Patient> = {}): Patient => ({
  id: name.toLowerCase(),
  name,
  slot: 1,
  devices: [],
  alarms: [],
  score: undefined,
  care: NO_CARE,
  recent: {},
  ...over,
});
const row = (one: Patient, trails = new Trails()) => rowOf(one, trails, NOW);
const order = (...patients: Patient[]): string[] =>
  sortRows(patients.map((one) => row(one))).map((each) => each.patient.name);

describe('the order of the list', () => {
  it('is what waits by priority, then the score, then what is stale, then the name', () => {
    const stale = { recent: { 'heart-rate': [heartRate('1.1.0', NOW - 600_000)] } };
    expect(
      order(
        patient('Zoe'),
        patient('Ann'),
        patient('Stale', stale),
        patient('Zero', { score: score(0) }),
        patient('Two', { score: score(2) }),
        patient('Known', { score: score(3), alarms: [alarm('high', 'acknowledged')] }),
        patient('Low', { alarms: [alarm('low')] }),
        patient('High', { alarms: [alarm('low'), alarm('high')] }),
        patient('Over', { score: score(3), alarms: [alarm('medium', 'latched')] }),
        patient('Holds', { alarms: [alarm('medium', 'latched'), alarm('medium')] }),
        patient('Was high', { alarms: [alarm('medium'), alarm('high', 'latched')] }),
      ),
    ).toEqual(['High', 'Was high', 'Holds', 'Over', 'Low', 'Known', 'Two', 'Zero', 'Stale', 'Ann', 'Zoe']);
  });

  it('puts those who get worse before those who stay as they are', () => {
    const trails = new Trails();
    const tell = (pulse: number, now: number): void =>
      trails.take({
        type: 'scores',
        feed: 1,
        now,
        scores: [
          { patient: 'worse', score: score(pulse) },
          { patient: 'same', score: score(2) },
          { patient: 'better', score: score(pulse === 1 ? 3 : 2) },
        ],
      });
    tell(1, NOW - 1_200_000);
    tell(2, NOW);
    const rows = ['Better', 'Same', 'Worse'].map((name) => row(patient(name, { score: score(2) }), trails));
    expect(sortRows(rows).map((each) => each.patient.name)).toEqual(['Worse', 'Same', 'Better']);
    expect(rows[0]?.direction).toEqual({ way: 'falling', overMs: 1_200_000 });
  });

  it('stays while it is held: those who go are gone, those who come are last', () => {
    expect(keepOrder(['a', 'b', 'c'], ['c', 'a', 'b'], false)).toEqual({
      order: ['c', 'a', 'b'],
      moved: false,
    });
    expect(keepOrder(['a', 'b', 'c'], ['d', 'c', 'a'], true)).toEqual({
      order: ['a', 'c', 'd'],
      moved: true,
    });
    expect(keepOrder(['a', 'b'], ['a', 'b', 'c'], true)).toEqual({ order: ['a', 'b', 'c'], moved: false });
  });
});

describe('the filters', () => {
  it('find a name by its letters, without accents and capitals', () => {
    const tomas = row(patient('Tomás Ó Súilleabháin'));
    expect(isShown(tomas, ' SUIL', 'all', 'me')).toBe(true);
    expect(isShown(tomas, 'Suli', 'all', 'me')).toBe(false);
  });

  it('show mine by the acknowledgement’s name, and an alarm also when somebody knows', () => {
    const known = row(patient('Ann', { alarms: [alarm('low'), alarm('high', 'acknowledged', 'me')] }));
    expect(isShown(known, '', 'mine', 'me')).toBe(true);
    expect(isShown(known, '', 'mine', 'you')).toBe(false);
    expect(isShown(known, '', 'alarms', 'you')).toBe(true);
    expect(isShown(known, '', 'stale', 'you')).toBe(false);
  });
});

describe('the seal', () => {
  const measured = patient('Ann', {
    recent: { 'heart-rate': [heartRate('56.1.0', NOW - 9_000), heartRate('57.1.0', NOW)] },
  });
  it('is that of the newest reading, or says that it waits and which was the last', () => {
    expect(sealOf(measured, 57)).toEqual({ sealed: 57, waits: false });
    expect(sealOf(measured, 56)).toEqual({ sealed: 56, waits: true });
    expect(sealOf(measured, undefined)).toEqual({ sealed: undefined, waits: true });
    expect(sealOf(patient('Ben'), 57)).toBe(undefined);
  });
});

describe('the battery', () => {
  it('is the weakest of those that are worn, by each one’s last word', () => {
    const percent = (id: string, device: string, value: number) =>
      heartRate(id, NOW, { device, measurement: { kind: 'battery', value } });
    const devices = ['watch-1', 'cuff-1'].map((id) => ({
      id,
      label: id,
      origin: 'wearable' as const,
      link: 'online' as const,
      lastReceived: NOW,
    }));
    const battery = [
      percent('1.1.0', 'watch-1', 9),
      percent('1.1.1', 'cuff-1', 60),
      percent('1.1.2', 'watch-1', 95),
      percent('1.1.3', 'gone-1', 2),
    ];
    expect(weakestBattery(patient('Ann', { devices, recent: { battery } }))).toBe(60);
    expect(weakestBattery(patient('Ann', { devices }))).toBe(undefined);
  });
});
