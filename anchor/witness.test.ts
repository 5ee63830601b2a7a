import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { verifyCosignatures } from './cosignature.ts';
import { KEY_TYPES, type Signer } from './key.ts';
import { SAMPLE_LOG, sampleSeed } from './ledger-sample.ts';
import { nodeMlDsaCosigner, nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { nodeSigner, nodeVerifyEd25519 } from './node-primitive.ts';
import { formatNote, formatSignatureLine, parseNote, signNote } from './note.ts';
import { emptyRoot } from './tree.ts';
import { openWitness, originHash, type Witness, type WitnessAnswer } from './witness.ts';
import { createWitnessKeys, formatWitnessKeys, parseWitnessKeys } from './witness-key.ts';
import { formatAddCheckpoint, parseAddCheckpoint } from './witness-request.ts';
import { sampleLog, sampleWitnessKeys } from './witness-sample.ts';
import { WITNESS_SQL } from './witness-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-witness-'));
const opened: Witness[] = [];
afterAll(() => {
  for (const witness of opened) witness.close();
  rmSync(folder, { recursive: true, force: true });
});
let files = 0;
const newPath = (): string => join(folder, `${files++}.db`);
let nowS = 1_795_266_600;
const KEYS = sampleWitnessKeys(0);
const open = (
  path = newPath(),
  create = true,
  logs: readonly Signer[] = [SAMPLE_LOG],
  keys = KEYS,
): Witness => {
  const witness = openWitness({ path, create, keys, logs, nowS: () => nowS });
  opened.push(witness);
  return witness;
};
const log = sampleLog();
const body = (oldSize: number, proof: readonly Uint8Array[], note: string): Uint8Array =>
  utf8(formatAddCheckpoint({ oldSize, proof, note }));
const cosignatures = (answer: WitnessAnswer, text: string, witness: Witness) => {
  if (answer.kind !== 'cosigned') throw new Error(`${answer.kind}: ${JSON.stringify(answer)}`);
  const note = parseNote(`${text}\n${answer.lines}`);
  expect(note.signatures).toHaveLength(witness.keys.length);
  return verifyCosignatures(note, witness.keys, nodeVerifyEd25519, nodeVerifyMlDsa44);
};

