// A reading's proof: how large, how long to make, how long to check.

import { join } from 'node:path';
import {
  appendLeaf,
  checkInclusion,
  decodeBase64,
  EMPTY_FRONTIER,
  leafHash,
  parseBundle,
  parseCheckpoint,
  parseTlogProof,
  parseVerifierKey,
  statementHash,
  verifyBundle,
  verifyNote,
} from '@heartwood/anchor';
import { NODE_PRIMITIVES, nodeSha256, nodeVerifyEd25519, openLedgerReader } from '@heartwood/anchor/node';
import { ledgerPath, policyText, proofSource, proveReading, Vault } from '@heartwood/gateway';
import { timeInBrowser } from './browser-verify.ts';
import { DEEP_LOG, DEEP_POLICY, DEEP_SIZE, type DeepProof, deepProof } from './deep-proof.ts';
import { Histogram, median } from './histogram.ts';
import type { Bench, Section } from './part.ts';
import { measurePeer } from './peer.ts';
import { rangeTable } from './range.ts';
import { keyFileOf } from './server.ts';
import { formatTable, number } from './table.ts';

const WARM = 100;
const PROOFS = 200;
const NOBLE_PROOFS = 40;
const READINGS_PER_BATCH = 50;
const PATIENT_SLOT = 1;

export async function proof(bench: Bench): Promise<Section> {
  const { directory, batches } = await bench.storedDay();
  bench.say('proof: making and checking');
  const keySource = { keyFile: keyFileOf(directory) };
  const vault = Vault.open({ directory, keySource, clock: Date.now }, 'read');
  const ledger = openLedgerReader(ledgerPath(directory));
  const policy = policyText(vault.identity);

  const made = new Histogram();
  const bundles: string[] = [];
  for (let n = -20; n < PROOFS; n++) {
    // Spread over the day by a step that has no common factor with it.
    const place = {
      batch: Math.abs(n * 7919) % batches,
      slot: PATIENT_SLOT,
      index: Math.abs(n * 31) % READINGS_PER_BATCH,
    };
    const began = performance.now();
    const bundle = await proveReading(vault, ledger, place);
    if (n < 0) continue;
    made.record(performance.now() - began);
    bundles.push(bundle);
  }
  const checked = (some: readonly string[], options: Parameters<typeof verifyBundle>[2]): Histogram => {
    const times = new Histogram();
    const warm = some.slice(0, 20);
    for (const [n, bundle] of [...warm, ...some].entries()) {
      const began = performance.now();
      const { ok, summary } = verifyBundle(bundle, policy, options);
      if (!ok) throw new Error(`a proof does not hold: ${summary}`);
      if (n >= warm.length) times.record(performance.now() - began);
    }
    return times;
  };
  const native = checked(bundles, NODE_PRIMITIVES);
  const noble = checked(bundles.slice(0, NOBLE_PROOFS), {});
  bench.say('proof: of the whole time');
  const whole = await rangeTable(vault, proofSource(ledger), policy, PATIENT_SLOT);
  ledger.close();
  vault.close();

  const sizes = sizeRows(bundles);
  const text = [
    `${PROOFS} readings of the stored day, ledger of ${number(batches)} statements, no witnesses. “Content” is the same without JSON and base64: entry, hashes, signatures and the words of the notes.`,
    '',
    formatTable(SIZE_HEAD, sizes),
    '',
    formatTable(TIME_HEAD, [
      timeRow('prove', made, ''),
      timeRow('verify, node:crypto', native, 'under 1'),
      timeRow('verify, @noble (as in a browser)', noble, ''),
    ]),
    '',
    whole,
    '',
    await deep(bench),
  ].join('\n');
  return { title: 'Proof', text };
}

