import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { hexOf } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { APPEND_MAX } from './ledger.ts';
import { checkLedger } from './ledger-check.ts';
import { describeLedger } from './ledger-conformance.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import { openLedgerReader } from './ledger-reader.ts';
import {
  OTHER_HUB,
  SAMPLE_END_MS,
  SAMPLE_HUB,
  SAMPLE_LOG,
  SAMPLE_WITNESSES,
  sampleChain,
  sampleSeed,
} from './ledger-sample.ts';
import { nodeCount, nodeId, SQL } from './ledger-store.ts';
import { nodeSigner } from './node-primitive.ts';
import { formatSignatureLine, parseNote, signNote } from './note.ts';
import { checkConsistency } from './proof.ts';
import { signStatement, statementHash } from './statement.ts';
import { parseTlogProof } from './tlog-proof.ts';
import { treeRoot } from './tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-ledger-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = (): string => join(folder, `${files++}.db`);
const open = (path: string, known?: { size: number; root: Uint8Array }): EmbeddedLedger =>
  openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB], known });

describeLedger('embedded in SQLite', async (hubKeys) => {
  const ledger = openEmbeddedLedger({ path: newPath(), signer: SAMPLE_LOG, hubKeys });
  return { ledger, end: async () => ledger.close() };
});

/** A file with `count` statements, closed. */
function filled(count: number): { path: string; notes: string[] } {
  const path = newPath();
  const notes = sampleChain(count);
  const ledger = open(path);
  ledger.append(notes);
  ledger.close();
  return { path, notes };
}

/** The same file with something changed behind the ledger's back. */
function tampered(path: string, sql: string, ...args: unknown[]): string {
  const db = new Database(path);
  expect(db.prepare(sql).run(...args).changes).toBeGreaterThan(0);
  db.close();
  return path;
}

describe('embedded ledger', () => {
  it('goes on where it was closed, and its checkpoints are consistent', () => {
    const path = newPath();
    const notes = sampleChain(40);
    const heads = notes.map((note) => {
      const ledger = open(path);
      expect(ledger.append([note])[0]?.kind).toBe('appended');
      const head = ledger.latest();
      ledger.close();
      return head;
    });
    expect(hexOf(heads.at(-1)!.root)).toBe(hexOf(treeRoot(notes.map((note) => statementHash(note)))));
    const reader = openLedgerReader(path);
    for (const old of heads) {
      const proof = reader.consistency(old.size, 40);
      expect(checkConsistency(old.size, 40, proof, old.root, heads.at(-1)!.root)).toBe(true);
    }
    expect(() => reader.consistency(40, 41)).toThrow(/has not 41/);
    reader.close();
  });

  it('can be read while it is written, by path and by nothing that writes', () => {
    const path = newPath();
    const writer = open(path);
    const reader = openLedgerReader(path);
    const notes = sampleChain(3);
    writer.append(notes);
    expect(reader.latest().size).toBe(3);
    expect(reader.proofOf({ index: 1 })).toBe(writer.proofOf({ index: 1 }));
    expect(reader.entry({ index: 2 })).toEqual({ index: 2, sequence: 2, note: notes[2] });
    reader.close();
    writer.close();
    expect(() => openLedgerReader(join(folder, 'none.db'))).toThrow(/there is no ledger/);
  });

  it('lets two writers take turns without a fork', () => {
    const path = newPath();
    const [one, two] = [open(path), open(path)];
    const notes = sampleChain(6);
    for (const [i, note] of notes.entries()) {
      expect((i % 2 ? one : two).append([note])[0]).toMatchObject({ kind: 'appended', index: i });
      expect((i % 2 ? two : one).append([note])[0]).toMatchObject({ kind: 'already-there', index: i });
    }
    one.close();
    two.close();
    expect(checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB])).toMatchObject({ ok: true, entries: 6 });
  });

  it('takes no more at once than it says', () => {
    const ledger = open(newPath());
    expect(() => ledger.append(Array(APPEND_MAX + 1).fill('x'))).toThrow(RangeError);
    ledger.close();
  });

  it('keeps cosignatures of known witnesses, and proofs carry them', () => {
    const ledger = open(newPath());
    ledger.append(sampleChain(2));
    const { text } = parseNote(ledger.latest().checkpoint);
    const lineOf = (i: number): string => {
      const note = signNote(text, [SAMPLE_WITNESSES[i]!]);
      return formatSignatureLine(parseNote(note).signatures[0]!);
    };
    const keys = SAMPLE_WITNESSES.slice(0, 2);
    expect(ledger.addCosignatures(2, lineOf(0), keys)).toBe(1);
    expect(ledger.addCosignatures(2, lineOf(0) + lineOf(2), keys)).toBe(1);
    expect(ledger.addCosignatures(2, lineOf(1), keys)).toBe(2);
    expect(ledger.addCosignatures(1, lineOf(1), keys)).toBe(0);
    const wrong = lineOf(0).replace(/.{8}\n$/, 'AAAAAAA=\n');
    expect(() => ledger.addCosignatures(2, wrong, keys)).toThrow();
    const names = parseNote(parseTlogProof(ledger.proofOf({ index: 0 })!).checkpoint).signatures.map(
      ({ name }) => name,
    );
    expect(names).toEqual([SAMPLE_LOG.name, keys[0]!.name, keys[1]!.name]);
    const next = sampleChain(100).slice(2);
    for (const note of next) ledger.append([note]);
    expect(ledger.reader.checkpointAt(2)).toContain(keys[1]!.name);
    expect(ledger.reader.checkpointAt(3)).toBeUndefined();
    expect(ledger.reader.checkpointAt(99)).toBeDefined();
    expect(parseTlogProof(ledger.proofOf({ index: 1 }, 2)!).checkpoint).toBe(ledger.reader.checkpointAt(2));
    expect(ledger.proofOf({ index: 2 }, 2)).toBeUndefined();
    ledger.close();
  });

  it('keeps the evidence of equivocation once', () => {
    const path = newPath();
    const ledger = open(path);
    const notes = sampleChain(1);
    ledger.append(notes);
    const fork = sampleChain(1, { change: (statement) => ({ ...statement, batchRoot: sampleSeed(9) }) });
    for (let i = 0; i < 3; i++) expect(ledger.append(fork)[0]?.kind).toBe('equivocation');
    expect(ledger.reader.equivocations()).toEqual([
      { held: { index: 0, sequence: 0, note: notes[0] }, offered: fork[0] },
    ]);
    ledger.close();
    expect(checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB])).toMatchObject({ ok: true, equivocations: 1 });
  });
});

