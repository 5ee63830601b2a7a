import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { formatBundle } from './bundle.ts';
import { formatVerifierKey } from './key.ts';
import { checkLedger } from './ledger-check.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { type RetentionRule, stepRetention } from './ledger-retention.ts';
import { OTHER_HUB, SAMPLE_HUB, SAMPLE_LOG, sampleChain, sampleSeed } from './ledger-sample.ts';
import { nodeId } from './ledger-store.ts';
import { NODE_PRIMITIVES, nodeCosigner, nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote, signNote, verifyNote } from './note.ts';
import { checkConsistency, checkInclusion, readFrontier } from './proof.ts';
import { sampleProof } from './proof-sample.ts';
import { formatRetention, KEEPS_ALL, parseRetention, type Retention } from './retention.ts';
import { statementHash } from './statement.ts';
import { parseTlogProof } from './tlog-proof.ts';
import { frontierRoot } from './tree.ts';
import { verifyBundle } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-prune-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = (): string => join(folder, `${files++}.db`);
const HUBS = [SAMPLE_HUB, OTHER_HUB];
const open = (path: string): EmbeddedLedger =>
  openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: HUBS });
const notes = sampleChain(3000);
const others = sampleChain(3, { hub: OTHER_HUB });
const DAY = 86_400_000;

/** A ledger of `count` entries of one hub, with three of another among the first. */
function filled(count: number, path = newPath()): { ledger: EmbeddedLedger; path: string } {
  const ledger = open(path);
  ledger.append([...notes.slice(0, 5), ...others]);
  for (let at = 5; at < count - 3; at += 1000) ledger.append(notes.slice(at, Math.min(at + 1000, count - 3)));
  return { ledger, path };
}
function pruneTo(ledger: EmbeddedLedger, minimumIndex: number): number {
  ledger.setRetention({ ...KEEPS_ALL, minimumIndex });
  let rounds = 1;
  while (!ledger.prune(2)) rounds += 1;
  return rounds;
}
const check = (path: string, statements = true) => checkLedger(path, SAMPLE_LOG, HUBS, { statements });
const rows = (path: string, sql: string): number => {
  const db = new Database(path, { readonly: true });
  const count = db.prepare<[], number>(sql).pluck().get()!;
  db.close();
  return count;
};

describe('a retention policy', () => {
  it.each([
    KEEPS_ALL,
    { minimumIndex: 512, keepDays: 30, next: undefined },
    { minimumIndex: 512, keepDays: undefined, next: { minimumIndex: 768, notBeforeMs: 1_798_000_000_123 } },
  ] satisfies Retention[])('comes back as it went: %j', (retention) => {
    expect(parseRetention(formatRetention('log.example', retention))).toEqual({
      origin: 'log.example',
      ...retention,
    });
  });

  it.each([
    '',
    'x\n',
    'x\nminimum-index 5\n',
    'x\nminimum-index 05\nkeeps all\n',
    'x\nminimum-index -1\nkeeps all\n',
    'x\nminimum-index 5\nkeeps 0 days\n',
    'x\nminimum-index 5\nkeeps all\nnext-minimum-index 6 soon\n',
    'x\nminimum-index 5\nkeeps all\nnext-minimum-index 6 2026-12-28T13:10:00Z\n',
    'x\nminimum-index 5\nkeeps all\n\n',
    '\nminimum-index 5\nkeeps all\n',
  ])('is nothing but what it says: %j is refused', (text) => {
    expect(() => parseRetention(text)).toThrow(/no retention policy/);
  });

  it('is signed by the ledger, and can be read as no checkpoint', () => {
    const { ledger } = filled(10);
    const { note } = ledger.reader.retention()!;
    const { text } = verifyNote(note, [SAMPLE_LOG], nodeVerifyEd25519);
    expect(parseRetention(text)).toEqual({ origin: SAMPLE_LOG.name, ...KEEPS_ALL });
    ledger.close();
  });
});

