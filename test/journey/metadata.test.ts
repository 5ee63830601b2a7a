// Promise 4, from outside: whoever sees all that a hub publishes cannot tell a week full of readings from one without any.
// What has a fixed form is the same to the byte; what looks random is tested for every pattern that its size, its time or
// its content could have. Each test of chance is wrong once in a hundred; together they are corrected for their number
// (Bonferroni), and a finding counts only if it comes again in two weeks lived anew: wrong once in a million. The controls
// show that a hub which tells something is caught.

import { parseNote, parseStatement } from '@heartwood/anchor';
import { beforeAll, describe, expect, it } from 'vitest';
import { INTERVAL_MS, liveThrough, type Seen } from './outsider.ts';
import {
  chiSquareTail,
  evenBytes,
  kolmogorovTail,
  mixedRuns,
  noEcho,
  noLink,
  normalTails,
  sameBytes,
  sameSpread,
} from './statistics.ts';

const PATIENCE = 300_000;

type Statement = {
  readonly length: number;
  readonly endMs: number;
  readonly root: Uint8Array;
  readonly previous: Uint8Array;
  readonly signature: Uint8Array;
};
const statementsOf = ({ notes }: Pick<Seen, 'notes'>): Statement[] =>
  notes.map((note) => {
    const { text, signatures } = parseNote(note);
    const { endMs, batchRoot, previous } = parseStatement(text);
    const [{ signature }] = signatures as [(typeof signatures)[0]];
    return { length: note.length, endMs, root: batchRoot, previous, signature };
  });

/** p-values by the name of what was compared. */
type Findings = Readonly<Record<string, number>>;
const joined = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
/** The first 48 bits of some bytes, as a number. */
const head = (bytes: Uint8Array): number => Buffer.from(bytes).readUIntBE(0, 6);
const ones = (bytes: Uint8Array): number =>
  bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);

/** All that was found about the time of one week against another: when statements end, and how far apart. */
function findTimes(
  busy: readonly Statement[],
  empty: readonly Statement[],
  loads: readonly number[],
): Findings {
  const offsets = (all: readonly Statement[]): number[] => all.map(({ endMs }) => endMs % INTERVAL_MS);
  const steps = (all: readonly Statement[]): number[] =>
    all.slice(1).map(({ endMs }, i) => endMs - (all[i]?.endMs ?? 0));
  return {
    'offsets of ends': sameSpread(offsets(busy), offsets(empty)),
    'steps between ends': sameSpread(steps(busy), steps(empty)),
    'ends and load': busy.length === loads.length ? noLink(offsets(busy), loads) : 0,
  };
}

/** The same for what looks random. */
function findContent(
  busy: readonly Statement[],
  empty: readonly Statement[],
  loads: readonly number[],
): Findings {
  const found: Record<string, number> = {};
  for (const field of ['root', 'previous', 'signature'] as const) {
    // The first statement names none before it.
    const [one, other] = [busy, empty].map((all) => all.slice(1).map((statement) => statement[field]));
    const [a = [], b = []] = [one, other];
    const load = loads.slice(1);
    found[`${field}: bytes`] = sameBytes(joined(a), joined(b));
    found[`${field}: spread`] = sameSpread(a.map(head), b.map(head));
    found[`${field}: ones`] = sameSpread(a.map(ones), b.map(ones));
    found[`${field}: head and load`] = noLink(a.map(head), load);
    found[`${field}: ones and load`] = noLink(a.map(ones), load);
    for (const [name, all] of [
      ['busy', a],
      ['empty', b],
    ] as const) {
      found[`${field}: echo, ${name}`] = noEcho(all.map(head));
      found[`${field}: runs, ${name}`] = mixedRuns(all.map(head));
      // Ed25519 has bits that are never set: its bytes are compared with each other only.
      if (field !== 'signature') found[`${field}: even, ${name}`] = evenBytes(joined(all));
    }
  }
  return found;
}

/** The least of them, corrected for how many were made. */
const least = (found: Findings): number =>
  Math.min(1, Math.min(...Object.values(found)) * Object.keys(found).length);

async function lived(n: number): Promise<{ busy: Seen; empty: Seen }> {
  return { busy: await liveThrough('busy', `week ${n}`), empty: await liveThrough('empty', `week ${n}`) };
}

describe('the statistics', () => {
  it('give the tables’ values', () => {
    expect(chiSquareTail(18.307, 10)).toBeCloseTo(0.05, 4);
    expect(chiSquareTail(293.248, 255)).toBeCloseTo(0.05, 4);
    expect(normalTails(1.959964)).toBeCloseTo(0.05, 6);
    expect(normalTails(3.290527)).toBeCloseTo(0.001, 6);
    expect(kolmogorovTail(1.3581)).toBeCloseTo(0.05, 4);
  });
});

