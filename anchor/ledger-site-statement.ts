// The statements of a published log, one after the other: each signed by its hub, each continuing that hub's chain.

import { textOf } from './bytes.ts';
import { AnchorError } from './error.ts';
import type { VerifierKey } from './key.ts';
import { type Block, lengthAt, type SiteProblem } from './ledger-site-block.ts';
import { nodeVerifyEd25519 } from './node-primitive.ts';
import { checkChain, readStatementNote, verifyStatementNote } from './statement.ts';
import { TILE_WIDTH } from './tile.ts';

export class StatementChains {
  readonly #hubKeys: readonly VerifierKey[];
  /** What a hub's next statement follows on is not known: the log let go of it, or it was altered. */
  #isGap: boolean;
  readonly #last = new Map<string, string>();

  /** `isGap`: the first entries are gone. */
  constructor(hubKeys: readonly VerifierKey[], isGap: boolean) {
    this.#hubKeys = hubKeys;
    this.#isGap = isGap;
  }

  /** Goes over a block that cannot be read: what comes after it begins the chains anew. */
  skip(): void {
    this.#isGap = true;
    this.#last.clear();
  }

  /** Goes on with a block; the first statement that is wrong, undefined where there is none. */
  follow({ index: block, bundlePath: path, bytes, end }: Block): SiteProblem | undefined {
    for (let at = 0, entry = 0; at < end; entry++) {
      const length = lengthAt(bytes, at);
      const index = block * TILE_WIDTH + entry;
      const note = textOf(bytes.subarray(at + 2, at + 2 + length));
      const wrong = note === undefined ? 'it is no text' : this.#wrongWith(note);
      if (wrong !== undefined) {
        return { path, offset: at + 2, length, index, text: `entry ${index}: ${wrong}` };
      }
      at += 2 + length;
    }
    return undefined;
  }

  #wrongWith(note: string): string | undefined {
    try {
      const { origin, sequence } = verifyStatementNote(note, this.#hubKeys, nodeVerifyEd25519);
      const last = this.#last.get(origin);
      this.#last.set(origin, note);
      if (last === undefined && this.#isGap) return undefined;
      const chain = checkChain(last, note);
      if (chain.kind === 'continues') return undefined;
      const before = last === undefined ? 'nothing' : `statement ${readStatementNote(last).sequence}`;
      return `statement ${sequence} of ${origin} does not follow on ${before}: ${chain.kind}`;
    } catch (error) {
      if (error instanceof AnchorError) return error.message;
      throw error;
    }
  }
}
