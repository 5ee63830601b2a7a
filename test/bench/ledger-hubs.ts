// Hubs by the hundred: each with a key of its own, and a chain of statements that it truly signs. Their keys follow from
// their numbers, so that the file of hubs and the generator, which are in two processes, agree.

import { createHash } from 'node:crypto';
import {
  FIRST_PREVIOUS,
  formatVerifierKey,
  type Signer,
  signStatement,
  statementHash,
} from '@heartwood/anchor';
import { nodeSha256, nodeSigner } from '@heartwood/anchor/node';

export const HUBS = 500;
const START_MS = Date.UTC(2026, 10, 21);

const hubSigner = (n: number): Signer =>
  nodeSigner(
    `heartwood/hub/${n.toString(16).padStart(16, '0')}`,
    createHash('sha256').update(`benchmark hub ${n}`).digest(),
  );

/** The file for `heartwood ledger --hubs`. */
export const hubsFile = (): string =>
  `${Array.from({ length: HUBS }, (_, n) => `hub ${formatVerifierKey(hubSigner(n))}\n`).join('')}quorum none\n`;

/** A hub that says something new whenever it is asked. */
export class BenchHub {
  readonly #signer: Signer;
  #sequence = 0;
  #previous: Uint8Array = FIRST_PREVIOUS;

  constructor(n: number) {
    this.#signer = hubSigner(n);
  }

  next(): string {
    const sequence = this.#sequence++;
    const batchRoot = createHash('sha256').update(`${this.#signer.name} ${sequence}`).digest();
    const { name: origin } = this.#signer;
    const note = signStatement(
      { origin, sequence, endMs: START_MS + sequence * 1000, batchRoot, previous: this.#previous },
      this.#signer,
    );
    this.#previous = statementHash(note, nodeSha256);
    return note;
  }
}