describe('a busy week and an empty one, from outside', { timeout: PATIENCE }, () => {
  let busy: Seen;
  let empty: Seen;
  let busyStatements: Statement[];
  let emptyStatements: Statement[];
  beforeAll(async () => {
    ({ busy, empty } = await lived(0));
    [busyStatements, emptyStatements] = [statementsOf(busy), statementsOf(empty)];
  }, PATIENCE);

  it('differ inside as day and night', () => {
    expect(empty.loads.every((load) => load === 0)).toBe(true);
    expect(busy.loads.reduce((sum, load) => sum + load, 0)).toBeGreaterThan(10_000);
    expect(busy.loads.filter((load) => load === 0).length).toBeGreaterThan(100);
  });

  it('have the same number of statements, of one size, at the same times', () => {
    expect(new Set([...busyStatements, ...emptyStatements].map(({ length }) => length)).size).toBe(1);
    expect(busyStatements.map(({ endMs }) => endMs)).toEqual(emptyStatements.map(({ endMs }) => endMs));
    expect(busyStatements.every(({ endMs }) => endMs % INTERVAL_MS === 0)).toBe(true);
  });

  it('are published as the same files, of the same sizes', () => {
    expect(busy.files).toEqual(empty.files);
    expect(busy.files.length).toBeGreaterThan(16);
  });

  it('ask a witness the same number of questions, of the same sizes', () => {
    expect(busy.requests).toEqual(empty.requests);
    expect(busy.requests.length).toBeGreaterThan(30);
  });

  it('cannot be told apart by anything that looks random', async () => {
    const found = (one: { busy: Seen; empty: Seen }): Findings => {
      const [a, b] = [statementsOf(one.busy), statementsOf(one.empty)];
      return {
        ...findTimes(a, b, one.busy.loads),
        ...findContent(a, b, one.busy.loads),
        'hashes in tiles: bytes': sameBytes(one.busy.tiles, one.empty.tiles),
        'hashes in tiles: even, busy': evenBytes(one.busy.tiles),
        'hashes in tiles: even, empty': evenBytes(one.empty.tiles),
      };
    };
    let finding = found({ busy, empty });
    for (let again = 1; again < 3 && least(finding) <= 0.01; again++) finding = found(await lived(again));
    expect(least(finding), JSON.stringify(finding)).toBeGreaterThan(0.01);
    expect(Object.keys(finding).length).toBeGreaterThan(25);
  });

  describe('would be told apart, if', () => {
    const { loads } = { loads: (): readonly number[] => busy.loads };
    /** Bent as a hub would bend it that tells what was in each interval. */
    const bent = (bend: (statement: Statement, load: number) => Statement): [Statement[], Statement[]] => [
      busyStatements.map((one, i) => bend(one, loads()[i] ?? 0)),
      emptyStatements.map((one) => bend(one, 0)),
    ];

    it('a statement named the number of readings', () => {
      const [a, b] = bent((one, load) => ({ ...one, length: one.length + String(load).length }));
      const lengths = (all: readonly Statement[]): number[] => all.map(({ length }) => length);
      expect(sameSpread(lengths(a), lengths(b))).toBeLessThan(0.001);
    });

    it('a batch were closed only when readings came', () => {
      const a = busyStatements.filter((_, i) => (loads()[i] ?? 0) > 0);
      expect(least(findTimes(a, emptyStatements, loads()))).toBeLessThan(0.001);
    });

    it('an interval ended when there was time to close it', () => {
      const [a, b] = bent((one, load) => ({
        ...one,
        endMs: one.endMs + 1 + (one.root[0] ?? 0) / 32 + load / 20,
      }));
      expect(least(findTimes(a, b, loads()))).toBeLessThan(0.001);
    });

    it('the roots of empty intervals were all the same', () => {
      const nothing = new Uint8Array(32).fill(7);
      const [a, b] = bent((one, load) => (load === 0 ? { ...one, root: nothing } : one));
      expect(least(findContent(a, b, loads()))).toBeLessThan(0.001);
    });

    it('one bit of the root in four told whether anything was measured', () => {
      const [a, b] = bent((one, load) => {
        const root = Uint8Array.from(one.root);
        if ((root[31] ?? 0) % 4 === 0) root[0] = ((root[0] ?? 0) & 0x7f) | (load > 0 ? 0x80 : 0);
        return { ...one, root };
      });
      expect(least(findContent(a, b, loads()))).toBeLessThan(0.001);
    });

    it('the last byte of the root were the number of readings', () => {
      const [a, b] = bent((one, load) => ({
        ...one,
        root: Uint8Array.from(one.root.with(31, load & 255)),
      }));
      expect(least(findContent(a, b, loads()))).toBeLessThan(0.001);
    });
  });
});