describe('letting go', () => {
  it('deletes entries and hashes below the minimum index, and proves all that stays', () => {
    const { ledger, path } = filled(2000);
    const heads = [700, 1024, 1100, 1999].map((size) => ({
      size,
      root: frontierRoot(readFrontier((l, i) => ledger.reader.node(l, i), size)),
    }));
    const handedOut = parseTlogProof(ledger.proofOf({ index: 77 })!);
    const before = ledger.reader.entry({ index: 77 })!;
    const { root, size } = ledger.latest();

    expect(pruneTo(ledger, 1100)).toBe(2);
    expect(rows(path, 'SELECT count(*) FROM entry WHERE idx < 1024')).toBe(1);
    // Of the four blocks the first keeps its hashes: the other hub's newest statement is in it.
    expect(rows(path, 'SELECT count(*) FROM node WHERE id < 2047')).toBe(511 + 3 + 3);
    expect(check(path)).toMatchObject({ ok: true, entries: 2000, pruned: 1024, problems: [] });
    expect(check(path).hubs).toHaveLength(2);

    // Everything that stays can be proved, and growth from every size that stays.
    for (const index of [1024, 1025, 1500, 1999]) {
      const proof = parseTlogProof(ledger.proofOf({ index })!);
      const hash = statementHash(ledger.reader.entry({ index })!.note);
      expect(checkInclusion(hash, index, size, proof.path, root)).toBe(true);
    }
    for (const head of heads.slice(1)) {
      const proof = ledger.reader.consistency(head.size, size);
      expect(checkConsistency(head.size, size, proof, head.root, root)).toBe(true);
    }
    // What went cannot be proved again, and is told apart from damage.
    expect(ledger.proofOf({ index: 700 })).toBeUndefined();
    expect(ledger.reader.entry({ index: 700 })).toBeUndefined();
    expect(() => ledger.reader.consistency(700, size)).toThrow(
      expect.objectContaining({ code: 'ledger-pruned' }),
    );
    // What was handed out holds.
    expect(handedOut.index).toBe(77);
    expect(checkInclusion(statementHash(before.note), 77, size, handedOut.path, root)).toBe(true);

    // It goes on, also after a restart.
    ledger.close();
    const again = open(path);
    expect(again.append(notes.slice(1997, 2100))).toHaveLength(103);
    const newer = again.latest();
    const grown = again.reader.consistency(size, newer.size);
    expect(checkConsistency(size, newer.size, grown, root, newer.root)).toBe(true);
    expect(pruneTo(again, 2048)).toBeGreaterThan(1);
    expect(check(path)).toMatchObject({ ok: true, entries: 2103, pruned: 2048 });
    again.close();
  });

  it('leaves proof bundles valid that were handed out before', () => {
    const bundle = sampleProof({ after: 0 });
    const ledger = open(newPath());
    // The bundle's own statement, in a ledger that grows far beyond it and then lets go of it.
    const chain = sampleChain(57);
    ledger.append([...chain, bundle.statement]);
    const ledgerProof = ledger.proofOf({ index: 57 })!;
    const after = sampleChain(600, { after: [...chain, bundle.statement] });
    ledger.append(after);
    pruneTo(ledger, 512);
    expect(ledger.reader.entry({ index: 57 })).toBeUndefined();
    expect(ledger.proofOf({ index: 57 })).toBeUndefined();
    const policy = [
      `hub ${formatVerifierKey(SAMPLE_HUB)}`,
      `log ${formatVerifierKey(SAMPLE_LOG)}`,
      'quorum none\n',
    ].join('\n');
    const verdict = verifyBundle(formatBundle({ ...bundle, ledger: ledgerProof }), policy, NODE_PRIMITIVES);
    expect([verdict.ok, verdict.summary]).toEqual([true, expect.stringMatching(/as entry 57/)]);
    ledger.close();
  });

  it('still knows the newest statement of every hub, however long it was silent', () => {
    const { ledger, path } = filled(1500);
    pruneTo(ledger, 1024);
    expect(ledger.lastOf(OTHER_HUB.name)).toMatchObject({ index: 7, sequence: 2, note: others[2] });
    const proof = parseTlogProof(ledger.proofOf({ origin: OTHER_HUB.name, sequence: 2 })!);
    const { size, root } = ledger.latest();
    expect(checkInclusion(statementHash(others[2]!), 7, size, proof.path, root)).toBe(true);
    const [, , forged] = sampleChain(3, {
      hub: OTHER_HUB,
      change: (one) => (one.sequence === 2 ? { ...one, batchRoot: sampleSeed(99) } : one),
    });
    const rewritten = sampleChain(1, {
      hub: OTHER_HUB,
      after: [...others.slice(0, 2), forged!],
    });
    expect(ledger.append([forged!, others[2]!, rewritten[0]!, notes[3]!]).map(({ kind }) => kind)).toEqual([
      'equivocation',
      'already-there',
      'equivocation',
      // A number that went with its statement is never taken again.
      'out-of-sequence',
    ]);
    const next = sampleChain(1, { hub: OTHER_HUB, after: others });
    expect(ledger.append(next)[0]).toMatchObject({ kind: 'appended', index: 1500 });
    // Its old newest statement is not needed any more: evidence keeps it, its block's hashes go.
    while (!ledger.prune());
    expect(ledger.reader.equivocations()).toHaveLength(2);
    expect(rows(path, 'SELECT count(*) FROM kept_block')).toBe(0);
    expect(rows(path, 'SELECT count(*) FROM entry WHERE idx < 1024')).toBe(1);
    expect(check(path)).toMatchObject({ ok: true, equivocations: 2 });
    ledger.close();
  });

  it('lets a witness that was away catch up from where it stood', () => {
    const { ledger, path } = filled(300);
    const carol = nodeCosigner('witness.example/carol', sampleSeed(9), () => 1_800_000_000);
    const { checkpoint, root } = ledger.latest();
    const cosigned = signNote(parseNote(checkpoint).text, [carol]);
    ledger.addCosignatures(300, cosigned.slice(cosigned.lastIndexOf('\n\n') + 2), [carol]);
    for (let at = 297; at < 2000; at += 850) ledger.append(notes.slice(at, at + 850));
    pruneTo(ledger, 1792);
    const { size, root: now } = ledger.latest();
    expect(checkConsistency(300, size, ledger.reader.consistency(300, size), root, now)).toBe(true);
    expect(() => ledger.reader.consistency(600, size)).toThrow(/cannot be shown any more/);
    expect(check(path).ok).toBe(true);
    ledger.close();
  });

  it.each([
    [
      'a hash of a block that went',
      () => ['UPDATE node SET hash = zeroblob(32) WHERE id = ?', nodeId(8, 2)],
      1023,
    ],
    ['a hash above it', () => ['UPDATE node SET hash = zeroblob(32) WHERE id = ?', nodeId(9, 1)], 1023],
    ['a hash above it that is missing', () => ['DELETE FROM node WHERE id = ?', nodeId(10, 0)], 1023],
    [
      'a hash kept for a silent hub',
      () => ['UPDATE node SET hash = zeroblob(32) WHERE id = ?', nodeId(3, 4)],
      39,
    ],
    [
      'the statement kept for it',
      () => ["UPDATE entry SET note = replace(note, 'T', 't') WHERE idx = ?", 7],
      7,
    ],
    [
      'an entry that stays',
      () => ["UPDATE entry SET note = replace(note, 'T', 't') WHERE idx = ?", 1024],
      1024,
    ],
    ['the minimum index', () => ['UPDATE retention SET minimum = ?', 600], undefined],
    ['how far it came', () => ['UPDATE retention SET pruned = ?', 1280], undefined],
  ] as const)('is checked whole: %s', (_, change, index) => {
    const { ledger, path } = filled(1500);
    pruneTo(ledger, 1024);
    ledger.close();
    expect(check(path, false).ok).toBe(true);
    const [sql, arg] = change() as unknown as readonly [string, number];
    const db = new Database(path);
    expect(db.prepare(sql).run(arg).changes).toBe(1);
    db.close();
    const { ok, problems } = check(path, false);
    expect([ok, problems[0]?.index]).toEqual([false, index]);
  });

  it('goes on after a crash between any two of its transactions', () => {
    const { ledger, path } = filled(2000);
    ledger.setRetention({ ...KEEPS_ALL, minimumIndex: 1536 });
    for (let round = 0; ; round++) {
      const done = ledger.prune(1);
      const { ok, pruned } = check(path);
      expect([ok, pruned]).toEqual([true, Math.min(1536, (round + 1) * 256)]);
      if (done) break;
    }
    ledger.close();
  });

  it('gives the disk back', () => {
    const { ledger, path } = filled(3000);
    ledger.close();
    const full = statSync(path).size;
    const again = open(path);
    pruneTo(again, 2816);
    while (!again.compact());
    const small = statSync(path).size;
    expect(small).toBeLessThan(full / 5);
    // The second time some pages at a time, since the file was made ready for it.
    for (let at = 2997; at < 3000; at += 1) again.append([notes[at]!]);
    const more = sampleChain(1000, { after: notes });
    again.append(more);
    pruneTo(again, 3840);
    while (!again.compact());
    expect(rows(path, 'SELECT 1 FROM pragma_freelist_count WHERE freelist_count = 0')).toBe(1);
    expect(check(path)).toMatchObject({ ok: true, entries: 4003 });
    again.close();
    expect(statSync(path).size).toBeLessThan(full / 5);
  });
});

