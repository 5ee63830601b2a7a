// The one kind of error that a person is meant to read: a code from a short list, and a sentence that says
// what to do. Anything else that is thrown in this room is a broken invariant and stops the hub.

export type HeartwoodErrorCode =
  | 'no-data'
  | 'no-key'
  | 'key-exposed'
  | 'wrong-key'
  | 'data-damaged'
  | 'data-newer'
  | 'in-use'
  | 'no-disk'
  | 'not-found'
  | 'not-ready'
  | 'erased'
  | 'let-go'
  | 'refused'
  | 'unacceptable'
  | 'forbidden'
  | 'bad-setting'
  | 'ledger-ahead'
  | 'ledger-refused';

export class HeartwoodError extends Error {
  readonly code: HeartwoodErrorCode;

  constructor(code: HeartwoodErrorCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options);
    this.name = 'HeartwoodError';
    this.code = code;
  }
}

/** Whether readings are gone for good, by an erasure or because their time was over: what remains is a gap. */
export const isGone = (error: unknown): boolean =>
  error instanceof HeartwoodError && (error.code === 'erased' || error.code === 'let-go');
