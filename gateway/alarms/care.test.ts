// What people set and see of a patient, over a real store: sealed, an event of the hub each, there after a stop without
// warning, and in force at the next look.

import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent, type HubEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chart } from '../hub/chart.ts';
import { decodeEntries } from '../store/entry-list.ts';
import { Home, heartRate } from '../testing.ts';
import type { Charting } from './charting.ts';
import type { LimitAsked } from './limit-change.ts';

let home: Home;
let slot: number;
beforeEach(async () => {
  home = new Home();
  await home.start();
  slot = await home.enroll('Ada', 'strap-1', home.nowMs);
});
afterEach(() => home.remove());

const who = (by = 'Dr Vale') => ({ by, person: 3, atMs: home.nowMs });
const setLimit = (condition: string, asked: LimitAsked) =>
  home.hub.watch.care.setLimit(slot, condition, asked, who());
const events = (): HubEvent[] => {
  const { store } = home.hub.vault;
  return store.stagedOf(HUB_SLOT).flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent));
};
const last = (name: string): HubEvent | undefined => events().findLast((event) => event.name === name);
const restart = async (): Promise<void> => {
  home.crash();
  await home.start();
};

let seq = 0;
/** A rate each second, and a look after each. */
function pass(seconds: number, value: number): string[] {
  const told: string[] = [];
  for (let second = 0; second < seconds; second += 1) {
    home.nowMs += 1000;
    home.send('strap-1', heartRate(++seq, value, home.nowMs));
    for (const { condition, change } of home.hub.watch.look()) told.push(`${condition} ${change}`);
  }
  return told.filter((line) => line.startsWith('heart-rate'));
}

describe('a patient’s own limit', () => {
  it('is an event that says who, when, what it was, what it is, and why', () => {
    setLimit('heart-rate-very-high', { kind: 'set', limit: 170, why: 'exercise test' });
    expect(last('limit-changed')).toMatchObject({
      at: home.nowMs,
      detail: {
        slot,
        change: 1,
        by: 'Dr Vale',
        person: 3,
        condition: 'heart-rate-very-high',
        old: '150 /min after 6 s, the default',
        new: '170 /min after 6 s',
        why: 'exercise test',
      },
    });
  });
  it('holds at the next look, and over a stop without warning', async () => {
    setLimit('heart-rate-very-high', { kind: 'set', limit: 170, why: 'exercise test' });
    setLimit('heart-rate-high', { kind: 'off', why: 'exercise test' });
    expect(pass(10, 160)).toEqual([]);
    await restart();
    expect(home.hub.watch.care.of(slot).changes).toBe(2);
    expect(pass(40, 160)).toEqual([]);
    setLimit('heart-rate-very-high', { kind: 'default', why: 'test is over' });
    expect(pass(10, 160)).toEqual(['heart-rate-very-high raised']);
  });
  it('that is off for a while holds again by itself', () => {
    setLimit('heart-rate-very-high', { kind: 'off', minutes: 1, why: 'exercise test' });
    setLimit('heart-rate-high', { kind: 'off', why: 'exercise test' });
    expect(pass(59, 160)).toEqual([]);
    expect(pass(10, 160)).toEqual(['heart-rate-very-high raised']);
  });
  it('has not changed where it could not be written', () => {
    const { vault } = home.hub;
    const { recordEvent } = vault;
    vault.recordEvent = () => {
      throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
    };
    expect(() => setLimit('heart-rate-high', { kind: 'off', why: 'x' })).toThrow('disk full');
    vault.recordEvent = recordEvent;
    expect(home.hub.watch.care.of(slot)).toMatchObject({ changes: 0, limits: {} });
  });
});

