// What the ledger's benchmark and its load generator say to each other, one JSON message each.

import type { Summary } from './histogram.ts';

export type LedgerRun = {
  /** `perSecond` statements leave at a steady rate, one a request; or `connections` each send the next when they are answered. */
  readonly load:
    | { readonly kind: 'open'; readonly perSecond: number }
    | { readonly kind: 'closed'; readonly connections: number; readonly together: number };
  readonly warmMs: number;
  readonly ms: number;
};

export type LedgerRunResult = {
  readonly perSecond: number;
  /** Answered as `appended`, from the beginning of all runs: the ledger must have so many. */
  readonly appendedEver: number;
  /** From the last byte given to the socket to the last of the answer, ms. */
  readonly latency: Summary;
  /** How late a statement left, p99, ms; of the open loop. */
  readonly lateP99: number;
  /** Answered 503: asked to come again, which it did. */
  readonly askedAgain: number;
  /** Not sent, since too many waited already: the rate was not kept. */
  readonly heldBack: number;
};

export type ToLedgerGenerator =
  | { readonly type: 'connect'; readonly port: number; readonly connections: number }
  | { readonly type: 'run'; readonly run: LedgerRun };

export type FromLedgerGenerator =
  | { readonly type: 'connected' }
  | { readonly type: 'result'; readonly result: LedgerRunResult }
  | { readonly type: 'failed'; readonly why: string };
