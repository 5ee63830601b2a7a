// For tests: an outside that does what it is told, and ledgers whose checkpoints are anchored there.

import { hexOf } from './bytes.ts';
import { AnchorError, type AnchorErrorCode } from './error.ts';
import { type EmbeddedLedger, openEmbeddedLedger } from './ledger-embedded.ts';
import { SAMPLE_HUB, SAMPLE_LOG, sampleChain } from './ledger-sample.ts';
import type { Anchoring, SecondAnchor, SecondAnchorKind } from './second-anchor.ts';

/** What it is to say next time it is asked: a state, or the code of an error. */
export type Whim = Anchoring['state'] | AnchorErrorCode;

export class SampleAnchor implements SecondAnchor {
  readonly id: string;
  readonly kind: SecondAnchorKind;
  /** What it was asked, in order: `submit` or `advance` and the first digits of the digest. */
  readonly asked: string[] = [];
  /** Said in turn; the last one again and again. */
  whims: Whim[];

  constructor(kind: SecondAnchorKind = 'opentimestamps', id: string = kind, whims: Whim[] = ['pending']) {
    this.kind = kind;
    this.id = id;
    this.whims = whims;
  }

  async submit(digest: Uint8Array): Promise<Anchoring> {
    this.asked.push(`submit ${shortOf(digest)}`);
    return this.#answer(digest);
  }

  async advance(digest: Uint8Array, evidence: string): Promise<Anchoring> {
    this.asked.push(`advance ${shortOf(digest)}`);
    if (!evidence.includes(hexOf(digest))) throw new Error('asked with the evidence of another digest');
    return this.#answer(digest);
  }

  #answer(digest: Uint8Array): Anchoring {
    const whim = this.whims.length > 1 ? this.whims.shift()! : this.whims[0]!;
    if (whim === 'lost') return { state: whim, why: 'a reorganisation' };
    if (whim === 'pending' || whim === 'confirmed') {
      return { state: whim, evidence: `${this.id} ${whim} ${hexOf(digest)}` };
    }
    throw new AnchorError(whim, 'the outside is away');
  }
}

export const shortOf = (digest: Uint8Array): string => hexOf(digest).slice(0, 8);

/** A ledger of `count` statements in a file. */
export function sampleLedger(path: string, count: number): EmbeddedLedger {
  const ledger = openEmbeddedLedger({ path, signer: SAMPLE_LOG, hubKeys: [SAMPLE_HUB] });
  if (count > 0) ledger.append(sampleChain(count));
  return ledger;
}
