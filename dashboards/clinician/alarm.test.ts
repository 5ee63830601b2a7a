import { describe, expect, it } from 'vitest';
import { type Alarm, alarmed, alarmState, answeredWith, groupsOf, inOrder, unanswered } from './alarm.ts';
import { alarmWords } from './alarm-words.ts';
import { NO_CARE } from './care.ts';
import type { Patient } from './feed.ts';
import { NOW, PATIENT, wireSnapshot } from './feed-sample.ts';
import { parseFeed } from './parse/message.ts';
import { apply } from './state.ts';

const alarm = (over: Partial<Alarm>): Alarm => ({
  condition: 'heart-rate-very-high',
  group: over.condition ?? 'heart-rate-very-high',
  priority: 'high',
  presence: 'on',
  episode: 1,
  raised: NOW - 60_000,
  since: undefined,
  over: undefined,
  acknowledged: undefined,
  facts: { measure: 'heart-rate', limit: 150, unit: '/min', value: 172 },
  ...over,
});
const wire = { ...alarm({}), since: undefined, over: undefined, acknowledged: undefined };
const patient = (name: string, ...alarms: Alarm[]): Patient => ({
  id: name,
  name,
  slot: 1,
  devices: [],
  score: undefined,
  care: NO_CARE,
  recent: {},
  alarms,
});

describe('the order of alarms', () => {
  it('is what waits for somebody, then by priority, then by age', () => {
    const known = alarm({ presence: 'acknowledged', condition: 'a' });
    const low = alarm({ priority: 'low', condition: 'b', raised: NOW - 90_000 });
    const newer = alarm({ condition: 'c', raised: NOW - 1_000 });
    const older = alarm({ condition: 'd' });
    expect(inOrder([known, low, newer, older]).map(({ condition }) => condition)).toEqual([
      'd',
      'c',
      'b',
      'a',
    ]);
    const all = [patient('calm'), patient('low', low), patient('known', known), patient('high', low, older)];
    expect(alarmed(all).map(({ name }) => name)).toEqual(['high', 'low', 'known']);
  });
});

describe('what is over', () => {
  const over = (one: Partial<Alarm>): Alarm =>
    alarm({ presence: 'latched', over: NOW - 30_000, raised: NOW - 300_000, ...one });
  const holds = alarm({ condition: 'holds' });
  const medium = alarm({ condition: 'medium', priority: 'medium' });
  it('stands behind what holds and is as high, and before what is lower', () => {
    const names = inOrder([medium, over({ condition: 'over' }), holds]).map(({ condition }) => condition);
    expect(names).toEqual(['holds', 'over', 'medium']);
    expect(groupsOf([over({ group: 'pulse' }), { ...holds, group: 'pulse' }])[0]?.first.presence).toBe('on');
    const all = [patient('medium', medium), patient('over', over({})), patient('holds', holds)];
    expect(alarmed(all).map(({ name }) => name)).toEqual(['holds', 'over', 'medium']);
  });
});

