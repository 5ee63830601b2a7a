// Refusal: why the octets of a characteristic were not taken. The reason is for counters and programs, the detail
// for a person with the specification at hand. A detail names fields and lengths and never a measured value,
// because refusals are logged.

export const GATT_REFUSALS = [
  /** Fewer octets than the mandatory fields need. */
  'too-short',
  /** Octets left over that no flag explains. */
  'too-long',
  /** A flag promises a field whose octets are not there. */
  'flag-without-data',
  /** A code for which the specification has no meaning, in a field that is useless without one. */
  'reserved-value',
  'bad-crc',
  'out-of-range',
  /** A length field that contradicts the octets around it. */
  'bad-length',
  /** Text that is no UTF-8, or would drive a terminal. */
  'bad-text',
  /** Parts that do not belong together, or came without their beginning. */
  'parts-do-not-join',
  /** Known to the specification, not to this decoder. */
  'unsupported',
  /** Read whole, and there is no kind of reading for what it says: a meal, a pace, a share of fat. */
  'no-kind',
] as const;
export type GattRefusal = (typeof GATT_REFUSALS)[number];

/** What decoding came to. A device controls every octet, so a refusal is an ordinary outcome and no error. */
export type Decoded<Value> =
  | { readonly kind: 'decoded'; readonly value: Value }
  | { readonly kind: 'refused'; readonly reason: GattRefusal; readonly detail: string };

/**
 * Thrown inside a decoder, caught by `decodeWith`, never seen outside. No Error on purpose: a device that floods
 * the hub with broken notifications should not also buy a stack trace for each.
 */
export class Unreadable {
  readonly reason: GattRefusal;
  readonly detail: string;
  constructor(reason: GattRefusal, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

/** Leaves the decoder with a refusal. */
export function refuse(reason: GattRefusal, detail: string): never {
  throw new Unreadable(reason, detail);
}
