// Whose range it is. A range proof names a slot and nobody; a proof of one reading, checked by the same policy, shows a
// reading of a person in that slot. A slot is its owner's for ever, so the range is that person's.

import { parseBundle } from './bundle.ts';
import { AnchorError } from './error.ts';
import type { RangeFacts } from './range-chain.ts';
import { readStatementNote } from './statement.ts';
import { type VerifyOptions, verifyBundle } from './verify.ts';
import { Failed, type Finding } from './verify-step.ts';

/** What a bundle shows of its reading, or why it shows nothing. */
export type RangePerson =
  | { readonly hub: string; readonly slot: number; readonly id: string; readonly subject: string }
  | { readonly wrong: string };

/** Checks a bundle for that purpose. Never throws. */
export function rangePerson(
  bundle: string | Uint8Array,
  policyFile: string | Uint8Array,
  options: VerifyOptions = {},
): RangePerson {
  const verdict = verifyBundle(bundle, policyFile, options);
  if (!verdict.ok) return { wrong: `The proof of a reading that was given with it: ${verdict.summary}` };
  const { claim } = verdict;
  if (claim?.type !== 'reading' || claim.id === undefined)
    return { wrong: 'The proof that was given with it is of an event of the hub, and of no person.' };
  try {
    const { batch, statement } = parseBundle(bundle);
    const { origin } = readStatementNote(statement);
    return { hub: origin, slot: batch.slot, id: claim.id, subject: claim.subject };
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return { wrong: `The proof of a reading that was given with it: ${error.message}.` };
  }
}

/** Whether the range is of the slot of that person, at that hub. */
export function checkPerson({ slot, hubs }: RangeFacts, person: RangePerson): Finding<string> {
  if ('wrong' in person) throw new Failed(person.wrong);
  const { id, subject } = person;
  if (!hubs.some(({ origin }) => origin === person.hub))
    throw new Failed(
      `Reading ${id} was committed to by ${person.hub}, and the range is of ${hubs.map(({ origin }) => origin).join(', ')}: give a reading from that time.`,
    );
  if (person.slot !== slot)
    throw new Failed(
      `Reading ${id} is in slot ${person.slot}, and the range is of slot ${slot}: it is somebody else's.`,
    );
  const text = `Slot ${slot} is that of reading ${id}, of the person with the pseudonym ${subject}.`;
  return { text, value: text };
}