describe('witness', () => {
  it('cosigns with both of its keys, only what continues, and says when', () => {
    const witness = open();
    for (const [oldSize, size] of [
      [0, 1],
      [1, 3],
      [3, 5],
      [5, 5],
      [5, 200],
    ] as const) {
      nowS += 7;
      const found = cosignatures(witness.addCheckpoint(log.request(oldSize, size)), log.text(size), witness);
      expect(found).toEqual(witness.keys.map((key) => ({ key, timeS: nowS })));
    }
    expect(witness.keys.map(({ type }) => type)).toEqual([4, 6]);
  });

  it('grows from size 0, with the root of nothing and no proof', () => {
    const witness = open();
    const wrong = signNote(formatCheckpoint({ origin: SAMPLE_LOG.name, size: 0, root: sampleSeed(1) }), [
      SAMPLE_LOG,
    ]);
    expect(witness.addCheckpoint(body(0, [], wrong)).kind).toBe('inconsistent');
    expect(witness.addCheckpoint(body(0, [sampleSeed(1)], log.checkpoint(0))).kind).toBe('inconsistent');
    expect(witness.addCheckpoint(body(0, [], log.checkpoint(0)))).toMatchObject({
      kind: 'cosigned',
      size: 0,
    });
    expect([...parseCheckpoint(log.text(0)).root]).toEqual([...emptyRoot()]);
    expect(witness.addCheckpoint(body(0, [sampleSeed(1)], log.checkpoint(4))).kind).toBe('inconsistent');
    expect(witness.addCheckpoint(body(0, [], log.checkpoint(4)))).toMatchObject({
      kind: 'cosigned',
      size: 4,
    });
    expect(witness.addCheckpoint(body(0, [], log.checkpoint(0)))).toEqual({ kind: 'conflict', size: 4 });
  });

  it('keeps two roots of one size as proof against the log, and cosigns neither anew', () => {
    const path = newPath();
    const witness = open(path);
    witness.addCheckpoint(log.request(0, 5));
    const fork = sampleLog(SAMPLE_LOG, 3);
    const answer = witness.addCheckpoint(fork.request(5, 5));
    expect(answer).toMatchObject({ kind: 'inconsistent', contradiction: true });
    witness.addCheckpoint(fork.request(5, 5));
    expect(witness.contradictions()).toEqual([
      { origin: SAMPLE_LOG.name, held: log.checkpoint(5), offered: fork.checkpoint(5) },
    ]);
    // Of a larger tree that does not continue, the request alone proves nothing against the log.
    expect(witness.addCheckpoint(fork.request(5, 9))).toMatchObject({
      kind: 'inconsistent',
      contradiction: false,
    });
    expect(witness.contradictions()).toHaveLength(1);
    expect(witness.addCheckpoint(log.request(5, 9)).kind).toBe('cosigned');
  });

  it('keeps no line that it did not verify: neither a stranger, nor a forged one of its own', () => {
    const witness = open();
    const [own] = witness.keys;
    const forged = { name: own!.name, keyId: own!.keyId, signature: new Uint8Array(72).fill(1) };
    const stranger = { name: 'x', keyId: 1, signature: new Uint8Array(64) };
    const { text, signatures } = parseNote(log.checkpoint(2));
    const note = formatNote({ text, signatures: [forged, ...signatures, stranger] });
    const answer = witness.addCheckpoint(body(0, [], note));
    expect(cosignatures(answer, text, witness)).toHaveLength(2);
    const served = witness.latest(originHash(SAMPLE_LOG.name))!;
    expect(served).not.toContain(formatSignatureLine(forged));
    expect(parseNote(served).signatures.map(({ name }) => name)).toEqual([
      SAMPLE_LOG.name,
      own!.name,
      own!.name,
    ]);
    expect(
      verifyCosignatures(parseNote(served), witness.keys, nodeVerifyEd25519, nodeVerifyMlDsa44),
    ).toHaveLength(2);
    nowS += 1;
    expect(witness.addCheckpoint(log.request(2, 6)).kind).toBe('cosigned');
  });

  it.each<[string, (bytes: string) => string]>([
    ['no body', () => ''],
    ['no old line', (b) => b.slice(b.indexOf('\n') + 1)],
    ['a leading zero', (b) => b.replace('old 3', 'old 03')],
    ['a sign', (b) => b.replace('old 3', 'old +3')],
    ['a negative size', (b) => b.replace('old 3', 'old -1')],
    ['no number', (b) => b.replace('old 3', 'old x')],
    ['a size beyond 2^53', (b) => b.replace('old 3', 'old 9007199254740993')],
    ['a carriage return', (b) => b.replace('old 3', 'old 3\r')],
    ['no empty line', (b) => b.replace('\n\n', '\n')],
    ['64 hashes', (b) => b.replace('\n', `\n${`${'A'.repeat(43)}=\n`.repeat(64)}`)],
    ['a short hash', (b) => b.replace('\n', '\nAAAA\n')],
    ['base64 with other padding bits', (b) => b.replace('\n', `\n${'A'.repeat(42)}B=\n`)],
    ['an unsigned note', (b) => b.slice(0, b.lastIndexOf('\n\n') + 1)],
    ['a note cut off', (b) => b.slice(0, -1)],
    ['a checkpoint of two lines', (b) => b.replace(/\n5\n/, '\n')],
    ['a size with a leading zero', (b) => b.replace(/\n5\n/, '\n05\n')],
    ['a root that is too short', (b) => b.replace(/(\n5\n).*\n/, '$1AAAA\n')],
  ])('calls %s malformed', (_, change) => {
    const witness = open();
    witness.addCheckpoint(log.request(0, 3));
    const honest = new TextDecoder().decode(log.request(3, 5));
    const changed = change(honest);
    expect(changed).not.toBe(honest);
    expect(witness.addCheckpoint(utf8(changed)).kind).toBe('malformed');
    expect(witness.addCheckpoint(log.request(3, 5)).kind).toBe('cosigned');
  });

  it('calls bytes that are not UTF-8, an old size above the new one, and extension lines malformed', () => {
    const witness = open();
    expect(witness.addCheckpoint(Uint8Array.of(0xff, 0xfe)).kind).toBe('malformed');
    expect(witness.addCheckpoint(log.request(6, 5))).toMatchObject({ kind: 'malformed', message: /above/ });
    const extended = signNote(`${log.text(5)}more\n`, [SAMPLE_LOG]);
    expect(witness.addCheckpoint(body(0, [], extended)).kind).toBe('malformed');
  });

  it('takes whatever bytes, and goes on', () => {
    const witness = open();
    const honest = log.request(0, 3);
    fc.assert(
      fc.property(fc.nat(honest.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = honest.slice();
        changed[at]! ^= mask;
        expect(witness.addCheckpoint(changed).kind).not.toBe('cosigned');
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(witness.addCheckpoint(bytes).kind).toBe('malformed');
      }),
      { numRuns: 200 },
    );
    expect(witness.addCheckpoint(honest).kind).toBe('cosigned');
  });

  it('knows a log by its origin, with each of its keys, and refuses one wrong line of a known key', () => {
    const pq = nodeMlDsaCosigner(SAMPLE_LOG.name, sampleSeed(41), () => 0);
    const witness = open(newPath(), true, [SAMPLE_LOG, pq]);
    const text = log.text(1);
    expect(witness.addCheckpoint(body(0, [], signNote(text, [pq]))).kind).toBe('cosigned');
    nowS += 1;
    expect(witness.addCheckpoint(body(1, [], signNote(text, [SAMPLE_LOG, pq]))).kind).toBe('cosigned');
    expect(parseNote(witness.latest(originHash(SAMPLE_LOG.name))!).signatures).toHaveLength(4);
    const wrong = { ...SAMPLE_LOG, sign: () => new Uint8Array(64) };
    expect(witness.addCheckpoint(body(1, [], signNote(text, [pq, wrong]))).kind).toBe('refused-signature');
    const stranger = nodeSigner(SAMPLE_LOG.name, sampleSeed(9));
    expect(witness.addCheckpoint(body(1, [], signNote(text, [stranger]))).kind).toBe('refused-signature');
    const other = nodeSigner('heartwood/ledger/other', sampleSeed(9));
    expect(witness.addCheckpoint(sampleLog(other).request(0, 1)).kind).toBe('unknown-log');
  });

  it('never goes back in time for a log, and writes once a second at most', () => {
    const path = newPath();
    const witness = open(path);
    const at = nowS;
    const timeOf = (answer: WitnessAnswer, size: number) =>
      cosignatures(answer, log.text(size), witness)[0]!.timeS;
    const first = witness.addCheckpoint(log.request(0, 5));
    expect(timeOf(first, 5)).toBe(at);
    const changes = new Database(path, { readonly: true });
    const version = (): unknown => changes.pragma('data_version', { simple: true });
    const before = version();
    expect(witness.addCheckpoint(log.request(5, 5))).toEqual(first);
    expect(version()).toBe(before);
    nowS = at - 5000;
    expect(witness.addCheckpoint(log.request(5, 5))).toEqual(first);
    expect(timeOf(witness.addCheckpoint(log.request(5, 6)), 6)).toBe(at);
    expect(version()).not.toBe(before);
    changes.close();
    for (const broken of [0, Number.NaN, 1.5, -1, Infinity, 253_402_300_799, 1_767_225_599, 4_102_444_800]) {
      nowS = broken;
      expect(open().addCheckpoint(log.request(0, 1))).toMatchObject({
        kind: 'clock',
        message: expect.stringMatching(/clock of this witness says .*not between 2026 and 2100/),
      });
    }
    nowS = at;
  });

  it('is not poisoned by one wrong moment of its clock, and goes on after a long rest at its operator’s word', () => {
    const path = newPath();
    const witness = open(path);
    const at = nowS;
    expect(witness.addCheckpoint(log.request(0, 5)).kind).toBe('cosigned');
    for (const wrong of [253_402_300_799, at + 401 * 86_400]) {
      nowS = wrong;
      expect(witness.addCheckpoint(log.request(5, 6))).toMatchObject({ kind: 'clock' });
      expect(witness.latest(originHash(SAMPLE_LOG.name))).toContain(log.text(5));
    }
    nowS = at + 1;
    const found = cosignatures(witness.addCheckpoint(log.request(5, 6)), log.text(6), witness);
    expect(found[0]?.timeS).toBe(at + 1);
    nowS = at + 401 * 86_400;
    const trusting = openWitness({
      path,
      create: false,
      keys: KEYS,
      logs: [SAMPLE_LOG],
      nowS: () => nowS,
      trustClock: true,
    });
    opened.push(trusting);
    const later = cosignatures(trusting.addCheckpoint(log.request(6, 7)), log.text(7), trusting);
    expect(later[0]?.timeS).toBe(nowS);
    // What an earlier version signed in a year like that cannot be followed by any time.
    const db = new Database(path);
    db.prepare('UPDATE log SET time_s = 253402300799').run();
    db.close();
    expect(trusting.addCheckpoint(log.request(7, 8))).toMatchObject({
      kind: 'clock',
      message: expect.stringMatching(/at 9999-12-31 already/),
    });
    nowS = at;
  });

  it('judges a log and its signature before extension lines', () => {
    const text = `${log.text(1)}an extension\n`;
    const stranger = nodeSigner('heartwood/ledger/other', sampleSeed(9));
    const wrongKey = nodeSigner(SAMPLE_LOG.name, sampleSeed(9));
    const witness = open();
    const kinds = [
      body(0, [], signNote(text.replace(SAMPLE_LOG.name, stranger.name), [stranger])),
      body(0, [], signNote(text, [wrongKey])),
      body(0, [], signNote(text, [SAMPLE_LOG])),
    ].map((one) => witness.addCheckpoint(one).kind);
    expect(kinds).toEqual(['unknown-log', 'refused-signature', 'malformed']);
  });

  it('goes on where it was closed, and two processes on one file take turns', () => {
    const path = newPath();
    const one = open(path);
    one.addCheckpoint(log.request(0, 5));
    const two = open(path, false);
    expect(two.addCheckpoint(log.request(0, 7))).toEqual({ kind: 'conflict', size: 5 });
    expect(two.addCheckpoint(log.request(5, 7)).kind).toBe('cosigned');
    expect(one.addCheckpoint(log.request(5, 6))).toEqual({ kind: 'conflict', size: 7 });
  });

  it('does not begin anew with old keys, nor with the memory of others', () => {
    const path = newPath();
    expect(() => open(path, false)).toThrow(/is gone/);
    open(path).addCheckpoint(log.request(0, 5));
    expect(() => open(path, false, [SAMPLE_LOG], sampleWitnessKeys(1))).toThrow(/other keys/);
    expect(() => open(path, true, [SAMPLE_LOG], sampleWitnessKeys(0, false))).toThrow(/other keys/);
    const other = newPath();
    const db = new Database(other);
    db.exec('CREATE TABLE x (y)');
    db.close();
    expect(() => open(other)).toThrow(/not the memory of a witness/);
  });

  it('walks no whole table while it serves', () => {
    const path = newPath();
    open(path);
    const db = new Database(path, { readonly: true });
    for (const [name, sql] of Object.entries(WITNESS_SQL)) {
      if (name === 'contradictions') continue;
      const names = [...sql.matchAll(/@(\w+)/g)].map(([, word]) => word!);
      const args =
        names.length > 0
          ? [Object.fromEntries(names.map((word) => [word, 1]))]
          : Array(sql.split('?').length - 1).fill(1);
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...args) as { detail: string }[];
      expect({ name, scans: plan.filter(({ detail }) => /^SCAN (?!CONSTANT)/.test(detail)) }).toEqual({
        name,
        scans: [],
      });
    }
    db.close();
  });
});

