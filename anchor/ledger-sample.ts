// For tests: a hub and a ledger with fixed keys, and a chain of statements. Nothing here is random, so that a failing
// test fails again and the worked examples of docs/spec stay true.

import type { Signer } from './key.ts';
import { nodeCosigner, nodeSigner } from './node-primitive.ts';
import { FIRST_PREVIOUS, type Statement, signStatement, statementHash } from './statement.ts';

export const sampleSeed = (n: number): Uint8Array => new Uint8Array(32).fill(n);

export const SAMPLE_HUB: Signer = nodeSigner('heartwood/hub/3f2a9c0d11aa22bb', sampleSeed(1));
export const OTHER_HUB: Signer = nodeSigner('heartwood/hub/0000000000000002', sampleSeed(2));
export const SAMPLE_LOG: Signer = nodeSigner('heartwood/ledger/3f2a9c0d11aa22bb', sampleSeed(3));
/** 2026-11-21T13:10:00.000Z, the end of the first interval. */
export const SAMPLE_END_MS = 1_795_266_600_000;

/** They cosign at 13:19:35, :36 and :37, five seconds and more after the batch that `proof-sample.ts` proves. */
export const SAMPLE_WITNESSES: readonly Signer[] = [4, 5, 6].map((n) =>
  nodeCosigner(`witness.example/w${n}`, sampleSeed(n), () => SAMPLE_END_MS / 1000 + 571 + n),
);

/** `count` statements of a hub that follow on `previousNote` (from the first where there is none); `change` alters each before it is signed. */
export function sampleChain(
  count: number,
  {
    hub = SAMPLE_HUB,
    after = [],
    change = (statement) => statement,
  }: { hub?: Signer; after?: readonly string[]; change?: (statement: Statement) => Statement } = {},
): string[] {
  const notes = [...after];
  for (let i = 0; i < count; i++) {
    const previousNote = notes.at(-1);
    const sequence = notes.length;
    const statement: Statement = {
      origin: hub.name,
      sequence,
      endMs: SAMPLE_END_MS + sequence * 10_000,
      batchRoot: new Uint8Array(32).fill(sequence % 251),
      previous: previousNote === undefined ? FIRST_PREVIOUS : statementHash(previousNote),
    };
    notes.push(signStatement(change(statement), hub));
  }
  return notes.slice(after.length);
}