describe('the words of an alarm', () => {
  it.each([
    [
      'heart-rate-very-high',
      { measure: 'heart-rate', limit: 150, value: 172 },
      'Heart rate above 150 /min: 172 when it began',
    ],
    [
      'body-temperature-high',
      { measure: 'body-temperature', limit: 39, value: 39.13 },
      'Body temperature above 39 °C: 39.13 when it began',
    ],
    ['spo2-low', { measure: 'spo2', limit: 91, value: 88 }, 'Oxygen saturation below 91 %: 88 when it began'],
    [
      'systolic-low',
      { measure: 'systolic', limit: 91, value: 84 },
      'Systolic pressure below 91 mmHg: 84 when it began',
    ],
    ['heart-rate-low', { measure: 'heart-rate', limit: 45 }, 'Heart rate below 45 /min'],
    ['news2-urgent', { score: 5, inputs: 4, of: 7 }, 'NEWS2 at least 5 when it began, from 4 of 7 inputs'],
    ['news2-emergency', { score: 9, inputs: 7, of: 7 }, 'NEWS2 9 when it began, from 7 of 7 inputs'],
    [
      'news2-extreme',
      { score: 3, inputs: 5, of: 7 },
      'NEWS2: one input alone scored 3 when it began (at least 3 in all)',
    ],
    ['asystole', { seconds: 5 }, 'No heartbeat in the ECG'],
    ['stale:heart-rate', { measure: 'heart-rate' }, 'Heart rate: no new number'],
    ['sensor-off:spo2', { measure: 'spo2' }, 'Oxygen saturation: sensor off'],
    ['silent:watch-1', { device: 'watch-1', heard: 'never', link: 'unknown' }, 'watch-1 was never heard'],
    [
      'silent:watch-1',
      { device: 'watch-1', heard: 'before', link: 'offline' },
      'watch-1 is silent, link lost',
    ],
    ['battery-low', { percent: 12 }, 'Battery low: 12 % when it began'],
    ['something-younger', {}, 'something-younger'],
  ])('%s', (condition, facts, words) => {
    expect(alarmWords({ condition, facts: facts as Alarm['facts'] })).toBe(words);
  });

  it.each([
    ['gap:watch-1', { device: 'watch-1', missing: 3 }, 'watch-1: 3 messages are missing'],
    ['gap:watch-1', { device: 'watch-1', missing: 1 }, 'watch-1: 1 message is missing'],
    ['link-lost:watch-1', { device: 'watch-1' }, 'watch-1: link lost'],
    [
      'clock-untrusted:w',
      { device: 'w', 'ahead-seconds': 180, steps: 0 },
      'w: its clock cannot be trusted, 3 min ahead',
    ],
    [
      'clock-untrusted:w',
      { device: 'w', 'ahead-seconds': -900, steps: 0 },
      'w: its clock cannot be trusted, 15 min behind',
    ],
    [
      'clock-untrusted:w',
      { device: 'w', 'ahead-seconds': 0, steps: 3 },
      'w: its clock cannot be trusted, it was set again and again',
    ],
    [
      'worsening:spo2',
      { measure: 'spo2', way: 'falling', hours: 4, from: 98, to: 93 },
      'Oxygen saturation falling over 4 h, from 98 to 93 when it began',
    ],
    [
      'worsening:news2',
      { measure: 'news2', way: 'rising', hours: 4, from: 0, to: 3 },
      'Worsening over 4 h: NEWS2 points of pulse, breathing and saturation',
    ],
  ] as const)('say %s', (condition, facts, words) => {
    expect(alarmWords({ condition, facts })).toBe(words);
  });

  it('say the number of the moment that is told, or none', () => {
    const both = (condition: string, facts: Alarm['facts']): string[] =>
      (['now', 'none'] as const).map((numbers) => alarmWords({ condition, facts }, numbers));
    const limit = { measure: 'heart-rate', limit: 150, value: 172 };
    expect([
      ...both('heart-rate-very-high', limit),
      ...both('ecg-bradycardia', { limit: 35, value: 31 }),
      ...both('news2-urgent', { score: 5, inputs: 4, of: 7 }),
      ...both('news2-extreme', { score: 3, inputs: 7, of: 7 }),
      ...both('asystole', { seconds: 5 }),
      ...both('battery-low', { percent: 12 }),
    ]).toEqual([
      'Heart rate 172 /min, above 150',
      'Heart rate above 150 /min',
      'ECG: heart rate 31 /min, below 35',
      'ECG: heart rate below 35 /min',
      'NEWS2 at least 5, from 4 of 7 inputs',
      'NEWS2 5 or more',
      'NEWS2: one input alone scores 3 (3 in all)',
      'NEWS2: one input alone scores 3',
      'No heartbeat in the ECG for 5 s',
      'No heartbeat in the ECG',
      'Battery 12 %',
      'Battery low',
    ]);
  });

  it('say for how long, who knows, and until when', () => {
    expect(alarmState(alarm({}), NOW)).toBe('for 60 s');
    expect(alarmState(alarm({ presence: 'latched', over: NOW - 5_000 }), NOW)).toBe(
      'has been over for 5 s, nobody has seen it',
    );
    const acknowledged = {
      by: 'Operator',
      at: NOW,
      why: 'With the patient',
      until: NOW + 600_000,
      snooze: false,
    };
    expect(alarmState(alarm({ presence: 'acknowledged', acknowledged }), NOW)).toBe(
      'Operator: With the patient, silent for 10 min more',
    );
    const snoozed = { ...acknowledged, snooze: true };
    expect(alarmState(alarm({ presence: 'acknowledged', acknowledged: snoozed }), NOW)).toBe(
      'Operator: With the patient, tells again in 10 min',
    );
  });
});

