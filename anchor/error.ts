// One kind of error for everything this room refuses: a code a program can choose by, a sentence a person can act on.

/** The closed list of what can be wrong. `ledger-*` and `witness-*` come from a stored ledger or witness, the others from text or bytes offered. */
export type AnchorErrorCode =
  | 'bad-base64'
  | 'bad-tree'
  | 'bad-note'
  | 'bad-key'
  | 'bad-signature'
  | 'unknown-signer'
  | 'bad-checkpoint'
  | 'bad-cosignature'
  | 'bad-proof-file'
  | 'bad-policy'
  | 'bad-statement'
  | 'bad-bundle'
  | 'bad-range'
  | 'bad-tile'
  | 'bad-state'
  | 'bad-request'
  | 'ledger-mismatch'
  | 'ledger-behind'
  /** What is asked for lies below the minimum index, and was let go. */
  | 'ledger-pruned'
  /** A ledger elsewhere gave no answer; nothing is known of what it did, and asking again is safe. */
  | 'ledger-unreachable'
  /** A second anchor gave no answer that could be used; nothing is known of what it did, and asking again is safe. */
  | 'anchor-unreachable'
  /** A second anchor costs more at the moment than its owner allows: nothing was sent, and asking again later is safe. */
  | 'anchor-waits'
  /** A second anchor cannot work as it is set up (wrong chain, wrong contract, no funds): a person must look. */
  | 'anchor-refused'
  /** Evidence of a second anchor that is none, or contradicts itself or the digest it is to be about. */
  | 'bad-anchor'
  | 'mark-unreadable'
  | 'mark-moved'
  | 'ledger-unreadable'
  | 'witness-mismatch'
  | 'witness-unreadable';

/** Thrown by every parser and opener of this room; nothing else is thrown on purpose. */
export class AnchorError extends Error {
  readonly code: AnchorErrorCode;

  constructor(code: AnchorErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'AnchorError';
    this.code = code;
  }
}
