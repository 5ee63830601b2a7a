import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { checkpointDigest, parseCheckpoint } from './checkpoint.ts';
import { openAnchoredReader } from './ledger-anchored.ts';
import { SecondAnchoring, type SecondAnchoringOptions } from './ledger-anchoring.ts';
import { SampleAnchor, sampleLedger, shortOf } from './ledger-anchoring-sample.ts';
import { ANCHORING_SQL, openAnchoringFile } from './ledger-anchoring-store.ts';
import type { EmbeddedLedger } from './ledger-embedded.ts';
import { sampleChain } from './ledger-sample.ts';
import { nodeSha256, nodeVerifyEd25519 } from './node-primitive.ts';
import { parseNote, verifyNote } from './note.ts';
import { checkInclusion } from './proof.ts';
import { statementHash } from './statement.ts';
import { parseTlogProof } from './tlog-proof.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-anchoring-'));
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = (): string => join(folder, `${files++}.db`);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Some time that is no multiple of anything. */
const AT = Date.UTC(2026, 10, 21, 13, 4, 5);

type Said = { level: string; event: string } & Record<string, unknown>;

/** A ledger with anchors on a clock of its own. */
class Bench {
  readonly ledger: EmbeddedLedger;
  readonly path: string;
  readonly said: Said[] = [];
  nowMs = AT;
  anchoring: SecondAnchoring;
  readonly #options: SecondAnchoringOptions;

  constructor(anchors: readonly SampleAnchor[], everyMs: number | readonly number[] = 6 * HOUR, count = 1) {
    this.ledger = sampleLedger(newPath(), count);
    this.path = newPath();
    const cadence = (n: number): number => (typeof everyMs === 'number' ? everyMs : everyMs[n]!);
    this.#options = {
      path: this.path,
      places: anchors.map((anchor, n) => ({ anchor, everyMs: cadence(n) })),
      head: () => ({ checkpoint: this.ledger.latest().checkpoint, witnessed: false }),
      log: (level, event, detail) => this.said.push({ level, event, ...detail }),
    };
    this.anchoring = new SecondAnchoring(this.#options);
    open.push(this.ledger, { close: () => this.anchoring.close() });
  }

