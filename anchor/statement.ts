// A statement is what the hub swears at the end of every interval: a signed note of five lines, fixed in size, so that
// nobody learns from its shape whether the day was busy. Each names the hash of the one before, so that the statements
// of a hub form a chain that shows in the ledger's own leaf hashes. Format: docs/spec/statement.md, version 1.
//   <origin>                       the hub, and the name of its key
//   000000000057                   sequence, 12 digits. A checkpoint's size has no leading zeros, so from 000000000000 to
//                                  099999999999 no statement can be read as a checkpoint; larger sequences are refused
//   2026-11-21T13:10:00.000Z       end of the interval, by the hub's clock
//   <base64>                       root of the batch tree
//   <base64>                       RFC 6962 leaf hash of the whole previous note; 32 zero bytes in the first

import { decodeBase64, encodeBase64 } from './base64.ts';
import { equalBytes, utf8 } from './bytes.ts';
import { AnchorError } from './error.ts';
import type { NoteSigner, VerifierKey } from './key.ts';
import { parseNote, signNote, verifyNote } from './note.ts';
import { type Digest, sha256, type VerifyEd25519, verifyEd25519 } from './primitive.ts';
import { HASH_SIZE, leafHash } from './tree.ts';

export type Statement = {
  /** e.g. `heartwood/hub/3f2a9c0d11aa22bb`; equal to the name of the hub's key. It says where the key begins: `firstSequenceOf`. */
  readonly origin: string;
  /** Number of the batch, from `firstSequenceOf(origin)`, without gaps. */
  readonly sequence: number;
  /** End of the interval, ms since 1970, by the hub's clock; rises from statement to statement. */
  readonly endMs: number;
  readonly batchRoot: Uint8Array;
  /** `statementHash` of the previous note; `FIRST_PREVIOUS` in the first. */
  readonly previous: Uint8Array;
};

/** What statement 0 of a hub names as its previous one; and the first of a later epoch, where no older one is left. */
export const FIRST_PREVIOUS: Uint8Array = new Uint8Array(HASH_SIZE);

/**
 * The number of the first statement that a hub's key signs: 0, or what the last part of its origin says in twelve digits
 * (`heartwood/hub/9d0e55…/000000433000`), where the key belongs to a later epoch of a hub. Since the name is part of the
 * key that a policy trusts and a ledger admits, nobody else decides where a history begins, not even by sending a later
 * statement first.
 */
export function firstSequenceOf(origin: string): number {
  const begins = /\/(0[0-9]{11})$/.exec(origin);
  return begins ? Number(begins[1]) : 0;
}

/** Beyond it the twelve digits would begin with no zero. One a second fills it in 3,100 years. */
export const SEQUENCE_MAX = 99_999_999_999;

/** The text to sign. Throws `bad-statement` for a field that the form cannot carry. */
export function formatStatement({ origin, sequence, endMs, batchRoot, previous }: Statement): string {
  if (!Number.isSafeInteger(endMs) || Math.abs(endMs) > 8.64e15) throw refused('its end is no time');
  const lines = [
    origin,
    `${sequence}`.padStart(12, '0'),
    new Date(endMs).toISOString(),
    encodeBase64(batchRoot),
    encodeBase64(previous),
  ];
  const text = `${lines.join('\n')}\n`;
  parseStatement(text);
  return text;
}

/** Inverse of `formatStatement`: one statement has one text. Verifies nothing. Throws `bad-statement`. */
export function parseStatement(text: string): Statement {
  const [origin, digits, end, batch, before, last, ...more] = text.split('\n');
  if (!origin || !digits || !end || !batch || !before || last !== '' || more.length > 0) {
    throw refused('it must have exactly five lines');
  }
  if (!/^0[0-9]{11}$/.test(digits)) throw refused('its sequence must be 12 digits, the first a zero');
  const sequence = Number(digits);
  const endMs = Date.parse(end);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(end) || Number.isNaN(endMs)) {
    throw refused('its end must read like 2026-11-21T13:10:00.000Z');
  }
  // Date.parse takes the 30th of February for the 2nd of March and 24:00 for the next day.
  if (new Date(endMs).toISOString() !== end) throw refused(`there is no time ${end}`);
  return {
    origin,
    sequence,
    endMs,
    batchRoot: hashOf(batch, 'batch root'),
    previous: hashOf(before, 'previous hash'),
  };
}