describe('a hub of a later epoch', () => {
  const later = nodeSigner('heartwood/hub/9d0e55aa00112233/000000433000', sampleSeed(8));
  const begin = (sequence: number, previous: Uint8Array): string =>
    signStatement(
      { origin: later.name, sequence, endMs: SAMPLE_END_MS, batchRoot: sampleSeed(1), previous },
      later,
    );

  it('begins at the number that its key says, whatever was sent first, and has one history from there', () => {
    const path = newPath();
    const ledger = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB, later] });
    const old = sampleChain(3);
    const first = begin(433_000, statementHash(old[2]!));
    for (const early of [
      begin(0, sampleSeed(0)),
      begin(3, sampleSeed(2)),
      begin(433_001, statementHash(first)),
    ])
      expect(ledger.append([early])).toEqual([{ kind: 'out-of-sequence', expected: 433_000 }]);
    const kinds = (notes: string[]): string[] => ledger.append(notes).map(({ kind }) => kind);
    expect(kinds([...old, first])).toEqual(['appended', 'appended', 'appended', 'appended']);
    expect(kinds([begin(433_000, sampleSeed(5))])).toEqual(['equivocation']);
    expect(kinds([begin(433_001, sampleSeed(5))])).toEqual(['equivocation']);
    ledger.close();
    expect(checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB, later])).toMatchObject({
      ok: true,
      hubs: [
        { origin: SAMPLE_HUB.name, lastSequence: 2 },
        { origin: later.name, lastSequence: 433_000 },
      ],
    });
  });
});