describe('a chart', () => {
  const note = (seen: Parameters<typeof chart>[2]) => chart(home.hub, slot, seen, who('Nurse Okafor'));

  it('counts in the score, with who saw it, and is there after a stop without warning', async () => {
    note({ oxygenLitres: 2, consciousness: 'confusion', vitals: [] });
    expect(home.hub.watch.scoreOf(slot)).toMatchObject({ score: 5, points: { oxygen: 2, consciousness: 3 } });
    expect(last('chart-noted')?.detail).toMatchObject({
      by: 'Nurse Okafor',
      'oxygen-litres': 2,
      consciousness: 'confusion',
    });
    await restart();
    expect(home.hub.watch.scoreOf(slot)).toMatchObject({ score: 5 });
    note({ oxygenLitres: 0, consciousness: 'alert', vitals: [] });
    expect(home.hub.watch.scoreOf(slot)).toMatchObject({ score: 0, points: { oxygen: 0, consciousness: 0 } });
  });
  it('of numbers is readings of a person, provable, in one commit with the event that names them', async () => {
    const stored = note({
      vitals: [
        { kind: 'respiratory-rate', value: 22 },
        { kind: 'blood-pressure', systolic: 98, diastolic: 60 },
      ],
    });
    expect(stored.map(({ kept }) => [kept.origin, kept.measurement.kind])).toEqual([
      ['person', 'respiratory-rate'],
      ['person', 'blood-pressure'],
    ]);
    expect(last('chart-noted')?.detail).toMatchObject({ readings: 'respiratory-rate blood-pressure' });
    expect(home.hub.watch.scoreOf(slot)).toMatchObject({ score: 4 });
    const batch = await home.interval();
    expect(home.hub.vault.store.segment(batch, slot)).toBeDefined();
    await restart();
    expect(home.hub.watch.scoreOf(slot)).toMatchObject({ score: 4 });
    // A second chart is another message of the same hand.
    expect(note({ vitals: [{ kind: 'respiratory-rate', value: 16 }] })).toHaveLength(1);
    expect(home.hub.watch.scoreOf(slot)).toMatchObject({ score: 2 });
  });
  it('counts for an hour, and nobody is missed for not charting again', () => {
    note({ vitals: [{ kind: 'respiratory-rate', value: 22 }] });
    const told: string[] = [];
    for (let minute = 0; minute < 60; minute += 1) {
      home.nowMs += 60_000;
      home.send('strap-1', heartRate(++seq, 70, home.nowMs));
      for (const { condition } of home.hub.watch.look()) told.push(condition);
    }
    expect(home.hub.watch.scoreOf(slot).points.respiratoryRate).toBe(2);
    home.nowMs += 2000;
    expect(home.hub.watch.scoreOf(slot).points.respiratoryRate).toBeUndefined();
    expect(told.filter((one) => /respiratory|chart/.test(one))).toEqual([]);
  });
  it('gives way to a device that measures the same later, and counts when that one stops', () => {
    note({ vitals: [{ kind: 'heart-rate', value: 115 }] });
    expect(home.hub.watch.scoreOf(slot).points.pulse).toBe(2);
    home.nowMs += 1000;
    home.send('strap-1', heartRate(++seq, 70, home.nowMs));
    expect(home.hub.watch.scoreOf(slot).points.pulse).toBe(0);
    home.nowMs += 6 * 60_000;
    expect(home.hub.watch.scoreOf(slot).points.pulse).toBe(2);
  });
  describe('of what was seen before', () => {
    const HOUR = 3_600_000;
    const seen = (hoursAgo: number, charted: Partial<Charting>) =>
      note({ vitals: [], ...charted, atMs: home.nowMs - hoursAgo * HOUR });
    const pressure = (systolic: number): Partial<Charting> => ({
      vitals: [{ kind: 'blood-pressure', systolic }],
    });
    const points = () => home.hub.watch.scoreOf(slot).points;

    it('is as old as that, and its event and its reading have both times', () => {
      const [stored] = seen(3, { ...pressure(95), consciousness: 'alert' });
      const at = home.nowMs - 3 * HOUR;
      expect(stored?.kept).toMatchObject({ at, received: home.nowMs, origin: 'person' });
      expect(last('chart-noted')).toMatchObject({ at: home.nowMs, detail: { seen: at } });
      const { agesMs } = home.hub.watch.scoreOf(slot);
      expect([agesMs.systolic, agesMs.consciousness]).toEqual([3 * HOUR, 3 * HOUR]);
      expect(points().systolic).toBe(2);
      home.nowMs += 9 * HOUR + 1000;
      expect(points().systolic).toBeUndefined();
      expect(points().consciousness).toBeUndefined();
    });
    it('says nothing where something was seen later, also over a restart', async () => {
      note({ vitals: [], ...pressure(130), consciousness: 'alert', oxygenLitres: 0 });
      seen(2, { ...pressure(80), consciousness: 'pain', oxygenLitres: 4 });
      expect(points()).toMatchObject({ systolic: 0, consciousness: 0, oxygen: 0 });
      await home.interval();
      await restart();
      expect(points()).toMatchObject({ systolic: 0, consciousness: 0, oxygen: 0 });
      expect(home.hub.watch.look().map(({ condition }) => condition)).not.toContain('systolic-low');
      // What is newer still counts.
      seen(0.1, { consciousness: 'voice' });
      expect(points().consciousness).toBe(0);
      note({ consciousness: 'voice', vitals: [] });
      expect(points().consciousness).toBe(3);
    });
    it('is refused where nobody can have seen it, and where it is too long ago', () => {
      const before = home.hub.watch.care.of(slot);
      expect(() => seen(-0.001, pressure(95))).toThrow(/in the future/);
      expect(() => seen(24.001, { consciousness: 'alert' })).toThrow(/last 24 hours/);
      expect(home.hub.watch.care.of(slot)).toEqual(before);
      expect(seen(24, pressure(95))).toHaveLength(1);
    });
  });
  it('raises what its numbers reach', () => {
    note({ vitals: [{ kind: 'blood-pressure', systolic: 85 }] });
    expect(home.hub.watch.look().map(({ condition }) => condition)).toContain('systolic-low');
  });
});

describe('scale 2', () => {
  it('holds by an order with a name, from then on and over a restart, until it is taken back', async () => {
    chart(home.hub, slot, { oxygenLitres: 2, vitals: [{ kind: 'spo2', value: 97 }] }, who('Nurse Okafor'));
    expect(home.hub.watch.scoreOf(slot)).toMatchObject({ scale: 1, points: { spo2: 0 } });
    home.hub.watch.care.orderScale(slot, 2, 'COPD, target 88 to 92 %', who());
    expect(home.hub.watch.scoreOf(slot)).toMatchObject({ scale: 2, points: { spo2: 3 } });
    expect(last('order-given')?.detail).toMatchObject({
      order: 'spo2-scale',
      old: 1,
      new: 2,
      by: 'Dr Vale',
      why: 'COPD, target 88 to 92 %',
    });
    await restart();
    expect(home.hub.watch.scoreOf(slot).scale).toBe(2);
    home.hub.watch.care.orderScale(slot, 1, 'not hypercapnic', who());
    expect(home.hub.watch.scoreOf(slot).scale).toBe(1);
    expect(last('order-given')?.detail).toMatchObject({ old: 2, new: 1 });
  });
});
