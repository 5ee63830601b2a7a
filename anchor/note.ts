// Signed notes, c2sp.org/signed-note (v1.0.0; limits of commit 5ba5ee8): a text that people can read, a blank line, and
// lines `— <name> <base64(key id || signature)>`. Signatures by keys we do not know are ignored; one by a key we do
// know must be right, or the whole note is refused: someone tampered with it.

import { decodeBase64, encodeBase64 } from './base64.ts';
import { bigEndian, joinBytes, textOf, utf8 } from './bytes.ts';
import { AnchorError } from './error.ts';
import { isKeyName, KEY_TYPES, type NoteSigner, type VerifierKey } from './key.ts';
import { checkpointMessage, MLDSA44_SIGNATURE_BYTES } from './mldsa-cosignature.ts';
import { type VerifyEd25519, type VerifyMlDsa44, verifyEd25519 } from './primitive.ts';

/** Longest note read, bytes, and most signature lines: what golang.org/x/mod takes too; the spec asks for 16 at least. */
export const NOTE_BYTES_MAX = 1_000_000;
export const NOTE_SIGNATURES_MAX = 100;

/** One signature line. Name and key id together name the key; neither is to be believed before verification. */
export type NoteSignature = {
  readonly name: string;
  readonly keyId: number;
  /** What follows the key id: 64 bytes for Ed25519, 8 bytes of time and 64 or 2,420 for a cosignature. At least 1 byte. */
  readonly signature: Uint8Array;
};

