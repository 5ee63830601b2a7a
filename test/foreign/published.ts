// A log published for verifiers that we did not write: entries of two hubs, a checkpoint cosigned by two witnesses,
// earlier checkpoints, and proofs of entries here and there. All keys are fixed, so that a failure repeats.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FIRST_PREVIOUS,
  formatSignatureLine,
  formatVerifierKey,
  parseNote,
  type Signer,
  signNote,
  signStatement,
  statementHash,
} from '@heartwood/anchor';
import { exportLog, nodeCosigner, nodeSigner, openEmbeddedLedger } from '@heartwood/anchor/node';

const seed = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const HUBS = [1, 2].map((n) => nodeSigner(`heartwood/hub/000000000000000${n}`, seed(n)));
const LOG = nodeSigner('heartwood/ledger/0000000000000003', seed(3));
const START_MS = Date.UTC(2026, 10, 21, 13, 10);
const WITNESSES = [4, 5].map((n) =>
  nodeCosigner(`witness.example/w${n}`, seed(n), () => START_MS / 1000 + n),
);

export const VKEYS: {
  readonly log: string;
  readonly hubs: readonly string[];
  readonly witnesses: readonly string[];
} = {
  log: formatVerifierKey(LOG),
  hubs: HUBS.map(formatVerifierKey),
  witnesses: WITNESSES.map(formatVerifierKey),
};

export type Published = {
  /** Holds `log/`, `proofs/`, `older/` and `statement`, the signed note of the last entry. */
  readonly folder: string;
  readonly size: number;
};

/** Publishes a log of that many entries in `folder`. */
export function publish(folder: string, size: number): Published {
  const [log, proofs, older] = ['log', 'proofs', 'older'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [log, proofs, older]) mkdirSync(each, { recursive: true });
  const ledger = openEmbeddedLedger({ path: join(folder, 'ledger.db'), signer: LOG, hubKeys: HUBS });
  const last = new Map<Signer, string>();
  let statement = '';
  const next = (index: number): string => {
    const hub = HUBS[index % 3 === 0 ? 1 : 0]!;
    const previous = last.get(hub);
    const sequence = previous === undefined ? 0 : Number(previous.split('\n')[1]) + 1;
    statement = signStatement(
      {
        origin: hub.name,
        sequence,
        endMs: START_MS + index * 10_000,
        batchRoot: seed(index % 251),
        previous: previous === undefined ? FIRST_PREVIOUS : statementHash(previous),
      },
      hub,
    );
    last.set(hub, statement);
    return statement;
  };
  for (let start = 0; start < size; start += 1000) {
    const count = Math.min(1000, size - start);
    const outcomes = ledger.append(Array.from({ length: count }, (_, i) => next(start + i)));
    if (outcomes.some(({ kind }) => kind !== 'appended')) throw new Error('a statement was not appended');
    if (start % 7000 === 0) writeFileSync(join(older, `${start + count}`), ledger.latest().checkpoint);
    if (start % 3000 === 0) exportLog({ reader: ledger.reader, folder: log });
  }
  const { text } = parseNote(ledger.latest().checkpoint);
  const lines = parseNote(signNote(text, WITNESSES)).signatures.map(formatSignatureLine).join('');
  ledger.addCosignatures(size, lines, WITNESSES);
  exportLog({ reader: ledger.reader, folder: log });
  const step = Math.max(1, Math.floor(size / 200));
  for (const index of [...Array(Math.ceil(size / step)).keys()].map((i) => i * step).concat(size - 1)) {
    writeFileSync(join(proofs, `${index}.tlog-proof`), ledger.proofOf({ index })!);
  }
  writeFileSync(join(folder, 'statement'), statement);
  ledger.close();
  return { folder, size };
}

/** Changes one byte of a file for as long as `during` runs. */
export function flipped<T>(path: string, place: number, during: () => T): T {
  return changed(path, (bytes) => bytes.map((byte, i) => (i === place ? byte ^ 1 : byte)), during);
}

/** Changes a file for as long as `during` runs. */
export function changed<T>(path: string, change: (bytes: Uint8Array) => Uint8Array, during: () => T): T {
  const bytes = readFileSync(path);
  const other = change(bytes);
  if (Buffer.compare(bytes, other) === 0) throw new Error(`${path} was not changed`);
  writeFileSync(path, other);
  try {
    return during();
  } finally {
    writeFileSync(path, bytes);
  }
}