/** The signed note of a statement: what goes to the ledger. Throws `bad-statement` where the signer is not the origin. */
export function signStatement(statement: Statement, signer: NoteSigner): string {
  if (signer.name !== statement.origin) {
    throw refused(`the key "${signer.name}" cannot sign for "${statement.origin}"`);
  }
  return signNote(formatStatement(statement), [signer]);
}

/** RFC 6962 leaf hash of the whole note: its leaf in the ledger, and what the next statement calls `previous`. */
export function statementHash(note: string, digest: Digest = sha256): Uint8Array {
  return leafHash(utf8(note), digest);
}

/** The statement in a note of exactly one signature line, by a key named as its origin. Verifies no signature. Throws `bad-note`, `bad-statement`. */
export function readStatementNote(note: string): Statement {
  const { text, signatures } = parseNote(note);
  const statement = parseStatement(text);
  // A second line would change the leaf hash and so the chain without the hub having signed anything new.
  if (signatures.length !== 1) throw refused('it must have exactly one signature line');
  if (signatures[0]!.name !== statement.origin) {
    throw refused(`"${signatures[0]!.name}" cannot sign for "${statement.origin}"`);
  }
  return statement;
}

/** The same, and the signature is right and by one of `hubKeys`. Throws `bad-note`, `bad-statement`, `bad-signature`, `unknown-signer`. */
export function verifyStatementNote(
  note: string,
  hubKeys: readonly VerifierKey[],
  verify: VerifyEd25519 = verifyEd25519,
): Statement {
  const statement = readStatementNote(note);
  verifyNote(note, hubKeys, verify);
  return statement;
}

/** How a statement stands to the one before it. */
export type ChainCheck =
  | { readonly kind: 'continues' }
  /** It is of another hub. */
  | { readonly kind: 'other-origin' }
  /** It is not number `expected`. */
  | { readonly kind: 'out-of-sequence'; readonly expected: number }
  /**
   * It has the right number but was made after another previous statement than this one: one of the two histories was
   * hidden. Or it is number 0 and names a previous one.
   */
  | { readonly kind: 'other-previous' }
  /** Its interval does not end after the previous one: the hub's clock was turned back. */
  | { readonly kind: 'time-backwards' };

/**
 * Whether `note` follows directly on `previousNote` (undefined: is the first of its hub, with the number that its origin
 * says; what it names as its previous one is then of an earlier key, and not looked at unless the number is 0). Signatures
 * are the caller's to verify. Throws `bad-note` and `bad-statement` for forms.
 */
export function checkChain(
  previousNote: string | undefined,
  note: string,
  digest: Digest = sha256,
): ChainCheck {
  const before = previousNote === undefined ? undefined : readStatementNote(previousNote);
  const statement = readStatementNote(note);
  if (before && before.origin !== statement.origin) return { kind: 'other-origin' };
  const expected = before ? before.sequence + 1 : firstSequenceOf(statement.origin);
  if (statement.sequence !== expected) return { kind: 'out-of-sequence', expected };
  if (!before && expected > 0) return { kind: 'continues' };
  const hash = previousNote === undefined ? FIRST_PREVIOUS : statementHash(previousNote, digest);
  if (!equalBytes(hash, statement.previous)) return { kind: 'other-previous' };
  if (before && statement.endMs <= before.endMs) return { kind: 'time-backwards' };
  return { kind: 'continues' };
}

function hashOf(base64: string, what: string): Uint8Array {
  let hash: Uint8Array;
  try {
    hash = decodeBase64(base64);
  } catch (cause) {
    throw refused(`its ${what} is not canonical base64`, cause);
  }
  if (hash.length !== HASH_SIZE) throw refused(`its ${what} is not 32 bytes`);
  return hash;
}

function refused(why: string, cause?: unknown): AnchorError {
  return new AnchorError('bad-statement', `not a statement: ${why}`, { cause });
}
