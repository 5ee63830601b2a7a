// Histories from real segments: every number, and stretches; what waits, what is in memory, what is in the summaries.
import type { Message } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCalls } from '../hub/calls.ts';
import { HOUR_MS, MINUTE_MS } from '../store/hour-summary.ts';
import { AT, Home, message } from '../testing.ts';
import { fsck } from './fsck.ts';
import { historyJson, readAll, readStretches } from './history.ts';

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
  await home.enroll('Ada', 'strap-1');
});
afterEach(() => home.remove());

const HEART_RATE = 4;
let seq = 0;
const beat = (value: number, at: number): Message => message(seq++, { kind: 'heart-rate', value }, at);

/** A number every 30 s, three in a batch; batches are summarised as the hub's thread does it. */
async function measure(minutes: number, value: (n: number) => number): Promise<void> {
  for (let n = 0; n < 2 * minutes; n++) {
    home.nowMs += 30_000;
    home.send('strap-1', beat(value(n), home.nowMs - 100));
    if (n % 3 !== 2) continue;
    home.hub.closeBatch();
    await home.hub.anchor();
    home.hub.summaries.step();
  }
}

const asked = (from: number, to: number) => ({ slot: 1, series: HEART_RATE, from, to });
/** What is stored, without the hub that runs. */
function looked<T>(look: (vault: ReturnType<Home['look']>) => T): T {
  const vault = home.look();
  try {
    return look(vault);
  } finally {
    vault.close();
  }
}
const rowsOf = (): number =>
  looked((vault) => (vault.db.prepare('SELECT count(*) AS n FROM summary').get() as { n: number }).n);
const checked = (): readonly unknown[] => looked((vault) => fsck(vault, () => undefined).problems);