  /** As a crash and a new start would. */
  restart(): void {
    this.anchoring.close();
    this.anchoring = new SecondAnchoring(this.#options);
  }

  async pass(ms: number, everyMs = 10_000): Promise<void> {
    const end = this.nowMs + ms;
    for (; this.nowMs < end; this.nowMs = Math.min(end, this.nowMs + everyMs))
      await this.anchoring.step(this.nowMs);
    await this.anchoring.step(this.nowMs);
  }

  grow(count = 1): void {
    const held = this.ledger.reader.notes(0, this.ledger.latest().size);
    this.ledger.append(sampleChain(count, { after: held }));
  }

  get digest(): string {
    return shortOf(checkpointDigest(parseNote(this.ledger.latest().checkpoint).text));
  }

  rows(): { state: string; size: number; looks: number; evidence: string | null }[] {
    const db = new Database(this.path, { readonly: true });
    const rows = db.prepare('SELECT state, size, looks, evidence FROM anchoring ORDER BY id').all();
    db.close();
    return rows as ReturnType<Bench['rows']>;
  }
}

describe('SecondAnchoring', () => {
  it('sends the newest checkpoint at once, and then at each turn of its cadence, grown or not', async () => {
    const anchor = new SampleAnchor('opentimestamps', 'ots', ['confirmed']);
    const bench = new Bench([anchor]);
    const first = bench.digest;
    await bench.pass(0);
    expect(anchor.asked).toEqual([`submit ${first}`]);
    await bench.pass(2 * DAY, 10 * MINUTE);
    const sent = anchor.asked.filter((one) => one.startsWith('submit'));
    expect(sent).toEqual(Array(9).fill(`submit ${first}`));
    bench.grow();
    await bench.pass(6 * HOUR, MINUTE);
    expect(anchor.asked.filter((one) => one === `submit ${bench.digest}`)).toHaveLength(1);
  });

  it('keeps the cadence of each place, and gives places whose turns coincide the same checkpoint', async () => {
    const [often, seldom] = [
      new SampleAnchor('opentimestamps', 'a'),
      new SampleAnchor('evm', 'b', ['confirmed']),
    ];
    const bench = new Bench([often, seldom], [6 * HOUR, DAY]);
    for (let n = 0; n < 16; n++) {
      await bench.pass(3 * HOUR, 10 * MINUTE);
      bench.grow();
    }
    const sent = (anchor: SampleAnchor): string[] => anchor.asked.filter((one) => one.startsWith('submit'));
    expect([sent(often).length, sent(seldom).length]).toEqual([9, 3]);
    for (const one of sent(seldom)) expect(sent(often)).toContain(one);
  });

  it('looks at what is pending after pauses that double up to an hour, and once more a day after it is final', async () => {
    const anchor = new SampleAnchor('opentimestamps', 'a', ['pending']);
    const bench = new Bench([anchor], 30 * DAY);
    const looked: number[] = [];
    for (const start = bench.nowMs; bench.nowMs < start + DAY; ) {
      const before = anchor.asked.length;
      await bench.pass(MINUTE, MINUTE);
      if (anchor.asked.length > before) looked.push(Math.round((bench.nowMs - start) / MINUTE));
    }
    const pauses = looked.slice(1).map((at, n) => at - looked[n]!);
    expect(pauses.slice(0, 3)).toEqual([10, 20, 40].map((minutes) => expect.closeTo(minutes, -1)));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(61);
    expect(looked.length).toBeLessThan(30);
    anchor.whims = ['confirmed'];
    await bench.pass(2 * HOUR, MINUTE);
    expect(bench.rows()).toEqual([expect.objectContaining({ state: 'confirmed', looks: 0 })]);
    const asked = anchor.asked.length;
    await bench.pass(5 * DAY, HOUR);
    expect(anchor.asked.length).toBe(asked + 1);
    expect(bench.said.map(({ event }) => event)).toEqual(['second-anchor-confirmed']);
  });

  it('is down for days: no one waits, two lines in the log, one checkpoint when it is back', async () => {
    const anchor = new SampleAnchor('evm', 'a', ['anchor-unreachable']);
    const bench = new Bench([anchor], DAY);
    for (let day = 0; day < 5; day++) {
      await bench.pass(DAY, 10 * MINUTE);
      bench.grow();
    }
    expect(bench.said).toEqual([
      {
        level: 'warn',
        event: 'second-anchor-away',
        anchor: 'a',
        code: 'anchor-unreachable',
        why: 'the outside is away',
      },
    ]);
    expect(bench.rows()).toHaveLength(1);
    // At most every ten minutes, however long.
    expect(anchor.asked.length).toBeLessThan(5 * 24 * 6 + 20);
    anchor.whims = ['pending', 'confirmed'];
    anchor.asked.length = 0;
    await bench.pass(DAY, MINUTE);
    const sent = anchor.asked.filter((one) => one.startsWith('submit'));
    expect(sent.length).toBeLessThanOrEqual(2);
    expect(sent.at(-1)).toBe(`submit ${bench.digest}`);
    expect(bench.said.slice(1).map(({ event }) => event)).toEqual([
      'second-anchor-back',
      ...sent.map(() => 'second-anchor-confirmed'),
    ]);
  });

  it('sends again what the outside forgot, before it was final and after', async () => {
    const anchor = new SampleAnchor('evm', 'a', [
      'pending',
      'lost',
      'pending',
      'confirmed',
      'lost',
      'confirmed',
    ]);
    const bench = new Bench([anchor], 30 * DAY);
    await bench.pass(HOUR, 10_000);
    expect(bench.rows()).toEqual([expect.objectContaining({ state: 'confirmed' })]);
    await bench.pass(2 * DAY, 10 * MINUTE);
    expect(anchor.asked.map((one) => one.split(' ')[0])).toEqual([
      ...['submit', 'advance', 'submit', 'advance', 'advance', 'submit'],
      'advance',
    ]);
    expect(bench.said.filter(({ event }) => event === 'second-anchor-lost')).toHaveLength(2);
    expect(bench.rows()).toEqual([expect.objectContaining({ state: 'confirmed' })]);
  });

  it('gives up what never comes, and says so once', async () => {
    const anchor = new SampleAnchor('opentimestamps', 'a', ['pending']);
    const bench = new Bench([anchor], 10_000 * DAY);
    await bench.pass(40 * DAY, 3 * HOUR);
    expect(bench.rows()).toEqual([expect.objectContaining({ state: 'given-up' })]);
    expect(bench.said.map(({ event }) => event)).toEqual(['second-anchor-given-up']);
  });

  it('goes on with what it had in line after a restart, and anchors no turn twice', async () => {
    const anchor = new SampleAnchor('opentimestamps', 'a', ['anchor-unreachable']);
    const bench = new Bench([anchor]);
    await bench.pass(0);
    bench.restart();
    anchor.whims = ['pending'];
    await bench.pass(HOUR, MINUTE);
    bench.restart();
    await bench.pass(HOUR, MINUTE);
    expect(anchor.asked.filter((one) => one.startsWith('submit'))).toHaveLength(2);
    expect(bench.rows()).toEqual([expect.objectContaining({ state: 'pending' })]);
  });

  it('is not ended by a clock that once was a century ahead', async () => {
    const anchor = new SampleAnchor('opentimestamps', 'a', ['confirmed']);
    const bench = new Bench([anchor]);
    bench.nowMs += 36_500 * DAY;
    await bench.pass(0);
    bench.nowMs = AT;
    await bench.pass(DAY, HOUR);
    expect(anchor.asked.filter((one) => one.startsWith('submit')).length).toBeGreaterThan(4);
  });

  it('survives an anchor that breaks its word, and one that never answers does not hold up the others', async () => {
    const mute = new SampleAnchor('evm', 'mute');
    mute.submit = () => new Promise(() => undefined);
    const broken = new SampleAnchor('evm', 'broken');
    broken.submit = () => Promise.reject(new TypeError('a bug'));
    const well = new SampleAnchor('opentimestamps', 'well', ['confirmed']);
    const bench = new Bench([mute, broken, well], DAY);
    for (let n = 0; n < 50; n++) {
      void bench.anchoring.step(bench.nowMs);
      await new Promise((resolve) => setImmediate(resolve));
      bench.nowMs += HOUR;
    }
    expect(well.asked.length).toBeGreaterThan(3);
    expect(bench.said.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({ event: 'second-anchor-away', anchor: 'broken', code: 'fault', why: 'a bug' }),
    ]);
    bench.anchoring.close();
    await expect(bench.anchoring.step(bench.nowMs)).resolves.toBeUndefined();
  });

  it('comes to nothing, without a fault, when it is closed while the outside thinks', async () => {
    const anchor = new SampleAnchor('evm', 'a');
    const { promise, resolve } = Promise.withResolvers<void>();
    const submit = anchor.submit.bind(anchor);
    anchor.submit = async (digest) => {
      await promise;
      return submit(digest);
    };
    const bench = new Bench([anchor]);
    const step = bench.anchoring.step(bench.nowMs);
    await new Promise((next) => setImmediate(next));
    bench.anchoring.close();
    resolve();
    await expect(step).resolves.toBeUndefined();
    expect(bench.rows()).toEqual([expect.objectContaining({ state: 'due', evidence: null })]);
  });

  it('begins anew with evidence that its place no longer takes', async () => {
    const anchor = new SampleAnchor('opentimestamps', 'a', ['pending', 'bad-anchor', 'pending']);
    const bench = new Bench([anchor], 30 * DAY);
    await bench.pass(2 * HOUR, MINUTE);
    expect(anchor.asked.slice(0, 3).map((one) => one.split(' ')[0])).toEqual(['submit', 'advance', 'submit']);
  });

  it('walks no whole table', () => {
    const path = newPath();
    const db = openAnchoringFile(path, 'write');
    for (const [name, sql] of Object.entries(ANCHORING_SQL)) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array(sql.split('?').length - 1).fill(1));
      const scans = (plan as { detail: string }[]).filter(({ detail }) => detail.startsWith('SCAN'));
      expect({ name, scans }).toEqual({ name, scans: [] });
    }
    db.close();
    writeFileSync(path, 'something else entirely');
    for (const mode of ['write', 'read'] as const) {
      expect(() => openAnchoringFile(path, mode as 'read')).toThrow(
        expect.objectContaining({ code: 'ledger-unreadable' }),
      );
    }
  });
});

