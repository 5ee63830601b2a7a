// A reading's whole way: a hub's statement, the embedded ledger, three witnesses over HTTP, a bundle, and a stranger who
// verifies it under a policy with a quorum. And the numbers of that way, printed; their bounds are those of the project.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchRoot, segmentPath, segmentRootOf, slotPath } from './batch.ts';
import { formatBundle, type ProofBundle } from './bundle.ts';
import { joinBytes, utf8 } from './bytes.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { formatVerifierKey, type VerifierKey } from './key.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import { SAMPLE_END_MS, SAMPLE_HUB, SAMPLE_LOG, sampleChain, sampleSeed } from './ledger-sample.ts';
import { NODE_PRIMITIVES, nodeCosigner } from './node-primitive.ts';
import { formatNote, parseNote, signNote } from './note.ts';
import { type Policy, parsePolicy } from './policy.ts';
import { rootFromInclusion } from './proof.ts';
import { SAMPLE_SEQUENCE, sampleEntry, sampleProof, sampleReading } from './proof-sample.ts';
import { statementHash } from './statement.ts';
import { formatTlogProof, parseTlogProof, proofSignedBy } from './tlog-proof.ts';
import { leafHash } from './tree.ts';
import { verifyBundle } from './verify.ts';
import { openWitness, type Witness } from './witness.ts';
import { closeWitnessCircle, openWitnessCircle, type WitnessCircle } from './witness-circle.ts';
import { gatherCosignatures } from './witness-gather.ts';
import { sampleLog, sampleWitnessKeys } from './witness-sample.ts';
import { startWitnessServer, type WitnessServer } from './witness-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-witnessed-'));
const servers: WitnessServer[] = [];
const witnesses: Witness[] = [];
const ledgers: EmbeddedLedger[] = [];
const circles: WitnessCircle[] = [];
/** One second a call, so that no two cosignatures are of one second. */
let nowS = SAMPLE_END_MS / 1000 + 10_000;

beforeAll(async () => {
  for (const n of [1, 2, 3]) {
    const path = join(folder, `witness-${n}.db`);
    const keys = sampleWitnessKeys(n);
    const witness = openWitness({ path, create: true, keys, logs: [SAMPLE_LOG], nowS: () => nowS++ });
    witnesses.push(witness);
    servers.push(await startWitnessServer({ witness, host: '127.0.0.1', port: 0 }));
  }
});
afterAll(async () => {
  for (const circle of circles) await closeWitnessCircle(circle);
  for (const server of servers) await server.close();
  for (const closable of [...witnesses, ...ledgers]) closable.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Trusts the hub, the ledger and the three; `type` chooses which key of each. */
const policyText = (quorum: string, type: 4 | 6 = 4): string => {
  const keyOf = (i: number): VerifierKey => witnesses[i]!.keys.find((key) => key.type === type)!;
  const lines = ['alice', 'bob', 'carol'].map(
    (name, i) => `witness ${name} ${formatVerifierKey(keyOf(i))} ${servers[i]!.url}`,
  );
  return [
    `hub ${formatVerifierKey(SAMPLE_HUB)}`,
    `log ${formatVerifierKey(SAMPLE_LOG)}`,
    ...lines,
    quorum,
    '',
  ].join('\n');
};
const ALL = 'group g all alice bob carol\nquorum g';
const openLedger = (): EmbeddedLedger => {
  const path = join(folder, `ledger-${ledgers.length}.db`);
  const ledger = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB] });
  ledgers.push(ledger);
  return ledger;
};
const openCircle = (policy: Policy): WitnessCircle => {
  const circle = openWitnessCircle(policy, { withoutQuorum: 'fail-closed', nowMs: () => 0 });
  circles.push(circle);
  return circle;
};

