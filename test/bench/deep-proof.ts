// Proofs as they are after a year of one statement a second by one home, or of a statement every ten seconds by ten:
// 31.5 million entries, 25 hashes deep, cosigned by two witnesses. No such ledger is made: the neighbours are random
// hashes, and the root is what they and the entry give, so that everything in the proof verifies.

import { createHash } from 'node:crypto';
import {
  batchRoot,
  formatBundle,
  formatCheckpoint,
  formatTlogProof,
  formatVerifierKey,
  leafHash,
  rootFromInclusion,
  segmentPath,
  segmentRootOf,
  signNote,
  signStatement,
  slotPath,
  statementHash,
} from '@heartwood/anchor';
import { nodeCosigner, nodeSigner } from '@heartwood/anchor/node';
import { encodeReading } from '@heartwood/vitals';

export const DEEP_SIZE = 31_536_000;
const SLOTS = 16;
/** Readings of one patient in an interval. */
const SEGMENT = 50;
const END_MS = Date.UTC(2026, 10, 21, 13, 10);

const hash = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest());
const hub = nodeSigner('heartwood/hub/3f2a9c0d11aa22bb', hash('hub'));
const ledger = nodeSigner('heartwood/ledger/9c0d11aa22bb3f2a', hash('ledger'));
const witnesses = [1, 2].map((n) =>
  nodeCosigner(`witness.example/w${n}`, hash(`witness ${n}`), () => END_MS / 1000 + n),
);

/** The policy under which they hold: both witnesses. */
export const DEEP_POLICY: string = [
  `hub ${formatVerifierKey(hub)}`,
  `log ${formatVerifierKey(ledger)}`,
  ...witnesses.map((key, n) => `witness w${n} ${formatVerifierKey(key)}`),
  'group both all w0 w1',
  'quorum both',
  '',
].join('\n');
export const DEEP_LOG: string = formatVerifierKey(ledger);

export type DeepProof = {
  /** The file a person would mail. */
  readonly bundle: string;
  /** The part of it that C2SP describes, and the entry that it is about. */
  readonly tlogProof: string;
  readonly statement: string;
};

/** Proof `n` of a reading, each at another place. */
export function deepProof(n: number): DeepProof {
  const entry = new Uint8Array([
    ...hash(`salt ${n}`),
    ...encodeReading({
      subject: hash('subject').subarray(0, 16),
      device: 'bench-001',
      seq: 1_000_000 + n,
      index: 1,
      received: END_MS - 5000,
      at: END_MS - 5100,
      origin: 'wearable',
      measurement: { kind: 'heart-rate', value: 72 },
    }),
  ]);
  const [slot, index] = [1 + (n % (SLOTS - 1)), n % SEGMENT];
  const segment = Array.from({ length: SEGMENT }, (_, i) =>
    i === index ? leafHash(entry) : hash(`neighbour ${i}`),
  );
  const slots = Array.from({ length: SLOTS }, (_, i) =>
    i === slot ? segmentRootOf(segment) : hash(`slot ${i}`),
  );
  const sequence = 1_000_000 + n;
  const statement = signStatement(
    { origin: hub.name, sequence, endMs: END_MS, batchRoot: batchRoot(slots), previous: hash('previous') },
    hub,
  );
  const place = (n * 7_919_777) % DEEP_SIZE;
  const path = pathOf(place);
  const root = rootFromInclusion(statementHash(statement), place, DEEP_SIZE, path);
  if (!root) throw new Error('a path of that length leads to no root');
  const checkpoint = signNote(formatCheckpoint({ origin: ledger.name, size: DEEP_SIZE, root }), [
    ledger,
    ...witnesses,
  ]);
  const tlogProof = formatTlogProof({ index: place, path, checkpoint });
  const bundle = formatBundle({
    entry,
    segment: { index, size: SEGMENT, path: segmentPath(segment, index) },
    batch: { slot, slots: SLOTS, path: slotPath(slots, slot) },
    statement,
    ledger: tlogProof,
  });
  return { bundle, tlogProof, statement };
}

/** As many hashes as the proof of that entry has: RFC 6962 2.1.1. */
function pathOf(index: number): Uint8Array[] {
  const path: Uint8Array[] = [];
  for (let last = DEEP_SIZE - 1, at = index; last > 0; ) {
    if (at % 2 === 1 || at < last) path.push(hash(`sibling ${index} ${path.length}`));
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return path;
}
