// Refusal: why a message was not taken. The reason is for counters and programs, the detail for the person who
// builds the device. Neither ever holds a byte of the input: a refusal is logged, and a log may not hold a
// vital sign, so a detail names the place (`readings[2].value`) and what is expected there.

export const REFUSAL_REASONS = [
  'empty',
  'too-large',
  'unknown-content-type',
  'unknown-format',
  'not-utf8',
  'not-json',
  'not-cbor',
  'too-deep',
  'duplicate-field',
  'unknown-field',
  'missing-field',
  'conflicting-fields',
  'wrong-type',
  'not-a-number',
  'unknown-kind',
  'unknown-unit',
  'unknown-word',
  'implausible',
  'bad-sequence',
  'bad-time',
  'bad-waveform',
  'bad-senml',
  'no-readings',
  'too-many-readings',
] as const;
/** Why a message was refused; each explained in docs/spec/message.md. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/**
 * Thrown inside the parser, caught by `parseMessage`, never seen outside. No Error on purpose: whoever floods the
 * hub with bad messages should not also buy a stack trace for each.
 */
export class Refused {
  readonly reason: RefusalReason;
  readonly detail: string;
  constructor(reason: RefusalReason, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

/** Leaves the parser with a refusal. */
export function refuse(reason: RefusalReason, detail: string): never {
  throw new Refused(reason, detail);
}
