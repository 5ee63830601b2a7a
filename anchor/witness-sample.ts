// For tests: a log in memory that can be forked, and witnesses with fixed keys.

import { utf8 } from './bytes.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { KEY_TYPES, type Signer } from './key.ts';
import { SAMPLE_LOG, sampleSeed } from './ledger-sample.ts';
import { signNote } from './note.ts';
import { consistencyPath } from './proof.ts';
import { leafHash, treeRoot } from './tree.ts';
import type { WitnessKeys } from './witness-key.ts';
import { formatAddCheckpoint } from './witness-request.ts';

/** Entries `0`, `1`, …; from `forkedAt` on those of another history. */
export function sampleLog(
  signer: Signer = SAMPLE_LOG,
  forkedAt: number = Number.POSITIVE_INFINITY,
): SampleLog {
  const leaves: Uint8Array[] = [];
  const upTo = (size: number): readonly Uint8Array[] => {
    while (leaves.length < size) {
      const n = leaves.length;
      leaves.push(leafHash(utf8(n < forkedAt ? `entry ${n}` : `another entry ${n}`)));
    }
    return leaves.slice(0, size);
  };
  const text = (size: number): string =>
    formatCheckpoint({ origin: signer.name, size, root: treeRoot(upTo(size)) });
  const checkpoint = (size: number, ...more: Signer[]): string => signNote(text(size), [signer, ...more]);
  const proof = (oldSize: number, size: number): Uint8Array[] => {
    if (oldSize === 0 || oldSize >= size) return [];
    const all = upTo(size);
    return consistencyPath(
      (level, index) => treeRoot(all.slice(index * 2 ** level, (index + 1) * 2 ** level)),
      oldSize,
      size,
    );
  };
  const request = (oldSize: number, size: number): Uint8Array =>
    utf8(formatAddCheckpoint({ oldSize, proof: proof(oldSize, size), note: checkpoint(size) }));
  return { signer, text, checkpoint, proof, request };
}

export type SampleLog = {
  readonly signer: Signer;
  readonly text: (size: number) => string;
  readonly checkpoint: (size: number, ...more: Signer[]) => string;
  readonly proof: (oldSize: number, size: number) => Uint8Array[];
  /** An honest add-checkpoint body. */
  readonly request: (oldSize: number, size: number) => Uint8Array;
};

/** Keys of witness `n`: of both types, or of Ed25519 alone. */
export function sampleWitnessKeys(n: number, both = true): WitnessKeys {
  const ed25519 = { type: KEY_TYPES.cosignatureEd25519, seed: sampleSeed(100 + n) };
  const mlDsa44 = { type: KEY_TYPES.cosignatureMlDsa44, seed: sampleSeed(150 + n) };
  return { name: `witness.example/n${n}`, seeds: both ? [ed25519, mlDsa44] : [ed25519] };
}
