// What a test expects of a decoder: that it decoded, and what; or that it refused, and why.

import type { Decoded, GattRefusal } from './index.ts';

/** The structure; an error that names the refusal where there is none. */
export function decoded<Value>(outcome: Decoded<Value>): Value {
  if (outcome.kind === 'refused') throw new Error(`${outcome.reason}: ${outcome.detail}`);
  return outcome.value;
}

/** Why it was refused; undefined where it was not. */
export function refused(outcome: Decoded<unknown>): GattRefusal | undefined {
  return outcome.kind === 'refused' ? outcome.reason : undefined;
}