describe('alarms that say the same', () => {
  const group = 'heart-rate-above';
  const high = alarm({ condition: 'high', group, raised: NOW - 1_000 });
  const medium = alarm({ condition: 'medium', group, priority: 'medium' });
  const other = alarm({ condition: 'other', priority: 'low' });
  const by = { by: 'Operator', at: NOW, why: 'Known', until: NOW + 600_000, snooze: false };
  const known = (one: Alarm): Alarm => ({ ...one, presence: 'acknowledged', acknowledged: by });
  const shown = (...alarms: Alarm[]): string[] =>
    groupsOf(alarms).map(({ first, others }) =>
      [first, ...others].map(({ condition, presence }) => `${condition} ${presence}`).join(' < '),
    );

  it('are shown as one, the highest first, and answered together', () => {
    expect(shown(medium, other, high)).toEqual(['high on < medium on', 'other on']);
    expect(answeredWith(high, [medium, other, high])).toEqual([high, medium]);
    expect(answeredWith(high, [known(medium), other, high])).toEqual([high]);
  });
  it('wait for nobody where somebody knows of the higher one, and are listed inside it', () => {
    expect(shown(medium, other, known(high))).toEqual(['other on', 'high acknowledged < medium on']);
  });
  it('never hide the higher one behind a lower that somebody knows of', () => {
    expect(shown(known(medium), other, high)).toEqual(['high on < medium acknowledged', 'other on']);
    expect(shown({ ...high, presence: 'latched', over: NOW }, known(medium))).toEqual([
      'high latched < medium acknowledged',
    ]);
  });
  it('wait again as soon as the one that covered them is gone', () => {
    expect(shown(medium, other)).toEqual(['medium on', 'other on']);
  });
  it('leave nobody out', () => {
    const all = [high, medium, other, known(alarm({ condition: 'x', group }))];
    expect(groupsOf(all).flatMap(({ first, others }) => [first, ...others])).toHaveLength(all.length);
  });
});

describe('the escalation clock', () => {
  it('runs while nobody has answered, and is heavier when somebody should long have come', () => {
    expect(unanswered(alarm({ priority: 'high', raised: NOW - 59_000 }), NOW)).toEqual({
      ms: 59_000,
      late: false,
    });
    expect(unanswered(alarm({ priority: 'high', raised: NOW - 60_000 }), NOW)?.late).toBe(true);
    expect(unanswered(alarm({ priority: 'medium', raised: NOW - 60_000 }), NOW)?.late).toBe(false);
    expect(unanswered(alarm({ presence: 'latched', over: NOW }), NOW)?.ms).toBe(60_000);
    expect(unanswered(alarm({ presence: 'acknowledged' }), NOW)).toBe(undefined);
  });
  it('begins anew when an answer has ended', () => {
    const again = { raised: NOW - 540_000, since: NOW - 20_000 };
    expect(unanswered(alarm(again), NOW)).toEqual({ ms: 20_000, late: false });
    expect(unanswered(alarm({ ...again, presence: 'latched', over: NOW }), NOW)?.ms).toBe(20_000);
  });
});

describe('alarms on the feed', () => {
  const begun = () => {
    const parsed = parseFeed(JSON.stringify(wireSnapshot()));
    if (parsed.kind !== 'message') throw new Error(parsed.why);
    const applied = apply(undefined, parsed.message);
    if (applied.kind !== 'world') throw new Error('no world');
    return applied.world;
  };
  const message = (alarms: unknown) =>
    parseFeed(JSON.stringify({ type: 'alarms', feed: 101, now: NOW, patient: PATIENT, alarms }));

  it('take the place of those before', () => {
    const parsed = message([{ ...wire, since: NOW - 5 }]);
    if (parsed.kind !== 'message') throw new Error(parsed.why);
    const applied = apply(begun(), parsed.message);
    expect(applied).toMatchObject({
      world: { patients: [{ alarms: [{ condition: 'heart-rate-very-high', since: NOW - 5 }] }] },
    });
  });

  it.each([
    [{ ...wire, priority: 'urgent' }],
    [{ ...wire, presence: 'off' }],
    [{ ...wire, raised: -1 }],
    [{ ...wire, since: 'then' }],
    [{ ...wire, facts: { value: { toString: 1 } } }],
    [{ ...wire, facts: undefined }],
    [{ ...wire, acknowledged: { by: 'x' } }],
  ])('in another form are refused whole: %#', (one) => {
    expect(message([one]).kind).toBe('malformed');
  });
});
