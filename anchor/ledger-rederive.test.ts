import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { hexOf } from './bytes.ts';
import { checkLedger } from './ledger-check.ts';
import { openEmbeddedLedger } from './ledger-embedded.ts';
import { rederive } from './ledger-rederive.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain } from './ledger-sample.ts';
import { nodeCount, nodeId } from './ledger-store.ts';
import { statementHash } from './statement.ts';
import { type Frontier, frontierOf, frontierRoot } from './tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-rederive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const COUNT = 5000;
const notes = sampleChain(COUNT);
let files = 0;

function filled(sql?: string, ...args: unknown[]): { path: string; db: Database.Database } {
  const path = join(folder, `${files++}.db`);
  const ledger = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB] });
  for (let i = 0; i < COUNT; i += 1000) ledger.append(notes.slice(i, i + 1000));
  ledger.close();
  const db = new Database(path);
  if (sql !== undefined) expect(db.prepare(sql).run(...args).changes).toBe(1);
  return { path, db };
}

function run(
  db: Database.Database,
  sizes: readonly number[] = [],
): { entries: number; wrong: unknown[]; roots: Frontier[] } {
  const wrong: unknown[] = [];
  const roots: Frontier[] = [];
  const entries = rederive(db, {
    sizes,
    onSize: (one) => roots.push(one),
    onWrongHash: (...one) => wrong.push(one),
  });
  return { entries, wrong, roots };
}

describe('rederived ledger', () => {
  const { path, db } = filled();

  it('comes to the roots of its entries at every size asked for', () => {
    const sizes = [0, 1, 2, 255, 256, 257, 4095, 4096, 4097, COUNT];
    const { entries, wrong, roots } = run(db, sizes);
    expect([entries, wrong]).toEqual([COUNT, []]);
    const leaves = notes.map((note) => statementHash(note));
    expect(roots.map(({ size }) => size)).toEqual(sizes);
    for (const root of roots) {
      expect(hexOf(frontierRoot(root))).toBe(hexOf(frontierRoot(frontierOf(leaves.slice(0, root.size)))));
    }
  });

  it.each([
    ['an entry', "UPDATE entry SET note = replace(note, 'T', 't') WHERE idx = 4500", [], 4500, 0, true],
    ['a leaf hash', 'UPDATE node SET hash = zeroblob(32) WHERE id = ?', [nodeId(0, 17)], 17, 0, true],
    ['an inner hash', 'UPDATE node SET hash = zeroblob(32) WHERE id = ?', [nodeId(8, 2)], 767, 8, true],
    ['a short hash', 'UPDATE node SET hash = zeroblob(31) WHERE id = ?', [nodeId(3, 1)], 15, 3, true],
    ['a missing hash', 'DELETE FROM node WHERE id = ?', [nodeId(1, 2200)], 4401, 1, false],
    ['the last hash', 'DELETE FROM node WHERE id = ?', [nodeCount(COUNT) - 1], 4999, 3, false],
  ] as const)('names the first one wrong: %s', (_, sql, args, ...first) => {
    const { db: bad, path: badPath } = filled(sql, ...args);
    expect(run(bad).wrong[0]).toEqual(first);
    expect(checkLedger(badPath, SAMPLE_LOG, [], { statements: false }).problems[0]?.index).toBe(first[0]);
  });

  it.each([0, 1, 4095, 4096, 4097, 4999])('stops at the missing entry %i', (index) => {
    const { db: bad } = filled('DELETE FROM entry WHERE idx = ?', index);
    expect(run(bad)).toEqual({ entries: index, wrong: [], roots: [] });
  });

  it('is checked without the keys of hubs, and then says nothing of them', () => {
    expect(checkLedger(path, SAMPLE_LOG, [], { statements: false })).toMatchObject({
      ok: true,
      entries: COUNT,
      hubs: [],
    });
    expect(checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB])).toMatchObject({
      ok: true,
      hubs: [{ lastSequence: COUNT - 1 }],
    });
  });

  it('is read at tens of thousands of entries a second, even on a busy machine', () => {
    const began = performance.now();
    run(db);
    const perSecond = (COUNT / (performance.now() - began)) * 1000;
    expect(perSecond).toBeGreaterThan(20_000);
  });
});