describe('embedded ledger, opened again', () => {
  it.each([
    ['another key', '', [], nodeSigner(SAMPLE_LOG.name, sampleSeed(50)), /belongs to the key/],
    [
      'an entry changed at the end',
      "UPDATE entry SET note = note || ' ' WHERE idx = 6",
      [],
      SAMPLE_LOG,
      /not the one that was hashed/,
    ],
    ['an entry gone', 'DELETE FROM entry WHERE idx = 6', [], SAMPLE_LOG, /holds 6 entries/],
    [
      'a hash changed',
      'UPDATE node SET hash = zeroblob(32) WHERE id = ?',
      [nodeId(2, 0)],
      SAMPLE_LOG,
      /do not lead to the root/,
    ],
    ['a hash gone', 'DELETE FROM node WHERE id = ?', [nodeId(0, 6)], SAMPLE_LOG, /is missing/],
    [
      'its checkpoint gone',
      'DELETE FROM checkpoint WHERE size = 7',
      [],
      SAMPLE_LOG,
      /newest checkpoint says/,
    ],
    [
      'its checkpoint altered',
      "UPDATE checkpoint SET note = replace(note, '7', '8') WHERE size = 7",
      [],
      SAMPLE_LOG,
      /./,
    ],
    ['all checkpoints gone', 'DELETE FROM checkpoint', [], SAMPLE_LOG, /lost its checkpoint/],
    ['another format', "UPDATE ledger SET format = 'x'", [], SAMPLE_LOG, /not a ledger of format/],
  ] as const)('refuses to start with %s', (_, sql, args, signer, message) => {
    const { path } = filled(7);
    if (sql) tampered(path, sql, ...args);
    expect(() => openEmbeddedLedger({ path, signer, hubKeys: [SAMPLE_HUB] })).toThrow(message);
  });

  it('refuses to start behind a checkpoint that is known, or beside it', () => {
    const { path, notes } = filled(7);
    const old = `${path}.old`;
    copyFileSync(path, old);
    const ledger = open(path);
    ledger.append(sampleChain(1, { after: notes }));
    const { size, root } = ledger.latest();
    ledger.close();
    open(path, { size, root }).close();
    expect(() => open(old, { size, root })).toThrow(/restored from an old copy/);
    open(old).close();
    expect(() => open(path, { size: 7, root })).toThrow(/first 7 entries/);
  });

  it('refuses a file that is something else', () => {
    const path = newPath();
    const db = new Database(path);
    db.exec('CREATE TABLE other (x)');
    db.close();
    expect(() => open(path)).toThrow(/is not a ledger/);
  });
});

describe('checkLedger', () => {
  const check = (path: string) => checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB]);

  it('finds nothing wrong with a sound ledger', () => {
    const { path } = filled(100);
    expect(check(path)).toEqual({
      ok: true,
      entries: 100,
      pruned: 0,
      entriesPerS: expect.any(Number),
      hubs: [{ origin: SAMPLE_HUB.name, lastSequence: 99 }],
      checkpoints: 2,
      equivocations: 0,
      problems: [],
    });
  });

  it.each([
    [
      'an altered entry',
      "UPDATE entry SET note = replace(note, 'T13', 'T14') WHERE idx = 41",
      41,
      /signature/,
    ],
    ['an entry under another number', 'UPDATE entry SET sequence = 1000 WHERE idx = 41', 41, /filed under/],
    ['a missing entry', 'DELETE FROM entry WHERE idx = 41', 41, /missing/],
    [
      'an altered leaf hash',
      `UPDATE node SET hash = zeroblob(32) WHERE id = ${nodeId(0, 41)}`,
      41,
      /its leaf hash is another/,
    ],
    [
      'an altered inner hash',
      `UPDATE node SET hash = zeroblob(32) WHERE id = ${nodeId(3, 4)}`,
      39,
      /hash of the 8 entries/,
    ],
    ['a missing hash', `DELETE FROM node WHERE id = ${nodeId(1, 20)}`, 41, /not stored/],
    [
      'a hash too many',
      `INSERT INTO node (id, hash) VALUES (${nodeCount(100) + 5}, zeroblob(32))`,
      undefined,
      /not there/,
    ],
    [
      'a checkpoint too many',
      "INSERT INTO checkpoint SELECT 50, note, '' FROM checkpoint WHERE size = 100",
      undefined,
      /kept for size 50/,
    ],
    ['no checkpoint', 'DELETE FROM checkpoint WHERE size = 100', undefined, /no checkpoint covers/],
  ] as const)('names %s', (_, sql, index, text) => {
    const { path } = filled(100);
    const { ok, problems } = check(tampered(path, sql));
    expect(ok).toBe(false);
    expect(problems[0]?.index).toBe(index);
    expect(problems.map((problem) => problem.text).join('\n')).toMatch(text);
    expect(problems.length).toBeLessThanOrEqual(20);
  });

  it('finds a whole history rewritten, by the signed root', () => {
    const { path } = filled(3);
    const forged = newPath();
    const ledger = open(forged);
    ledger.append(sampleChain(3, { change: (statement) => ({ ...statement, batchRoot: sampleSeed(8) }) }));
    ledger.close();
    const honest = new Database(path, { readonly: true })
      .prepare('SELECT note FROM checkpoint WHERE size = 3')
      .pluck();
    tampered(forged, 'UPDATE checkpoint SET note = ? WHERE size = 3', honest.get());
    expect(check(forged).problems.map(({ text }) => text)).toEqual([
      'the first 3 entries do not have the root that was signed for them',
    ]);
    expect(checkLedger(path, nodeSigner('x', sampleSeed(60)), [SAMPLE_HUB]).ok).toBe(false);
    expect(checkLedger(path, SAMPLE_LOG, []).ok).toBe(false);
  });
});