describe('a proof under an anchored checkpoint', () => {
  /** Statement 0 under size 3 and 5, statement 4 under size 5. */
  async function anchored(whims: SampleAnchor['whims'] = ['confirmed'], kind: SampleAnchor['kind'] = 'evm') {
    const anchor = new SampleAnchor(kind, 'a', whims);
    const bench = new Bench([anchor], DAY, 3);
    await bench.pass(0);
    bench.grow(2);
    await bench.pass(DAY, HOUR);
    bench.grow(4);
    return { bench, anchor };
  }
  const holds = (proof: string | undefined, ledger: EmbeddedLedger, index: number): number => {
    const { index: at, path, checkpoint } = parseTlogProof(proof ?? '');
    const { size, root } = parseCheckpoint(verifyNote(checkpoint, [ledger.key], nodeVerifyEd25519).text);
    const note = ledger.reader.entry({ index })!.note;
    expect([at, checkInclusion(statementHash(note), index, size, path, root, nodeSha256)]).toEqual([
      index,
      true,
    ]);
    return size;
  };

  it('is under the earliest that covers the entry, with its evidence', async () => {
    const { bench } = await anchored();
    const { ledger } = bench;
    const { anchored: known } = bench.anchoring;
    for (const [index, size] of [
      [0, 3],
      [2, 3],
      [3, 5],
      [4, 5],
    ] as const) {
      const proof = known.proofOf(ledger.reader, { index }, false);
      expect(holds(proof, ledger, index)).toBe(size);
      const text = parseNote(parseTlogProof(proof!).checkpoint).text;
      expect(known.evidenceFor(proof!)).toEqual([
        { kind: 'evm', evidence: `a confirmed ${Buffer.from(checkpointDigest(text)).toString('hex')}` },
      ]);
    }
    expect(known.proofOf(ledger.reader, { index: 5 }, false)).toBeUndefined();
    expect(known.proofOf(ledger.reader, { index: 99 }, false)).toBeUndefined();
    expect(known.evidenceFor(ledger.proofOf({ index: 5 })!)).toEqual([]);
    expect(known.proofOf(ledger.reader, { index: 0 }, true)).toBeUndefined();
  });

  it('is read beside a hub that writes, from its file', async () => {
    const { bench } = await anchored();
    const reader = openAnchoredReader(bench.path)!;
    expect(holds(reader.proofOf(bench.ledger.reader, { index: 4 }, false), bench.ledger, 4)).toBe(5);
    reader.close();
    expect(openAnchoredReader(newPath())).toBeUndefined();
  });

  it("takes a calendar's promise where nothing is final yet, and never a transaction on its way", async () => {
    const promised = await anchored(['pending'], 'opentimestamps');
    expect(
      promised.bench.anchoring.anchored.proofOf(promised.bench.ledger.reader, { index: 0 }, false),
    ).toBeDefined();
    const sent = await anchored(['pending'], 'evm');
    expect(
      sent.bench.anchoring.anchored.proofOf(sent.bench.ledger.reader, { index: 0 }, false),
    ).toBeUndefined();
    const mixed = await anchored(['pending', 'confirmed', 'pending'], 'opentimestamps');
    const { anchored: known } = mixed.bench.anchoring;
    const proof = known.proofOf(mixed.bench.ledger.reader, { index: 0 }, false)!;
    expect(known.evidenceFor(proof)[0]?.evidence).toContain('confirmed');
  });

  it('is of no other ledger, and of no other history of this one', async () => {
    const { bench } = await anchored();
    const { anchored: known } = bench.anchoring;
    const shorter = sampleLedger(newPath(), 2);
    const other = sampleLedger(newPath(), 0);
    other.append(sampleChain(9, { change: (one) => ({ ...one, batchRoot: new Uint8Array(32).fill(99) }) }));
    open.push(shorter, other);
    for (const ledger of [shorter, other]) {
      expect(known.proofOf(ledger.reader, { index: 0 }, false)).toBeUndefined();
    }
  });

  it('carries the evidence of every place once, however often the same checkpoint was anchored', async () => {
    const anchors = [
      new SampleAnchor('evm', 'a', ['confirmed']),
      new SampleAnchor('opentimestamps', 'b', ['confirmed']),
    ];
    const bench = new Bench(anchors, HOUR, 2);
    await bench.pass(5 * HOUR, 10 * MINUTE);
    const { anchored: known } = bench.anchoring;
    const proof = known.proofOf(bench.ledger.reader, { index: 1 }, false)!;
    expect(known.evidenceFor(proof).map(({ kind }) => kind)).toEqual(['evm', 'opentimestamps']);
  });
});

