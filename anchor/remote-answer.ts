// What a ledger elsewhere answers in JSON, read once: anything but the forms of `ledger.ts` is refused.

import { textOf } from './bytes.ts';
import { AnchorError } from './error.ts';
import type { AppendOutcome, LedgerEntry } from './ledger.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The outcomes of a submission of `count` statements. Throws `ledger-mismatch`. */
export function parseOutcomes(answer: Uint8Array, count: number): readonly AppendOutcome[] {
  const { outcomes } = parseObject(answer);
  if (!Array.isArray(outcomes) || outcomes.length !== count) {
    throw refused(`it does not have ${count} outcomes`);
  }
  return outcomes.map((outcome: unknown) => outcomeOf(fieldsOf(outcome)));
}

/** A hub's newest statement. Throws `ledger-mismatch`. */
export function parseEntry(answer: Uint8Array): LedgerEntry {
  const fields = parseObject(answer);
  return { index: count(fields, 'index'), sequence: count(fields, 'sequence'), note: text(fields, 'note') };
}

function outcomeOf(fields: Fields): AppendOutcome {
  const kind = text(fields, 'kind');
  switch (kind) {
    case 'appended':
    case 'already-there':
      return {
        kind,
        index: count(fields, 'index'),
        // Left out while the ledger waits for its witnesses.
        proof: fields['proof'] === undefined ? undefined : text(fields, 'proof'),
      };
    case 'out-of-sequence':
      return { kind, expected: count(fields, 'expected') };
    case 'equivocation':
      return { kind, held: text(fields, 'held'), offered: text(fields, 'offered') };
    case 'refused-signature':
    case 'refused-form':
    case 'refused-time':
      return { kind, message: text(fields, 'message') };
    default:
      throw refused('it has an outcome of a kind that is not known');
  }
}

function parseObject(answer: Uint8Array): Fields {
  try {
    return fieldsOf(JSON.parse(textOf(answer) ?? ''));
  } catch (cause) {
    throw refused('it is not JSON', cause);
  }
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw refused('it is no object');
  return value as Fields;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw refused(`its "${name}" is no text`);
  return value;
}

function count(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw refused(`its "${name}" is no count`);
  }
  return value;
}

function refused(why: string, cause?: unknown): AnchorError {
  return new AnchorError('ledger-mismatch', `the ledger's answer cannot be read: ${why}`, { cause });
}