describe('a history', () => {
  it('has minimum, mean and maximum of each minute, and every number', async () => {
    await measure(150, (n) => 60 + (n % 4));
    expect(rowsOf()).toBeGreaterThanOrEqual(2);
    const { vault, summaries } = home.hub;
    const whole = asked(AT, AT + 150 * MINUTE_MS);
    const stretches = readStretches(vault, whole, 1000, summaries);
    expect(stretches.widthMs).toBe(MINUTE_MS);
    expect(stretches.count.reduce((a, b) => a + b)).toBe(300);
    // From 13:00:29.9 on every 30 s: two in each minute.
    expect([...stretches.time.slice(0, 2)]).toEqual([AT, AT + MINUTE_MS]);
    expect([stretches.min[0], stretches.mean[0], stretches.max[0]]).toEqual([60, 60.5, 61]);
    expect([stretches.min[1], stretches.mean[1], stretches.max[1]]).toEqual([62, 62.5, 63]);
    const all = readAll(vault, whole, summaries);
    expect(all.time).toHaveLength(300);
    expect([all.time[0], all.value[0], all.value[3]]).toEqual([AT + 29_900, 60, 63]);
    const part = readAll(vault, asked(AT + 29_900, AT + 59_900), summaries);
    expect([...part.value]).toEqual([60]);
    expect(checked()).toEqual([]);
  });

  it('is the same after a restart, and from the rows alone', async () => {
    await measure(150, (n) => 60 + (n % 40));
    const whole = asked(AT, AT + 150 * MINUTE_MS);
    const before = readStretches(home.hub.vault, whole, 7, home.hub.summaries);
    home.crash();
    expect(looked((vault) => readStretches(vault, whole, 7))).toEqual(before);
    await home.start();
    expect(readStretches(home.hub.vault, whole, 7, home.hub.summaries)).toEqual(before);
    expect(before.widthMs).toBe(22 * MINUTE_MS);
  });

  it('shows at once what no batch holds yet', () => {
    home.send('strap-1', beat(71, AT - 100));
    const { vault, summaries } = home.hub;
    const hour = asked(AT - HOUR_MS, AT + HOUR_MS);
    expect([...readAll(vault, hour, summaries).value]).toEqual([71]);
    expect([...readStretches(vault, hour, 10, summaries).mean]).toEqual([71]);
  });

  it('has a gap where nothing was measured, and none of the absent', async () => {
    await measure(3, () => 60);
    home.nowMs += 10 * MINUTE_MS;
    home.send('strap-1', message(seq++, { kind: 'heart-rate', absent: 'sensor-off' }, home.nowMs));
    await measure(3, () => 80);
    const { vault, summaries } = home.hub;
    const { time, min } = readStretches(vault, asked(AT, home.nowMs), 1000, summaries);
    expect(time).toHaveLength(6);
    expect(Math.min(...min)).toBe(60);
  });

  it('shows what came late where it was measured', async () => {
    await measure(70, () => 60);
    home.nowMs += 3 * HOUR_MS;
    home.send('strap-1', beat(99, AT + 10 * MINUTE_MS));
    await measure(70, () => 61);
    const { vault, summaries } = home.hub;
    const hour = asked(AT, AT + HOUR_MS);
    expect([...readAll(vault, hour, summaries).value].filter((value) => value === 99)).toHaveLength(1);
    expect(Math.max(...readStretches(vault, hour, 100, summaries).max)).toBe(99);
    expect(checked()).toEqual([]);
  });

  it('is made anew where there are no summaries', async () => {
    await measure(90, (n) => 60 + (n % 9));
    const whole = asked(AT, AT + 90 * MINUTE_MS);
    const before = readStretches(home.hub.vault, whole, 20, home.hub.summaries);
    home.crash();
    const vault = home.look('write');
    vault.db.exec("DROP TABLE summary; DELETE FROM meta WHERE name = 'summarised'");
    vault.close();
    await home.start();
    expect(readStretches(home.hub.vault, whole, 20, home.hub.summaries)).toEqual(before);
    expect(checked()).toEqual([]);
  });

  it('of blood pressure has a line for each pressure', () => {
    home.send('strap-1', message(seq++, { kind: 'blood-pressure', systolic: 121, diastolic: 79 }, AT - 5));
    const { vault, summaries } = home.hub;
    const text = historyJson(
      vault,
      { slot: 1, kind: 'blood-pressure', from: AT - HOUR_MS, to: AT, points: 10 },
      summaries,
    );
    expect(JSON.parse(text).series).toEqual({
      systolic: { devices: ['strap-1'], every: [[AT - 5, 121]] },
      diastolic: { devices: ['strap-1'], every: [[AT - 5, 79]] },
      mean: { devices: [], every: [] },
    });
  });

  it('says which device measured each number, where there are several, and keeps their stretches apart', async () => {
    await home.enroll('Ada', 'clip-2');
    for (let n = 0; n < 4; n++) {
      home.nowMs = AT + n * 30_000;
      home.send('strap-1', beat(60 + n, home.nowMs));
      home.send('clip-2', beat(90 + n, home.nowMs));
      if (n === 1) home.hub.closeBatch();
    }
    const { vault, summaries } = home.hub;
    const asks = (points: number): Record<string, unknown> =>
      JSON.parse(
        historyJson(vault, { slot: 1, kind: 'heart-rate', from: AT, to: AT + HOUR_MS, points }, summaries),
      ).series.value;
    const { devices, every } = asks(100) as { devices: string[]; every: number[][] };
    expect(devices.toSorted()).toEqual(['clip-2', 'strap-1']);
    const of = (device: string, rows: number[][]): number[][] =>
      rows.filter((row) => devices[row.at(-1) as number] === device).map((row) => row.slice(0, -1));
    expect(of('strap-1', every).map(([, value]) => value)).toEqual([60, 61, 62, 63]);
    expect(of('clip-2', every).map(([, value]) => value)).toEqual([90, 91, 92, 93]);
    const { widthMs, stretches } = asks(4) as { widthMs: number; stretches: number[][] };
    expect(widthMs).toBe(30 * MINUTE_MS);
    expect(of('strap-1', stretches)).toEqual([[AT, 4, 60, 61.5, 63]]);
    expect(of('clip-2', stretches)).toEqual([[AT, 4, 90, 91.5, 93]]);
  });

  it('is for those who may see the patient, of kinds with numbers', () => {
    const calls = hubCalls(home.hub);
    const patient = calls.snapshot()[0]?.id as string;
    const range = { kind: 'heart-rate', from: AT - HOUR_MS, to: AT, points: 10 };
    expect(() => calls.history({ role: 'clinician', patients: [2] }, patient, range)).toThrow(
      'no such patient',
    );
    expect(() => calls.history({ role: 'auditor', patients: 'all' }, patient, range)).toThrow(
      'no such patient',
    );
    expect(() =>
      calls.history({ role: 'patient', patients: [1] }, patient, { ...range, kind: 'ecg' }),
    ).toThrow('no history');
    expect(JSON.parse(calls.history({ role: 'patient', patients: [1] }, patient, range))).toMatchObject({
      series: { value: { every: [] } },
    });
  });
});

describe('fsck', () => {
  it('finds a summary that is missing, and one that was put back older', async () => {
    await measure(70, () => 60);
    const old = looked((vault) => vault.db.prepare('SELECT * FROM summary').all()) as {
      id: number;
      epoch: number;
      sealed: Buffer;
    }[];
    home.nowMs += HOUR_MS;
    home.send('strap-1', beat(99, AT + 10 * MINUTE_MS));
    await measure(70, () => 61);
    expect(checked()).toEqual([]);
    const one = old[0] as (typeof old)[number];
    home.hub.vault.db.prepare('UPDATE summary SET sealed = ? WHERE id = ?').run(one.sealed, one.id);
    expect(checked()).toHaveLength(1);
    home.hub.vault.db.prepare('DELETE FROM summary WHERE id = ?').run(one.id);
    expect(checked()).toHaveLength(1);
  });
});