const entries = Array.from({ length: 20 }, (_, n) => sampleEntry(sampleReading(n), n));
const hashes = entries.map((entry) => leafHash(entry));
const slots = Array.from({ length: 16 }, (_, i) => (i === 2 ? segmentRootOf(hashes) : sampleSeed(i)));
/** A hub's statements 0 to 57, the last over `entries`. */
const chain = ((): string[] => {
  const before = sampleChain(SAMPLE_SEQUENCE);
  return [
    ...before,
    ...sampleChain(1, { after: before, change: (s) => ({ ...s, batchRoot: batchRoot(slots) }) }),
  ];
})();
const bundleWith = (ledgerProof: string): ProofBundle => ({
  entry: entries[14]!,
  segment: { index: 14, size: 20, path: segmentPath(hashes, 14) },
  batch: { slot: 2, slots: 16, path: slotPath(slots, 2) },
  statement: chain.at(-1)!,
  ledger: ledgerProof,
});
const verdictOf = (bundle: ProofBundle, policy: string) => {
  const verdict = verifyBundle(formatBundle(bundle), policy, NODE_PRIMITIVES);
  return { ...verdict, fails: verdict.steps.find(({ ok }) => !ok)?.name };
};
const withCheckpoint = (
  ledgerProof: string,
  change: (note: ReturnType<typeof parseNote>) => ReturnType<typeof parseNote>,
): ProofBundle => {
  const proof = parseTlogProof(ledgerProof);
  return bundleWith(
    formatTlogProof({ ...proof, checkpoint: formatNote(change(parseNote(proof.checkpoint))) }),
  );
};

describe('a witnessed reading', () => {
  it.each([
    ['Ed25519', 4],
    ['ML-DSA-44', 6],
  ] as const)('is proved from the hub to a stranger, with %s', { timeout: 60_000 }, async (_, type) => {
    const policy = policyText(ALL, type);
    // Its own ledger key would be the same for both runs: the second goes on with the first's ledger.
    const ledger = ledgers[0] ?? openLedger();
    ledger.append(chain.slice(0, 30));
    const circle = openCircle(parsePolicy(policy));
    await gatherCosignatures(ledger, circle);
    const earlier = ledger.latest();
    ledger.append(chain);
    expect(await gatherCosignatures(ledger, circle)).toMatchObject({
      quorum: true,
      size: 58,
      alarm: undefined,
    });
    const witnessed = ledger.reader.witnessed()!;
    const whole = ledger.proofOf({ origin: SAMPLE_HUB.name, sequence: SAMPLE_SEQUENCE }, witnessed.size)!;
    // The ledger keeps the lines of both runs; a bundle carries those that the verifier's policy names.
    const named = [SAMPLE_LOG, ...parsePolicy(policy).witnesses.map(({ key }) => key)];
    const proof = proofSignedBy(whole, named);
    const bundle = bundleWith(proof);
    if (type === 6) expect(verdictOf(bundleWith(whole), policy).fails).toBe('witnesses');
    const holds = verdictOf(bundle, policy);
    expect(holds).toMatchObject({ ok: true, fails: undefined });
    expect(holds.summary).toContain('by the clocks of 3 witnesses');

    // The quorum is missed by one line.
    for (const at of [1, 2, 3]) {
      const without = withCheckpoint(proof, (note) => ({
        ...note,
        signatures: note.signatures.toSpliced(at, 1),
      }));
      expect(verdictOf(without, policy).fails).toBe('witnesses');
      expect(verdictOf(without, policyText('group g 2 alice bob carol\nquorum g', type)).ok).toBe(true);
    }
    // A byte of a cosignature: each of an Ed25519 line, every hundredth of an ML-DSA-44 one.
    const { length } = parseNote(parseTlogProof(proof).checkpoint).signatures[1]!.signature;
    for (let at = 0; at < length; at += type === 4 ? 1 : 100) {
      const flipped = withCheckpoint(proof, (note) => {
        note.signatures[1]!.signature[at]! ^= 0x10;
        return note;
      });
      expect(verdictOf(flipped, policy).fails).toBe('witnesses');
    }
    // Cosignatures of another checkpoint.
    if (earlier.size === 30) {
      const cosignedBefore = parseNote(ledger.reader.checkpointAt(30)!);
      const mixed = withCheckpoint(proof, (note) => ({
        ...note,
        signatures: [note.signatures[0]!, ...cosignedBefore.signatures.slice(1)],
      }));
      expect(cosignedBefore.signatures).toHaveLength(4);
      expect(verdictOf(mixed, policy).fails).toBe('witnesses');
    }
  });
});

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
const say = (line: string): void => console.log(`witness: ${line}`);