const RUNNER = fileURLToPath(new URL('./ledger-anchoring.test-process.ts', import.meta.url));

it('loses no anchoring, killed ten times at any instant', { timeout: 60_000 }, async () => {
  const ledgerPath = newPath();
  const path = newPath();
  /** Sizes that were said to be confirmed. */
  const told = new Set<number>();
  for (let round = 0; round < 10; round++) {
    const child = spawn(process.execPath, ['--no-warnings', RUNNER, ledgerPath, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), 20 + 13 * round));
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.endsWith('.')) told.add(Number(line.slice(0, -1)));
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
  }
  expect(told.size).toBeGreaterThan(20);
  const db = new Database(path);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  const rows = db.prepare('SELECT size, state FROM anchoring ORDER BY id').all() as {
    size: number;
    state: string;
  }[];
  db.close();
  const confirmed = new Set(rows.filter(({ state }) => state === 'confirmed').map(({ size }) => size));
  for (const size of told) expect(confirmed.has(size), `size ${size}`).toBe(true);
  // What was in line when the last kill came is taken up again.
  const ledger = sampleLedger(ledgerPath, 0);
  const anchor = new SampleAnchor('evm', 'a', ['confirmed']);
  const anchoring = new SecondAnchoring({
    path,
    places: [{ anchor, everyMs: 1000 }],
    head: () => ({ checkpoint: ledger.latest().checkpoint, witnessed: false }),
    log: () => undefined,
  });
  open.push(ledger, anchoring);
  await anchoring.step(Date.now() + 3 * DAY);
  const after = new Database(path, { readonly: true });
  expect(after.prepare(`SELECT count(*) AS n FROM anchoring WHERE state <> 'confirmed'`).get()).toEqual({
    n: 0,
  });
  after.close();
});
