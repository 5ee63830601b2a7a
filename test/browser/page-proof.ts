// Real proofs for the paper hub: a segment, a batch, a signed statement, a ledger with a witness, all made by anchor's
// own functions from seeds. Only the neighbours are made up: hashes of nothing.

import {
  batchRoot,
  cosignerFromSeed,
  formatBundle,
  formatCheckpoint,
  formatTlogProof,
  formatVerifierKey,
  inclusionPath,
  leafHash,
  segmentPath,
  segmentRootOf,
  signerOf,
  signNote,
  signStatement,
  slotPath,
  statementHash,
  treeRoot,
} from '@heartwood/anchor';
import { encodeEvent, encodeReading, type HubEvent, type Origin } from '@heartwood/vitals';

const HUB = signerOf('heartwood/hub/3f2a9c0d11aa22bb', new Uint8Array(32).fill(1));
const LEDGER = signerOf('heartwood/ledger/77aa', new Uint8Array(32).fill(2));
const SLOTS = 16;

/** The policy under which these proofs hold: the hub, its ledger, and one witness that must have seen it. */
export function proofPolicy(): string {
  return [
    `hub ${formatVerifierKey(HUB)}`,
    `log ${formatVerifierKey(LEDGER)}`,
    `witness clinic ${formatVerifierKey(witness(0))}`,
    'quorum clinic',
    '',
  ].join('\n');
}

/** The bundle for a scalar reading as the feed tells it (`number` of page-home.ts), sealed at `endMs`. */
export const proofBundle = (wire: Record<string, unknown>, endMs: number): string =>
  bundleOf(String(wire['id']), canonicalBytes(wire), endMs);

/** The bundle for an event as `…/events` tells it, sealed at `endMs`. */
export function eventBundle(
  told: Omit<HubEvent, 'subject'> & { readonly id: string },
  endMs: number,
): string {
  const { id, at, name, detail } = told;
  return bundleOf(id, encodeEvent({ subject: new Uint8Array(16).fill(9), at, name, detail }), endMs);
}

function bundleOf(id: string, canonical: Uint8Array, endMs: number): string {
  const [sequence = 0, slot = 0, index = 0] = id.split('.').map(Number);
  const entry = new Uint8Array([...new Uint8Array(32).fill(7), ...canonical]);

  const segment = Array.from({ length: index + 6 }, (_, i) => (i === index ? leafHash(entry) : filler(i)));
  const slots = Array.from({ length: SLOTS }, (_, i) =>
    i === slot ? segmentRootOf(segment) : filler(100 + i),
  );
  const statement = signStatement(
    { origin: HUB.name, sequence, endMs, batchRoot: batchRoot(slots), previous: filler(300) },
    HUB,
  );
  const leaves = Array.from({ length: sequence + 1 }, (_, i) =>
    i === sequence ? statementHash(statement) : filler(400 + i),
  );
  const checkpoint = signNote(
    formatCheckpoint({ origin: LEDGER.name, size: leaves.length, root: treeRoot(leaves) }),
    [LEDGER, witness(Math.ceil(endMs / 1_000) + 1)],
  );
  return formatBundle({
    entry,
    segment: { index, size: segment.length, path: segmentPath(segment, index) },
    batch: { slot, slots: SLOTS, path: slotPath(slots, slot) },
    statement,
    ledger: formatTlogProof({ index: sequence, path: inclusionPath(leaves, sequence), checkpoint }),
  });
}

function canonicalBytes(wire: Record<string, unknown>): Uint8Array {
  return encodeReading({
    subject: Uint8Array.from(Buffer.from(String(wire['patient']), 'hex')),
    device: String(wire['device']),
    seq: Number(wire['seq']),
    index: 0,
    received: Number(wire['received']),
    origin: wire['origin'] as Origin,
    measurement: { kind: wire['kind'] as 'heart-rate', value: Number(wire['value']) },
  });
}

const witness = (nowS: number): ReturnType<typeof cosignerFromSeed> =>
  cosignerFromSeed('clinic.example/witness', new Uint8Array(32).fill(3), () => nowS);

const filler = (n: number): Uint8Array => leafHash(Uint8Array.of(n & 255, n >> 8));
