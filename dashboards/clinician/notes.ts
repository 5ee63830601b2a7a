// Notes on a patient: what people wrote for whoever comes next (docs/spec/notes.md). Asked of the hub when it says that there
// are more or fewer than are shown; each is checked before it is shown, as whatever comes from outside.

import { Fields, Malformed } from './parse/fields.ts';
import { careText } from './text/care.ts';
import { fetchEvents, type HubEventTold } from './trend/event.ts';

export type NoteKind = 'note' | 'correction' | 'withdrawal';
export type Note = {
  /** Counts the notes of one patient, from 1. */
  readonly number: number;
  /** Hub's clock, ms since 1970. */
  readonly at: number;
  readonly by: string;
  readonly kind: NoteKind;
  /** The note that it corrects or withdraws. */
  readonly about: number | undefined;
  /** Whether the patient and their family may read it. */
  readonly shared: boolean;
  readonly text: string;
  /** What came after it. */
  readonly replaced: { readonly kind: NoteKind; readonly number: number } | undefined;
};
/** One that does not open any more is told of by its number. */
export type Told = Note | { readonly number: number; readonly damaged: true };

export type NotesTold = { readonly notes: readonly Told[]; readonly more: boolean };

export const NOTE_CHARACTERS_MAX = 500;
const KINDS: readonly NoteKind[] = ['note', 'correction', 'withdrawal'];
const TEXT_MAX = 4 * NOTE_CHARACTERS_MAX;

/** What is shown of a patient, for whoever prints it. */
const shown = new Map<string, readonly Told[]>();
export const shownNotes = (patient: string): readonly Told[] => shown.get(patient) ?? [];
/** From now on these; undefined: they are not shown any more. */
export function keepShown(patient: string, notes: readonly Told[] | undefined): void {
  if (notes === undefined) shown.delete(patient);
  else shown.set(patient, notes);
}

/** Those that stand: not what was corrected or withdrawn, and no withdrawal. */
export const standing = (notes: readonly Told[]): readonly Note[] =>
  notes.filter(
    (note): note is Note => !('damaged' in note) && note.kind !== 'withdrawal' && note.replaced === undefined,
  );

/** The newest notes on a patient, about so many or all there are. Throws where the hub does not answer. */
export async function fetchNotes(patient: string, wanted: number, signal: AbortSignal): Promise<NotesTold> {
  const notes: Told[] = [];
  let before: number | undefined;
  do {
    const query = before === undefined ? '' : `?before=${before}`;
    const answer = await fetch(`/api/patients/${patient}/notes${query}`, { signal });
    if (!answer.ok) throw new Error(`notes: ${answer.status}`);
    const page = new Fields(await answer.json(), 'notes');
    notes.push(...page.list('notes', parseNote));
    const next = page.has('before') ? page.count('before') : undefined;
    if (next !== undefined && before !== undefined && next >= before)
      throw new Malformed('notes do not go on');
    before = next;
  } while (before !== undefined && notes.length < wanted);
  return { notes, more: before !== undefined };
}

/** Throws Malformed. */
export function parseNote(json: unknown): Told {
  const o = new Fields(json, 'note');
  const number = o.count('number');
  if (o.has('damaged')) return { number, damaged: true };
  return {
    number,
    at: o.time('at'),
    by: o.text('by', 256),
    kind: o.oneOf('kind', KINDS),
    about: o.has('about') ? o.count('about') : undefined,
    shared: o.get('shared') === true,
    text: o.text('text', TEXT_MAX),
    replaced: o.has('replaced') ? parseReplaced(o.get('replaced')) : undefined,
  };
}

function parseReplaced(json: unknown): Note['replaced'] {
  const o = new Fields(json, 'replaced');
  return { kind: o.oneOf('kind', KINDS), number: o.count('number') };
}

export type Written = { readonly text: string } & (
  | { readonly shared: boolean }
  | { readonly corrects: number }
  | { readonly withdraws: number }
);

/** Undefined: it is on disk. Else the hub's own sentence. */
export async function sendNote(patient: string, written: Written): Promise<string | undefined> {
  const answer = await fetch(`/api/patients/${patient}/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(written),
  }).catch(() => undefined);
  if (answer?.ok) return undefined;
  const said: unknown = await answer?.json().catch(() => undefined);
  const error = typeof said === 'object' && said !== null && 'error' in said ? said.error : undefined;
  return typeof error === 'string' ? error : careText().noAnswer;
}

const ABOUT_MS = 60_000;

/** The event with which a note was written; undefined where the hub knows of none. Throws where it does not answer. */
export async function recordOf(patient: string, { number, at }: Note): Promise<HubEventTold | undefined> {
  const found: HubEventTold[] = [];
  const window = { from: Math.max(0, at - ABOUT_MS), to: at + ABOUT_MS };
  await fetchEvents(patient, window, (events) => found.push(...events), new AbortController().signal);
  return found.find(({ name, detail }) => name === 'note-written' && detail['note'] === number);
}