/** The same for a ledger that has been running for a year, with witnesses, in a browser and beside a peer. */
async function deep(bench: Bench): Promise<string> {
  bench.say('proof: at 31.5 million statements');
  const all = Array.from({ length: WARM + PROOFS }, (_, n) => deepProof(n));
  const bundles = all.map(({ bundle }) => bundle);
  const native = timed(all, ({ bundle }) => {
    const { ok, summary } = verifyBundle(bundle, DEEP_POLICY, NODE_PRIMITIVES);
    if (!ok) throw new Error(`a proof does not hold: ${summary}`);
  });
  const log = parseVerifierKey(DEEP_LOG);
  const ledgerAlone = timed(all, ({ tlogProof, statement }) => {
    const { index, path, checkpoint } = parseTlogProof(tlogProof);
    const { size, root } = parseCheckpoint(verifyNote(checkpoint, [log], nodeVerifyEd25519).text);
    const leaf = statementHash(statement, nodeSha256);
    if (!checkInclusion(leaf, index, size, path, root, nodeSha256)) throw new Error('a path does not hold');
  });
  bench.say('proof: in a browser');
  const inBrowser = await timeInBrowser(bundles, DEEP_POLICY);
  const browser = new Histogram();
  for (const ms of inBrowser?.ms.slice(WARM) ?? []) browser.record(ms);
  bench.say('proof: beside a peer');
  const peer = measurePeer(join(bench.folder, 'peer'), {
    ...{ proofs: all, warm: WARM, logKey: DEEP_LOG, entries: bench.pace.hashedEntries },
  });
  const ours = hashedPerSecond(bench.pace.hashedEntries);
  return [
    `A reading in a ledger of ${number(DEEP_SIZE)} statements (one a second for a year) under a policy of two witnesses, both of which cosigned. The neighbours in the tree are made up; everything verifies. ${PROOFS} proofs, after ${WARM} that do not count: a verifier started anew takes longer for its first.`,
    '',
    formatTable(SIZE_HEAD, sizeRows(bundles)),
    '',
    formatTable(TIME_HEAD, [
      timeRow('verify, node:crypto', native, 'under 1'),
      timeRow(
        `verify in ${inBrowser?.browser ?? 'a browser (no Chromium here)'}, @noble`,
        browser,
        'under 5',
      ),
      timeRow('the ledger’s part alone (signature, path), node:crypto', ledgerAlone, ''),
      timeRow(
        `the same, ${peer?.name ?? 'golang.org/x/mod (not installed here)'}`,
        peer?.proof ?? new Histogram(),
        '',
      ),
    ]),
    '',
    `Hashing ${number(bench.pace.hashedEntries)} entries of 286 bytes into a tree in memory, with every hash that a log keeps: ${number(ours)} entries/s here, ${number(peer?.entriesPerSecond ?? Number.NaN)} with golang.org/x/mod.`,
  ].join('\n');
}

/** Runs it on every proof; the first few are warm-up. */
function timed(proofs: readonly DeepProof[], check: (proof: DeepProof) => void): Histogram {
  const times = new Histogram();
  for (const [n, one] of proofs.entries()) {
    const began = performance.now();
    check(one);
    if (n >= WARM) times.record(performance.now() - began);
  }
  return times;
}

function hashedPerSecond(entries: number): number {
  const entry = new Uint8Array(286).fill(0x78);
  const stored: Uint8Array[] = [];
  const began = performance.now();
  let frontier = EMPTY_FRONTIER;
  for (let n = 0; n < entries; n++) {
    frontier = appendLeaf(frontier, leafHash(entry, nodeSha256), nodeSha256, (_, hash) => stored.push(hash));
  }
  return Math.round((entries * 1000) / (performance.now() - began));
}

const SIZE_HEAD = ['size', 'median bytes#', 'largest#', 'goal'];
const TIME_HEAD = ['time', 'times#', 'p50 ms#', 'p99 ms#', 'max ms#', 'goal'];

function sizeRows(bundles: readonly string[]): string[][] {
  const files = bundles.map((bundle) => Buffer.byteLength(bundle));
  const contents = bundles.map(contentBytes);
  return [
    ['bundle, the JSON file', number(median(files)), number(Math.max(...files)), ''],
    ['content', number(median(contents)), number(Math.max(...contents)), 'under 2,000'],
  ];
}

function timeRow(what: string, histogram: Histogram, goal: string): string[] {
  const { count, p50, p99, max } = histogram.summary();
  return [what, number(count), number(p50), number(p99), number(max), goal];
}

/** Bytes of a bundle with every base64 text of 32 bytes and more counted as what it stands for. */
function contentBytes(text: string): number {
  const { entry, segment, batch, statement, ledger } = parseBundle(text);
  const words = `${statement}${ledger}`.split(/(?<=[\n ])/).map((word) => {
    const bare = word.trimEnd();
    return /^[A-Za-z0-9+/]{43,}={0,2}$/.test(bare)
      ? decodeBase64(bare).length + word.length - bare.length
      : Buffer.byteLength(word);
  });
  const hashes = 32 * (segment.path.length + batch.path.length);
  return entry.length + hashes + words.reduce((sum, bytes) => sum + bytes, 0);
}