describe('numbers', () => {
  it('has a statement cosigned by three in far less than 2 s', { timeout: 60_000 }, async () => {
    const ledger = ledgers[0] ?? openLedger();
    const circle = openCircle(parsePolicy(policyText(ALL)));
    const notes = [...chain];
    ledger.append(notes);
    await gatherCosignatures(ledger, circle);
    const tookMs: number[] = [];
    for (let i = 0; i < 200; i++) {
      const next = sampleChain(1, { after: notes });
      const began = performance.now();
      ledger.append(next);
      const { quorum } = await gatherCosignatures(ledger, circle);
      tookMs.push(performance.now() - began);
      expect(quorum).toBe(true);
      notes.push(...next);
    }
    tookMs.sort((a, b) => a - b);
    const [median, p99] = [quantile(tookMs, 0.5), quantile(tookMs, 0.99)];
    say(
      `append to 3 cosignatures, both keys each: median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of 200`,
    );
    expect(p99).toBeLessThan(2000);
  });

  it('answers add-checkpoint at a rate', { timeout: 60_000 }, async () => {
    for (const both of [true, false]) {
      const log = sampleLog();
      const requests = Array.from({ length: 300 }, (_, i) => log.request(i, i + 1));
      const path = join(folder, `rate-${both}.db`);
      const keys = sampleWitnessKeys(9, both);
      const witness = openWitness({ path, create: true, keys, logs: [SAMPLE_LOG], nowS: () => nowS++ });
      const began = performance.now();
      for (const request of requests) expect(witness.addCheckpoint(request).kind).toBe('cosigned');
      const perSecond = Math.round((requests.length * 1000) / (performance.now() - began));
      say(`add-checkpoint ${perSecond} a second, ${both ? 'both keys' : 'Ed25519 alone'}, each on disk`);
      expect(perSecond).toBeGreaterThan(20);
      witness.close();
    }
  });

  it('fits a proof with two cosignatures into 2 kB at 31.5 million statements, verified within 1 ms', () => {
    // A year at one statement a second. The path is of random-looking hashes: their number and length are the real ones.
    const size = 31_536_000;
    const index = 31_000_000;
    const sample = sampleProof();
    const at = [40, 41].map((n) => nodeCosigner(`witness.example/w${n}`, sampleSeed(n), () => nowS));
    const leaf = statementHash(sample.statement);
    const path: Uint8Array[] = [];
    let root: Uint8Array | undefined;
    for (let n = 0; !root; n++) {
      path.push(sampleSeed(n));
      root = rootFromInclusion(leaf, index, size, path);
    }
    const text = formatCheckpoint({ origin: SAMPLE_LOG.name, size, root });
    const checkpoint = signNote(text, [SAMPLE_LOG, ...at]);
    const bundle = { ...sample, ledger: formatTlogProof({ index, path, checkpoint }) };
    const policy = [
      `hub ${formatVerifierKey(SAMPLE_HUB)}`,
      `log ${formatVerifierKey(SAMPLE_LOG)}`,
      ...at.map((key, i) => `witness w${i} ${formatVerifierKey(key)}`),
      'group g all w0 w1\nquorum g\n',
    ].join('\n');
    expect(verdictOf(bundle, policy).ok).toBe(true);

    const hashBytes = 32 * (bundle.segment.path.length + bundle.batch.path.length + path.length);
    // Hashes and entry as bytes, the two signed notes as the text that is signed and stored.
    const content = joinBytes(bundle.entry, utf8(bundle.statement), utf8(checkpoint)).length + hashBytes;
    const file = formatBundle(bundle);
    for (let i = 0; i < 200; i++) verifyBundle(file, policy, NODE_PRIMITIVES);
    const tookMs = Array.from({ length: 300 }, () => {
      const began = performance.now();
      verifyBundle(file, policy, NODE_PRIMITIVES);
      return performance.now() - began;
    }).toSorted((a, b) => a - b);
    say(
      `proof at ${size} statements, path of ${path.length}: ${content} bytes of content, ${utf8(bundle.ledger).length} as .tlog-proof, ` +
        `${utf8(file).length} as a file; verified in ${quantile(tookMs, 0.5).toFixed(2)} ms (median)`,
    );
    expect(content).toBeLessThanOrEqual(2048);
    expect(quantile(tookMs, 0.1)).toBeLessThan(5);
  });
});
