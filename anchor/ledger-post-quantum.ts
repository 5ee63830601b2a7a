// The ledger's second signature, ML-DSA-44 (c2sp.org/tlog-checkpoint asks logs for it since commit 5ba5ee8; the format is
// that of `mldsa-cosignature.ts` with time 0). A line of it weighs 3.3 kB, so it does not ride in every proof: it is put on
// a checkpoint when that is published, or when somebody asks for a proof with it (docs/adr/0006).
//
// It is made after the Ed25519 signature, over a checkpoint that carries one, is on disk and behind the mark: this key
// signs nothing that the ledger has not signed already, so it can make no fork of its own, and nothing of it is kept.
//
// Its seed comes from that of the ledger's Ed25519 key (HKDF-SHA-256): one secret to keep, and ledgers that were begun
// before have it too. A quantum computer that finds the Ed25519 scalar from the public key learns a hash of the seed
// (RFC 8032 5.1.5) and not the seed. Whoever steals the seed has both keys, as whoever steals the key file would.

import { hkdfSync } from 'node:crypto';
import { utf8 } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import type { Signer, VerifierKey } from './key.ts';
import { nodeMlDsaCosigner } from './node-mldsa.ts';
import { nodeVerifyEd25519 } from './node-primitive.ts';
import { formatNote, type NoteSignature, parseNote, verifyNote } from './note.ts';
import { formatTlogProof, parseTlogProof } from './tlog-proof.ts';

const INFO = 'heartwood ledger ml-dsa-44 v1';

/** The ML-DSA-44 key of the ledger whose Ed25519 key has that name and 32-byte seed. Type 0x06, time 0. Throws `bad-key`. */
export function postQuantumSigner(name: string, seed: Uint8Array): Signer {
  const derived = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), INFO, 32));
  return nodeMlDsaCosigner(name, derived, () => 0);
}

/**
 * The checkpoint with the ledger's ML-DSA-44 line behind its Ed25519 line, cosignatures after both; one that has the line
 * comes back as it is. Throws `bad-signature`, `unknown-signer` where `key` (Ed25519) has not signed it, `bad-checkpoint`
 * where it is another log's.
 */
export function withPostQuantum(checkpoint: string, key: VerifierKey, signer: Signer): string {
  const note = parseNote(checkpoint);
  const { text } = verifyNote(note, [key], nodeVerifyEd25519);
  parseCheckpoint(text);
  if (note.signatures.some((line) => isBy(line, signer))) return checkpoint;
  const own = note.signatures.findIndex((line) => isBy(line, key));
  const { name, keyId } = signer;
  const line: NoteSignature = { name, keyId, signature: signer.sign(utf8(text)) };
  return formatNote({ text, signatures: note.signatures.toSpliced(own + 1, 0, line) });
}

/** The same for the checkpoint of a `.tlog-proof`. */
export function proofWithPostQuantum(proof: string, key: VerifierKey, signer: Signer): string {
  const parsed = parseTlogProof(proof);
  return formatTlogProof({ ...parsed, checkpoint: withPostQuantum(parsed.checkpoint, key, signer) });
}

const isBy = (line: NoteSignature, { name, keyId }: VerifierKey): boolean =>
  line.name === name && line.keyId === keyId;
