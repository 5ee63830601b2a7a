// A reading's proof: how large, how long to make, how long to check.

import { decodeBase64, parseBundle, verifyBundle } from '@heartwood/anchor';
import { NODE_PRIMITIVES, openLedgerReader } from '@heartwood/anchor/node';
import { ledgerPath, policyText, proveReading, Vault } from '@heartwood/gateway';
import { Histogram, median } from './histogram.ts';
import type { Bench, Section } from './part.ts';
import { keyFileOf } from './server.ts';
import { formatTable, number } from './table.ts';

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
  ledger.close();
  vault.close();

  const sizes = bundles.map((bundle) => Buffer.byteLength(bundle));
  const contents = bundles.map(contentBytes);
  const times = (what: string, histogram: Histogram, goal: string): string[] => {
    const { count, p50, p99, max } = histogram.summary();
    return [what, number(count), number(p50), number(p99), number(max), goal];
  };
  const text = [
    `${PROOFS} readings of the stored day, ledger of ${number(batches)} statements, no witnesses. “Content” is the same without JSON and base64: entry, hashes, signatures and the words of the notes.`,
    '',
    formatTable(
      ['size', 'median bytes#', 'largest#', 'goal'],
      [
        ['bundle, the JSON file', number(median(sizes)), number(Math.max(...sizes)), ''],
        ['content', number(median(contents)), number(Math.max(...contents)), 'under 2,000'],
      ],
    ),
    '',
    formatTable(
      ['time', 'times#', 'p50 ms#', 'p99 ms#', 'max ms#', 'goal'],
      [
        times('prove', made, ''),
        times('verify, node:crypto', native, 'under 1'),
        times('verify, @noble (as in a browser)', noble, ''),
      ],
    ),
  ].join('\n');
  return { title: 'Proof', text };
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
