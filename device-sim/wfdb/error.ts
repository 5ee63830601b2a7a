// What can be wrong with a recording, in words a person can act on.

export type WfdbErrorCode =
  | 'missing-file'
  | 'bad-header'
  | 'unsupported'
  | 'truncated'
  | 'checksum'
  | 'bad-annotation';

/** A recording that cannot be replayed truthfully is refused whole: no samples are guessed. */
export class WfdbError extends Error {
  readonly code: WfdbErrorCode;
  constructor(code: WfdbErrorCode, sentence: string) {
    super(sentence);
    this.name = 'WfdbError';
    this.code = code;
  }
}