describe('the rule of an owner', () => {
  const step = (ledger: EmbeddedLedger, rule: RetentionRule, day: number, shown?: number): Retention =>
    stepRetention(ledger, rule, day * DAY, shown ?? ledger.latest().size);

  it('announces what goes, and lets it go when the notice is over, never what is younger', () => {
    const ledger = open(newPath());
    const rule = { keepDays: 30, noticeMs: 7 * DAY };
    expect(step(ledger, rule, 0)).toEqual({ minimumIndex: 0, keepDays: 30, next: undefined });
    const taken: number[] = [];
    for (let day = 0; day < 60; day++) {
      ledger.append(notes.slice(day * 50, day * 50 + 50));
      taken.push(ledger.latest().size);
      const before = ledger.reader.retention()!;
      const { minimumIndex, next } = step(ledger, rule, day + 0.5);
      // Of the entries that came within 30 days none has gone.
      expect(minimumIndex).toBeLessThanOrEqual(day < 30 ? 0 : taken[day - 30]!);
      if (next && next !== before.next) expect(next.minimumIndex).toBeGreaterThan(minimumIndex);
      if (minimumIndex > before.minimumIndex) {
        expect(before.next).toMatchObject({ minimumIndex });
        expect(before.next!.notBeforeMs).toBeLessThanOrEqual((day + 0.5) * DAY);
      }
      if (before.next) {
        const stands = next?.minimumIndex === before.next.minimumIndex || minimumIndex > before.minimumIndex;
        expect(stands).toBe(true);
      }
    }
    expect(ledger.reader.retention()!.minimumIndex).toBeGreaterThanOrEqual(1024);
    ledger.close();
  });

  it('can be a minimum index; what was announced can be withdrawn, what was let go never comes back', () => {
    const { ledger, path } = filled(2000);
    const to = (minimumIndex: number | undefined): RetentionRule => ({ minimumIndex, noticeMs: DAY });
    expect(step(ledger, to(1000), 0)).toMatchObject({
      minimumIndex: 0,
      next: { minimumIndex: 768, notBeforeMs: DAY },
    });
    expect(step(ledger, to(600), 0.5).next).toEqual({ minimumIndex: 512, notBeforeMs: 1.5 * DAY });
    expect(step(ledger, to(undefined), 0.6).next).toBeUndefined();
    expect(step(ledger, to(600), 1)).toMatchObject({ minimumIndex: 0, next: { notBeforeMs: 2 * DAY } });
    expect(step(ledger, to(600), 2)).toEqual({ ...KEEPS_ALL, minimumIndex: 512 });
    expect(() => step(ledger, to(500), 3)).toThrow(/cannot go back to 500/);
    expect(step(ledger, to(undefined), 4)).toEqual({ ...KEEPS_ALL, minimumIndex: 512 });
    expect(() => ledger.setRetention(KEEPS_ALL)).toThrow(/cannot go back/);
    ledger.close();
    // It is on disk, and an old copy of the wish changes nothing.
    const again = open(path);
    expect(again.reader.minimumIndex()).toBe(512);
    expect(() => step(again, to(256), 5)).toThrow(/cannot go back/);
    again.close();
  });

  it('never lets go of what the shown checkpoint ends with, or of more than there is', () => {
    const { ledger } = filled(1024);
    const rule = { minimumIndex: 100_000, noticeMs: 0 };
    expect(step(ledger, rule, 0, 300).minimumIndex).toBe(256);
    expect(step(ledger, rule, 0).minimumIndex).toBe(768);
    expect(() => ledger.setRetention({ ...KEEPS_ALL, minimumIndex: 1025 })).toThrow(/cannot begin at 1025/);
    ledger.close();
  });

  it('makes nothing older when the clock is turned back', () => {
    const ledger = open(newPath());
    const rule = { keepDays: 30, noticeMs: 0 };
    ledger.append(notes.slice(0, 300));
    step(ledger, rule, 1000);
    ledger.append(notes.slice(300, 1000));
    step(ledger, rule, 900);
    step(ledger, rule, 901);
    expect(ledger.sizeAt(950 * DAY)).toBeUndefined();
    expect(step(ledger, rule, 1001).minimumIndex).toBe(0);
    expect(step(ledger, rule, 1030).minimumIndex).toBe(256);
    ledger.close();
  });

  it('is read by programs that only read, also in a file begun before there was one', () => {
    const { ledger, path } = filled(10);
    ledger.close();
    const db = new Database(path);
    for (const table of ['retention', 'kept_block', 'cosigner', 'growth']) db.exec(`DROP TABLE ${table}`);
    db.close();
    const reader = openLedgerReader(path);
    expect([reader.retention(), reader.minimumIndex()]).toEqual([undefined, 0]);
    expect(reader.proofOf({ index: 3 })).toBeDefined();
    reader.close();
    expect(check(path).ok).toBe(true);
    const again = open(path);
    expect(again.reader.retention()).toMatchObject(KEEPS_ALL);
    again.close();
  });
});
