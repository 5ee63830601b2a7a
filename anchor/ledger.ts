// The port to a ledger: an append-only log of statements that answers with proofs. One port for the ledger embedded in
// the hub, which is plain SQLite and answers at once, and for one elsewhere, which answers over the network: methods
// return a value or a promise of it (`Awaitable`), and whoever holds a `Ledger` awaits. The embedded one narrows them
// to plain values, so that the hub's worker can call it inside its own steps without a turn of the event loop.
//
// What every implementation promises (`ledger-conformance.ts` tests it):
//   - statement n+1 of a hub only after n, and only one n: another n is equivocation, refused, and kept as evidence;
//   - the same statement again is answered as the first time, so that a hub that lost the answer just asks again;
//   - nothing is answered before it is on disk, under a checkpoint that is;
//   - no two checkpoints it signs contradict each other.

import type { VerifierKey } from './key.ts';

export type Awaitable<T> = T | Promise<T>;

/** An entry's place: its index in the ledger, or the hub and number of its statement. */
export type LedgerPlace = { readonly index: number } | { readonly origin: string; readonly sequence: number };

/**
 * What became of one statement. `proof` is the text of a `.tlog-proof` file for a checkpoint that includes it; undefined
 * where a ledger elsewhere shows no checkpoint before its witnesses have cosigned it: ask `proofOf` a little later.
 */
export type AppendOutcome =
  | { readonly kind: 'appended'; readonly index: number; readonly proof: string | undefined }
  /** The same statement was there already, at `index`. */
  | { readonly kind: 'already-there'; readonly index: number; readonly proof: string | undefined }
  /** The next statement of this hub must be number `expected`. */
  | { readonly kind: 'out-of-sequence'; readonly expected: number }
  /**
   * The hub's key signed two histories: `offered` has the number of `held` with another content, or follows directly on
   * `held` by its number but names another statement as its previous one. Both notes are kept.
   */
  | { readonly kind: 'equivocation'; readonly held: string; readonly offered: string }
  /** Signed by no hub that this ledger serves, or wrongly. */
  | { readonly kind: 'refused-signature'; readonly message: string }
  /** Not the five lines of a statement under one signature. */
  | { readonly kind: 'refused-form'; readonly message: string }
  /** Its interval does not end after the previous one's. */
  | { readonly kind: 'refused-time'; readonly message: string };

export type LedgerEntry = { readonly index: number; readonly sequence: number; readonly note: string };

export type LedgerHead = {
  readonly size: number;
  /** RFC 6962 root of all entries, 32 bytes. */
  readonly root: Uint8Array;
  /** The signed note, with the cosignatures gathered so far. */
  readonly checkpoint: string;
};

/** Most statements in one `append`: a week offline at one a 10 s goes in 60 calls. */
export const APPEND_MAX = 1024;

/** Any method may throw or reject where the ledger cannot be reached or has stopped; nothing is known of the outcome then, and asking again is safe. */
export interface Ledger {
  /** By which its checkpoints are verified; its name is the ledger's origin. */
  readonly key: VerifierKey;
  /** Appends signed statements in order, all under one new checkpoint; one outcome each. At most `APPEND_MAX`. */
  append(statementNotes: readonly string[]): Awaitable<readonly AppendOutcome[]>;
  /** Text of a `.tlog-proof` for an entry under the newest checkpoint; undefined where there is no such entry. */
  proofOf(place: LedgerPlace): Awaitable<string | undefined>;
  /** The newest statement of a hub; undefined where it has none. */
  lastOf(origin: string): Awaitable<LedgerEntry | undefined>;
  latest(): Awaitable<LedgerHead>;
}