describe('add-checkpoint body', () => {
  it('is read as it was written', () => {
    const request = { oldSize: 3, proof: log.proof(3, 8), note: log.checkpoint(8) };
    expect(request.proof.length).toBeGreaterThan(1);
    expect(parseAddCheckpoint(utf8(formatAddCheckpoint(request)))).toEqual(request);
  });
});

describe('witness keys', () => {
  it('are read as they were written, and are random', () => {
    const both = createWitnessKeys('witness.example/x', [
      KEY_TYPES.cosignatureEd25519,
      KEY_TYPES.cosignatureMlDsa44,
    ]);
    expect(parseWitnessKeys(formatWitnessKeys(both))).toEqual(both);
    expect(formatWitnessKeys(createWitnessKeys('witness.example/x', [4]))).not.toBe(
      formatWitnessKeys(createWitnessKeys('witness.example/x', [4])),
    );
    expect(() => createWitnessKeys('a b', [4])).toThrow(/cannot be the name/);
  });

  it.each<[string, (file: string) => string]>([
    ['nothing', () => ''],
    ['another name in one line', (file) => file.replace('n0', 'n1')],
    ['a line twice', (file) => file + file],
    ['another id', (file) => file.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    ['a type that is none', (file) => file.replace(/\+B/, '+A')],
    ['a short seed', (file) => file.replace(/....\n/, '\n')],
    ['a word', () => 'hello'],
  ])('refuse a file with %s, and show no secret', (_, change) => {
    const file = formatWitnessKeys(KEYS);
    const changed = change(file);
    expect(changed).not.toBe(file);
    expect(() => parseWitnessKeys(changed)).toThrow(/key file/);
    try {
      parseWitnessKeys(changed);
    } catch (error) {
      for (const line of file.trim().split('\n')) expect(String(error)).not.toContain(line.slice(-20));
    }
  });
});