export type SignedNote = {
  /** Ends in a newline; the blank line before the signatures is no part of it. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
};

/** A note of which at least one signature was verified. */
export type VerifiedNote = {
  readonly text: string;
  /** Keys whose signature is right, each once, in the order of the lines. */
  readonly verified: readonly { readonly key: VerifierKey; readonly signature: Uint8Array }[];
  /** Lines by keys that were not offered, or that cannot be checked here; nothing about them was checked. */
  readonly strangers: readonly NoteSignature[];
};

/** Parses the form only; `formatNote(parseNote(n))` is `n`, byte for byte. Throws `bad-note`. */
export function parseNote(note: string | Uint8Array): SignedNote {
  const bytes = typeof note === 'string' ? utf8(note) : note;
  if (bytes.length > NOTE_BYTES_MAX) throw refused(`it is longer than ${NOTE_BYTES_MAX} bytes`);
  const whole = typeof note === 'string' ? note : textOf(bytes);
  if (whole === undefined || !whole.isWellFormed()) throw refused('it is not UTF-8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) throw refused('it has a control character');
  const split = whole.lastIndexOf('\n\n');
  if (split < 0 || !whole.endsWith('\n')) throw refused('it has no blank line with signature lines after it');
  const lines = whole
    .slice(split + 2)
    .split('\n')
    .slice(0, -1);
  if (lines.length === 0) throw refused('no signature line follows its text');
  if (lines.length > NOTE_SIGNATURES_MAX) throw refused(`it has more than ${NOTE_SIGNATURES_MAX} signatures`);
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

/** One line `— <name> <base64>` without its newline. Throws `bad-note`. */
export function parseSignatureLine(line: string): NoteSignature {
  const [dash, name, base64, ...more] = line.split(' ');
  if (dash !== '—' || name === undefined || base64 === undefined || more.length > 0 || !isKeyName(name)) {
    throw refused('a signature line must read: em dash, space, name, space, base64');
  }
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(base64);
  } catch (cause) {
    throw refused(`the signature of "${name}" is not canonical base64`, cause);
  }
  if (bytes.length < 5) throw refused(`the signature of "${name}" is too short`);
  return { name, keyId: new DataView(bytes.buffer).getUint32(0), signature: bytes.slice(4) };
}

/** One signature line with its newline. */
export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${encodeBase64(joinBytes(bigEndian(keyId, 4), signature))}\n`;
}

export function formatNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(formatSignatureLine).join('')}`;
}

/** Signs `text` with each signer, in order. Throws `bad-note` for a text that a note cannot carry. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  const bytes = utf8(text);
  const signatures = signers.map(({ name, keyId, sign }) => ({ name, keyId, signature: sign(bytes) }));
  const note = formatNote({ text, signatures });
  if (!text.endsWith('\n') || parseNote(note).text !== text) throw refused('its text must end in a newline');
  return note;
}

/**
 * Verifies a note against the keys a reader trusts. Throws `bad-note` for the form, `bad-signature` where any line of a
 * trusted key is wrong, `unknown-signer` where no line is by a trusted key, `bad-key` where two trusted keys share name and id.
 * Without `verifyMlDsa44` a key of type 0x06 counts as not offered.
 */
export function verifyNote(
  note: string | Uint8Array | SignedNote,
  keys: readonly VerifierKey[],
  verify: VerifyEd25519 = verifyEd25519,
  verifyMlDsa44?: VerifyMlDsa44,
): VerifiedNote {
  const parsed = typeof note === 'string' || note instanceof Uint8Array ? parseNote(note) : note;
  const text = utf8(parsed.text);
  const verified = new Map<VerifierKey, Uint8Array>();
  const strangers: NoteSignature[] = [];
  const checkable = verifyMlDsa44 ? keys : keys.filter(({ type }) => type !== KEY_TYPES.cosignatureMlDsa44);
  for (const line of parsed.signatures) {
    const [key, twin] = checkable.filter(({ name, keyId }) => name === line.name && keyId === line.keyId);
    if (twin) throw new AnchorError('bad-key', `two trusted keys are named "${line.name}" and share an id`);
    if (!key) {
      strangers.push(line);
      continue;
    }
    if (!isSignatureBy(key, text, line.signature, verify, verifyMlDsa44)) {
      throw new AnchorError('bad-signature', `the signature of "${key.name}" does not belong to this text`);
    }
    if (!verified.has(key)) verified.set(key, line.signature);
  }
  if (verified.size === 0) {
    const names = [...new Set(strangers.map(({ name }) => `"${name}"`))].join(', ');
    throw new AnchorError('unknown-signer', `it is signed by ${names}, and by no key that is trusted here`);
  }
  const pairs = [...verified].map(([key, signature]) => ({ key, signature }));
  return { text: parsed.text, verified: pairs, strangers };
}

/** What a type 0x04 key signs, c2sp.org/tlog-cosignature: a header with the time in seconds since 1970, then the note's text. */
export function cosignatureMessage(timeS: bigint | number, text: Uint8Array): Uint8Array {
  return joinBytes(utf8(`cosignature/v1\ntime ${timeS}\n`), text);
}

function isSignatureBy(
  key: VerifierKey,
  text: Uint8Array,
  signature: Uint8Array,
  verify: VerifyEd25519,
  verifyMlDsa44: VerifyMlDsa44 | undefined,
): boolean {
  if (key.type === KEY_TYPES.ed25519) {
    return signature.length === 64 && verify(key.publicKey, text, signature);
  }
  const postQuantum = key.type === KEY_TYPES.cosignatureMlDsa44;
  if (signature.length !== 8 + (postQuantum ? MLDSA44_SIGNATURE_BYTES : 64)) return false;
  const timeS = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  if (timeS >= 2n ** 63n) return false;
  if (postQuantum) {
    const message = messageOrNone(key.name, timeS, text);
    return message !== undefined && verifyMlDsa44?.(key.publicKey, message, signature.subarray(8)) === true;
  }
  return verify(key.publicKey, cosignatureMessage(timeS, text), signature.subarray(8));
}

/** A key of type 0x06 signs checkpoints only; a note with another text is not signed by it. */
function messageOrNone(name: string, timeS: bigint, text: Uint8Array): Uint8Array | undefined {
  try {
    return checkpointMessage(name, timeS, text);
  } catch (error) {
    if (error instanceof AnchorError) return undefined;
    throw error;
  }
}

function refused(why: string, cause?: unknown): AnchorError {
  return new AnchorError('bad-note', `not a signed note: ${why}`, { cause });
}
