// The signed notes of a published log, checkpoint and retention: every line by a known key must be right, and the log's own
// must be there. Where something is wrong, the byte is searched for under the log's first signature, Ed25519; a line
// that is wrong by itself is named whole.

import { textOf } from './bytes.ts';
import { AnchorError } from './error.ts';
import { KEY_TYPES, type VerifierKey } from './key.ts';
import { repairNote } from './ledger-bad-byte.ts';
import { MLDSA44_SIGNATURE_BYTES } from './mldsa-cosignature.ts';
import { nodeVerifyMlDsa44 } from './node-mldsa.ts';
import { nodeVerifyEd25519 } from './node-primitive.ts';
import { formatSignatureLine, type NoteSignature, parseNote, verifyNote } from './note.ts';

export type SiteNote = {
  /** What was signed, where it is known: also behind one wrong byte. */
  readonly text: string | undefined;
  /** Offset of the wrong byte; or of `length` bytes that hold it. */
  readonly wrong?: { readonly offset: number; readonly length?: number; readonly text: string };
};

/** Checks a note by the log's keys and others that may have signed it. Throws nothing. */
export function checkSiteNote(
  bytes: Buffer,
  own: readonly VerifierKey[],
  others: readonly VerifierKey[] = [],
): SiteNote {
  const keys = [...own, ...others];
  try {
    const { text, verified, strangers } = verifyNote(bytes, keys, nodeVerifyEd25519, nodeVerifyMlDsa44);
    const lost = own.filter((key) => !verified.some((line) => line.key === key));
    // A line that lost its name or its key's id is nobody's.
    if (strangers.length > 0 && lost.some(({ type }) => type === KEY_TYPES.ed25519)) {
      return repaired(bytes, own, keys, 'its first line is by no key of this log');
    }
    if (lost.length === own.length) return wholly(bytes, 'it is not signed by this log');
    const nameless = strangers.find(
      ({ name, signature }) =>
        keys.some((key) => key.name === name) ||
        (lost.length > 0 && signature.length > MLDSA44_SIGNATURE_BYTES),
    );
    return nameless
      ? { text, wrong: lineAt(bytes, nameless, 'this line is by no key that is known here') }
      : { text };
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return repaired(bytes, own, keys, error.message);
  }
}

function repaired(
  bytes: Buffer,
  own: readonly VerifierKey[],
  keys: readonly VerifierKey[],
  why: string,
): SiteNote {
  const key = own.find(({ type }) => type === KEY_TYPES.ed25519);
  // The log's own line is the first; one of ML-DSA-44 is long, and of no use to the search.
  const firstLine = bytes.indexOf('\n', bytes.indexOf('—')) + 1;
  const found = key && repairNote(bytes, key, firstLine === 0 ? bytes.length : firstLine);
  if (found) {
    const wrong = { offset: found.offset, text: 'this byte is not the one that was signed' };
    return { text: parseNote(found.note).text, wrong };
  }
  // The log's own line may be right, and another one wrong.
  const note = textOf(bytes) ?? '';
  const bad = keys.find((other) => outcomeOf(note, other) === 'bad-signature');
  const line =
    bad && parseNote(note).signatures.find(({ name, keyId }) => name === bad.name && keyId === bad.keyId);
  if (!line) {
    const isOwn = key && outcomeOf(note, key) === 'right';
    return { ...wholly(bytes, why), text: isOwn ? parseNote(note).text : undefined };
  }
  const text = key && outcomeOf(note, key) === 'right' ? parseNote(note).text : undefined;
  return { text, wrong: lineAt(bytes, line, `the signature of ${bad.name} is wrong`) };
}

function outcomeOf(note: string, key: VerifierKey): string {
  try {
    verifyNote(note, [key], nodeVerifyEd25519, nodeVerifyMlDsa44);
    return 'right';
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    return error.code;
  }
}

const wholly = (bytes: Buffer, text: string): SiteNote => ({
  text: undefined,
  wrong: { offset: 0, length: bytes.length, text },
});

function lineAt(bytes: Buffer, line: NoteSignature, text: string): NonNullable<SiteNote['wrong']> {
  const whole = Buffer.from(formatSignatureLine(line));
  return { offset: Math.max(0, bytes.indexOf(whole)), length: whole.length, text };
}
