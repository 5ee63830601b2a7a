// Range proofs of a small home, made and checked, and bent in every way that an owner could think of.

import { verifyRange } from '@heartwood/anchor';
import { NODE_PRIMITIVES } from '@heartwood/anchor/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT, Home, heartRate } from '../testing.ts';
import { proofSource } from './proof-source.ts';
import { proveRange } from './prove-range.ts';

let home: Home;
let policy: string;
let ada: number;
let bea: number;
const DAY_MS = 86_400_000;
/** Midnight after the home's clock began. */
const MIDNIGHT = Date.UTC(2026, 10, 22);

async function prove(slot: number, fromMs?: number, toMs?: number): Promise<string> {
  const running = home.running;
  if (running === undefined) throw new Error('not started');
  const lines = await proveRange(running.hub.vault, proofSource(running.ledger), { slot, fromMs, toMs });
  return [...lines].join('');
}
const verify = (text: string, asked: { fromMs?: number; toMs?: number } = {}) =>
  verifyRange(text, policy, { ...NODE_PRIMITIVES, ...asked });

/** Ada from batch 0 on; Bea from batch 4 on. Ada: 3, 0, 1, 0, 2, 0 … readings. Midnight comes after batch 8. */
beforeAll(async () => {
  home = new Home();
  const { hub } = await home.start();
  policy = hub.policy;
  ada = await home.enroll('Ada', 'strap-1');
  home.send('strap-1', heartRate(0, 70), heartRate(1, 71), heartRate(2, 72));
  await home.interval();
  await home.interval();
  home.send('strap-1', heartRate(3, 73));
  await home.interval();
  bea = await home.enroll('Bea', 'strap-2');
  await home.interval();
  home.send('strap-1', heartRate(4, 73), heartRate(5, 73));
  home.send('strap-2', heartRate(0, 90));
  await home.interval();
  for (let n = 0; n < 3; n++) await home.interval();
  await home.interval(MIDNIGHT - home.nowMs);
  for (let n = 0; n < 3; n++) await home.interval();
});
afterAll(() => home.remove());