describe('ledger file', () => {
  it('numbers subtrees in the order in which they become full', () => {
    const seen: number[] = [];
    for (let leaf = 0; leaf < 300; leaf++) {
      expect(nodeId(0, leaf)).toBe(nodeCount(leaf));
      for (let level = 0, index = leaf; ; level++, index = (index - 1) / 2) {
        seen.push(nodeId(level, index));
        if (index % 2 === 0) break;
      }
    }
    expect(seen).toEqual(seen.map((_, i) => i));
    expect(nodeCount(300)).toBe(seen.length);
  });

  it('walks no whole table for anything the running ledger does', () => {
    const { path } = filled(1);
    const db = new Database(path, { readonly: true });
    const whole = ['allEntries', 'allCheckpoints', 'allGrowth', 'nodes', 'equivocations', 'evidence'];
    for (const [name, sql] of Object.entries(SQL)) {
      const plan = db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...Array(sql.split('?').length - 1).fill(1)) as { detail: string }[];
      const scans = plan
        .filter(({ detail }) => /^SCAN (?!CONSTANT)/.test(detail))
        .map(({ detail }) => detail);
      // Checkpoints are 64 rows and one, kept so by `dropCheckpoints`.
      const large = scans.filter((detail) => !/^SCAN checkpoint/.test(detail));
      expect({ name, large }).toEqual({ name, large: whole.includes(name) ? large : [] });
    }
    db.close();
  });
});

const WRITER = fileURLToPath(new URL('./ledger-writer.test-process.ts', import.meta.url));

/** Starts a process that appends for ever, kills it after `ms`, and gives the checkpoints that it was answered. */
async function runAndKill(
  path: string,
  ms: number,
  hub: 'sample' | 'other' = 'sample',
): Promise<{ size: number; root: Uint8Array }[]> {
  const child = spawn(process.execPath, ['--no-warnings', WRITER, path, hub], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const answered: { size: number; root: Uint8Array }[] = [];
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), ms));
  for await (const line of createInterface({ input: child.stdout })) {
    // A line cut off by the kill is no answer.
    if (line.endsWith('.')) answered.push(parseCheckpoint(JSON.parse(line.slice(0, -1))));
  }
  // Whoever fails by itself instead of being killed has answered less than it should.
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return answered;
}

describe('embedded ledger, killed', () => {
  it('has every answered statement after ten kills, on one history', { timeout: 60_000 }, async () => {
    const path = newPath();
    const answered: { size: number; root: Uint8Array }[] = [];
    for (let round = 0; round < 10; round++) {
      answered.push(...(await runAndKill(path, 5 + ((round * 37) % 90))));
      const report = checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB]);
      expect(report.problems).toEqual([]);
      const ledger = open(path, answered.at(-1));
      const head = ledger.latest();
      for (const { size, root } of answered.slice(-50)) {
        const proof = ledger.reader.consistency(size, head.size);
        expect(checkConsistency(size, head.size, proof, root, head.root)).toBe(true);
      }
      ledger.close();
    }
    expect(answered.length).toBeGreaterThan(20);
  });

  it('has one history when two processes append at once, and both are killed', async () => {
    const path = newPath();
    open(path).close();
    const runs = await Promise.all([runAndKill(path, 1500), runAndKill(path, 1600, 'other')]);
    for (const answered of runs) expect(answered.length).toBeGreaterThan(2);
    const report = checkLedger(path, SAMPLE_LOG, [SAMPLE_HUB, OTHER_HUB]);
    expect(report.problems).toEqual([]);
    expect(report.hubs).toHaveLength(2);
    const reader = openLedgerReader(path);
    const head = reader.latest();
    for (const { size, root } of runs.flat()) {
      const proof = reader.consistency(size, head.size);
      expect(checkConsistency(size, head.size, proof, root, head.root)).toBe(true);
    }
    reader.close();
  });
});
