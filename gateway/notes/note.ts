// A note: a few sentences that somebody wrote about a patient. Plain text, and never another one: what was wrong is set right
// by a correction, and taken back by a withdrawal, which are notes of their own and refer to it. Read once, here.

import type { HubEvent } from '@heartwood/vitals';

/** Unicode characters. With four bytes each they still fit one event (`TEXTS`). */
export const NOTE_CHARACTERS_MAX = 500;

export type NoteKind = 'note' | 'correction' | 'withdrawal';
export type Note = {
  /** Counts the notes of one patient, from 1. */
  readonly number: number;
  /** Hub's clock, ms since 1970. */
  readonly atMs: number;
  readonly by: string;
  /** The author's number in the registry. */
  readonly person: number;
  readonly kind: NoteKind;
  /** The note that it corrects or withdraws. */
  readonly about?: number | undefined;
  /** Whether the patient and their family may read it. */
  readonly shared: boolean;
  readonly text: string;
};

/** Whether the patient may read what refers to another note follows from that note. */
export type NoteAsked =
  | { readonly kind: 'note'; readonly shared: boolean; readonly text: string }
  | { readonly kind: 'correction' | 'withdrawal'; readonly about: number; readonly text: string };

const LIKE_THIS =
  'Write {"text": "…"}, with "shared": true where the patient and their family may read it; or say which note it is about: {"text": "…", "corrects": 3} or {"text": "…", "withdraws": 3}.';
const FIELDS: ReadonlySet<string> = new Set(['text', 'shared', 'corrects', 'withdraws']);
/**
 * Control characters but line break and tab, and what turns the direction of text round: a note reads on every screen as it
 * stands in the record.
 */
const UNPLAIN = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\u2028\u2029]/u;

/** @returns what is asked for, or a sentence that says what is wrong with it */
export function readNote(body: unknown): NoteAsked | string {
  if (typeof body !== 'object' || body === null) return LIKE_THIS;
  const given = body as Record<string, unknown>;
  const { shared = false, corrects, withdraws } = given;
  if (Object.keys(given).some((field) => !FIELDS.has(field)) || typeof given['text'] !== 'string')
    return LIKE_THIS;
  if (!given['text'].isWellFormed()) return 'A note is plain text.';
  const text = given['text'].replaceAll(/\r\n?/g, '\n').trim().normalize('NFC');
  if (text === '') return 'A note has something in it.';
  if ([...text].length > NOTE_CHARACTERS_MAX) return `A note has at most ${NOTE_CHARACTERS_MAX} characters.`;
  if (UNPLAIN.test(text)) return 'A note is plain text, without control characters.';
  if (corrects === undefined && withdraws === undefined)
    return typeof shared === 'boolean' ? { kind: 'note', shared, text } : LIKE_THIS;
  const about = corrects ?? withdraws;
  if ('shared' in given || (corrects !== undefined && withdraws !== undefined) || !isNumber(about))
    return LIKE_THIS;
  return { kind: corrects === undefined ? 'withdrawal' : 'correction', about, text };
}

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

/** A detail of an event holds 256 bytes of UTF-8; a character is never cut, so that three of them may stay free. */
const TEXT_BYTES = 256;
/** What is left of the 16 details of an event is more than eight times 253 bytes, which 500 characters are at most. */
const TEXTS = Array.from({ length: 8 }, (_, i) => (i === 0 ? 'text' : `text-${i + 1}`));

/** What the event `note-written` says (docs/spec/notes.md). */
export function noteDetail(slot: number, note: Note): HubEvent['detail'] {
  const { number, by, person, kind, about, shared, text } = note;
  return {
    slot,
    note: number,
    kind,
    by,
    person,
    ...(about !== undefined && { about }),
    shared: shared ? 1 : 0,
    ...Object.fromEntries(pieces(text).map((piece, i) => [TEXTS[i], piece])),
  };
}

function pieces(text: string): string[] {
  const found: string[] = [];
  let piece = '';
  let bytes = 0;
  for (const character of text) {
    const more = Buffer.byteLength(character);
    if (bytes + more > TEXT_BYTES) {
      found.push(piece);
      [piece, bytes] = ['', 0];
    }
    piece += character;
    bytes += more;
  }
  return [...found, piece];
}