describe('a range that holds', () => {
  it('says for a patient how many readings each batch has, and that the others were empty', async () => {
    const heard: [number, number][] = [];
    const text = await prove(ada);
    const verdict = verifyRange(text, policy, {
      ...NODE_PRIMITIVES,
      onBatch: ({ sequence, count }) => heard.push([sequence, count]),
    });
    expect(verdict.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(verdict.ok).toBe(true);
    expect(heard.map(([, count]) => count)).toEqual([3, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    expect(heard.map(([sequence]) => sequence)).toEqual([...Array(12).keys()]);
    expect(verdict.proves[0]).toBe(
      `Patient slot ${ada}, from the hub's first batch to 2026-11-22 00:00:30 UTC: 12 batches without a gap, 6 readings committed to in 3 of them, 9 proved empty.`,
    );
  });

  it('needs one key of empty intervals for each UTC day, and opens nothing', async () => {
    const text = await prove(ada);
    expect(text.match(/^absent /gm)).toHaveLength(2);
    expect(text).not.toContain('strap');
  });

  it('of a period says from when to when', async () => {
    const text = await prove(bea, AT + 40_000, MIDNIGHT);
    const verdict = verify(text, { fromMs: AT + 40_000, toMs: MIDNIGHT });
    expect(verdict.proves[0]).toBe(
      `Patient slot ${bea}, 2026-11-21 13:00:40 to 24:00 UTC: 5 batches without a gap, 1 reading committed to in 1 of them, 4 proved empty.`,
    );
    expect(verdict.claim?.longest?.ms).toBe(MIDNIGHT - AT - 80_000);
  });

  it('is the same with the last signature alone, and in pure JavaScript', async () => {
    const text = await prove(ada);
    expect(verifyRange(text, policy, { lastSignaturesOnly: true })).toEqual(verify(text));
  });

  it('covers what was asked, to the millisecond', async () => {
    for (const [from, to, first, last] of [
      [AT + 30_000, AT + 30_001, 3, 3],
      [AT + 29_999, AT + 40_000, 2, 3],
      [AT + 39_999, AT + 40_001, 3, 4],
    ] as const) {
      const { ok, claim } = verify(await prove(ada, from, to), { fromMs: from, toMs: to });
      expect([ok, claim?.first, claim?.last]).toEqual([true, first, last]);
    }
  });
});

describe('a period that is not covered', () => {
  it('is refused with what is shown and what is not', async () => {
    const text = await prove(ada, AT + 30_000, AT + 60_000);
    const said = (fromMs: number, toMs: number) => verify(text, { fromMs, toMs });
    expect(said(AT + 30_000, AT + 60_000).ok).toBe(true);
    expect(said(AT + 29_999, AT + 60_000).summary).toMatch(
      /fails at "Time covered": You asked from 2026-11-21T13:00:29.999Z on, and it begins at 2026-11-21T13:00:30.000Z/,
    );
    expect(said(AT + 30_000, AT + 60_001).summary).toMatch(/You asked up to .* and it ends at/);
    expect(said(AT + 60_000, AT + 60_000).summary).toMatch(/ends at .* already/);
    expect(verify(await prove(ada), { fromMs: AT }).summary).toMatch(/begins with batch 0/);
  });

  it('is refused when it is asked of the hub', async () => {
    const says = (slot: number, from: number | undefined, to: number | undefined, why: RegExp) =>
      expect(prove(slot, from, to)).rejects.toThrow(why);
    await says(bea, AT, undefined, /Slot 2 became this patient's with batch 3/);
    await says(ada, undefined, MIDNIGHT + DAY_MS, /The record ends at 2026-11-22T00:00:30.000Z, before/);
    await says(ada, MIDNIGHT + DAY_MS, undefined, /The record ends/);
    await says(0, undefined, undefined, /hub's own/);
    await says(9, undefined, undefined, /nobody's/);
  });
});

describe('what was bent', () => {
  const refusedAt = (lines: readonly string[]): string | undefined =>
    verify(lines.join('\n')).steps.find(({ ok }) => !ok)?.name;

  it('is refused: a line left out, doubled, moved, or cut off', async () => {
    const lines = (await prove(ada, AT + 10_000)).split('\n');
    expect(refusedAt(lines)).toBe(undefined);
    for (let i = 0; i < lines.length - 1; i++) {
      const without = refusedAt(lines.toSpliced(i, 1));
      const twice = refusedAt(lines.toSpliced(i, 0, lines[i] ?? ''));
      expect([i, without], lines[i]).not.toEqual([i, undefined]);
      expect([i, twice], lines[i]).not.toEqual([i, undefined]);
      const next = lines[i + 1];
      if (next !== undefined && next !== '')
        expect([i, refusedAt(lines.with(i, next).with(i + 1, lines[i] ?? ''))]).not.toEqual([i, undefined]);
      expect(refusedAt(lines.slice(0, i))).not.toBe(undefined);
    }
  });

  it('is refused: each byte, changed in two ways', async () => {
    const text = await prove(ada, AT + 20_000, AT + 60_000);
    const kept = new Set<number>();
    for (let i = 0; i < text.length; i++) {
      for (const bit of [1, 32]) {
        const other = text.slice(0, i) + String.fromCharCode(text.charCodeAt(i) ^ bit) + text.slice(i + 1);
        if (verifyRange(other, policy, { ...NODE_PRIMITIVES, lastSignaturesOnly: true }).ok) kept.add(i);
      }
    }
    expect([...kept].map((i) => text.slice(i - 10, i + 10))).toEqual([]);
    expect(text.length).toBeGreaterThan(1900);
  }, 120_000);

  it('is refused: an interval with readings called empty, another count, another slot', async () => {
    const text = await prove(ada, AT + 20_000, AT + 60_000);
    const lines = text.split('\n');
    const filled = lines.findIndex((line) => / [1-9]\d* [\w+/=]{300}$/.test(line));
    const [end, count, base64 = ''] = (lines[filled] ?? '').split(' ');
    const bytes = Buffer.from(base64, 'base64');
    const rest = bytes.subarray(32).toString('base64');
    const absent = lines.find((line) => line.startsWith('absent ')) ?? '';
    expect(refusedAt(lines.toSpliced(filled, 1, absent, `${end} 0 ${rest}`))).toBe('batches');
    expect(refusedAt(lines.with(filled, `${end} ${Number(count) + 1} ${base64}`))).toBe('batches');
    expect(refusedAt(lines.with(1, 'slot 3'))).toBe('batches');
  });

  it('is refused: by another policy, or with the ledger proof of another batch', async () => {
    const text = await prove(ada, AT + 20_000, AT + 60_000);
    expect(verifyRange(text, policy.replace(/^hub .*$/m, ''), NODE_PRIMITIVES).ok).toBe(false);
    const other = await prove(ada, AT + 20_000, AT + 50_000);
    const [lines] = text.split('ledger\n');
    const [, proof] = other.split('ledger\n');
    expect(verify(`${lines}ledger\n${proof}`).steps.find(({ ok }) => !ok)?.name).toBe('inclusion');
  });
});
