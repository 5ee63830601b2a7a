// For tests: whole proofs, built as a hub and a ledger build them but in memory, with every part open to be changed.

import { encodeEvent, encodeReading, type HubEvent, type Reading } from '@heartwood/vitals';
import { batchRoot, segmentPath, segmentRootOf, slotPath } from './batch.ts';
import type { ProofBundle } from './bundle.ts';
import { joinBytes } from './bytes.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { formatVerifierKey, type Signer } from './key.ts';
import {
  SAMPLE_END_MS,
  SAMPLE_HUB,
  SAMPLE_LOG,
  SAMPLE_WITNESSES,
  sampleChain,
  sampleSeed,
} from './ledger-sample.ts';
import { signNote } from './note.ts';
import { type Statement, statementHash } from './statement.ts';
import { formatTlogProof } from './tlog-proof.ts';
import { inclusionPath, leafHash, treeRoot } from './tree.ts';

/** The sample's batch. */
export const SAMPLE_SEQUENCE = 57;
/** End of its interval. */
export const SAMPLE_SEALED_MS: number = SAMPLE_END_MS + SAMPLE_SEQUENCE * 10_000;

/** Reading `n` of the sample's segment: heart rates, the last 0.4 s before the interval's end. */
export function sampleReading(n: number, change: Partial<Reading> = {}): Reading {
  return {
    subject: new Uint8Array(16).fill(0xa1),
    device: 'watch-7c21',
    seq: 1207 + n,
    index: 0,
    at: SAMPLE_SEALED_MS - 4600 - n * 200,
    received: SAMPLE_SEALED_MS - 4400 - n * 200,
    origin: 'wearable',
    measurement: { kind: 'heart-rate', value: 72 + n },
    ...change,
  };
}

export const sampleEvent: HubEvent = {
  subject: new Uint8Array(16).fill(0xb2),
  at: SAMPLE_SEALED_MS - 1000,
  name: 'login',
  detail: { person: 'dr-lee' },
};

/** Salt and canonical bytes, as a leaf hashes them. */
export function sampleEntry(content: Reading | HubEvent, salt = 7): Uint8Array {
  return joinBytes(
    sampleSeed(salt),
    'measurement' in content ? encodeReading(content) : encodeEvent(content),
  );
}

export type SampleOptions = {
  readonly entries?: readonly Uint8Array[];
  readonly index?: number;
  readonly slot?: number;
  readonly slots?: number;
  readonly hub?: Signer;
  readonly log?: Signer;
  readonly witnesses?: readonly Signer[];
  readonly change?: (statement: Statement) => Statement;
  /** Statements after the proved one in the ledger. */
  readonly after?: number;
};

/** A proof that holds under `samplePolicy()`, unless `options` say otherwise. */
export function sampleProof({
  entries = Array.from({ length: 20 }, (_, n) => sampleEntry(sampleReading(n), n)),
  index = 14,
  slot = 2,
  slots = 16,
  hub = SAMPLE_HUB,
  log = SAMPLE_LOG,
  witnesses = SAMPLE_WITNESSES.slice(0, 2),
  change = (statement) => statement,
  after = 12,
}: SampleOptions = {}): ProofBundle {
  const hashes = entries.map((entry) => leafHash(entry));
  const values = Array.from({ length: slots }, (_, i) =>
    i === slot ? segmentRootOf(hashes) : sampleSeed(i),
  );
  const before = sampleChain(SAMPLE_SEQUENCE, { hub });
  const sealed = (statement: Statement): Statement => change({ ...statement, batchRoot: batchRoot(values) });
  const [statement] = sampleChain(1, { hub, after: before, change: sealed });
  const chain = [...before, statement!];
  const leaves = [...chain, ...sampleChain(after, { hub, after: chain })].map((note) => statementHash(note));
  const checkpoint = formatCheckpoint({ origin: log.name, size: leaves.length, root: treeRoot(leaves) });
  return {
    entry: entries[index]!,
    segment: { index, size: entries.length, path: segmentPath(hashes, index) },
    batch: { slot, slots, path: slotPath(values, slot) },
    statement: statement!,
    ledger: formatTlogProof({
      index: SAMPLE_SEQUENCE,
      path: inclusionPath(leaves, SAMPLE_SEQUENCE),
      checkpoint: signNote(checkpoint, [log, ...witnesses]),
    }),
  };
}

/** Trusts the sample's hub, ledger and first two witnesses. */
export function samplePolicy(quorum = 'group both all alice bob\nquorum both'): string {
  const [alice, bob] = SAMPLE_WITNESSES.map(formatVerifierKey);
  return `hub ${formatVerifierKey(SAMPLE_HUB)}\nlog ${formatVerifierKey(SAMPLE_LOG)}\nwitness alice ${alice}\nwitness bob ${bob}\n${quorum}\n`;
}
