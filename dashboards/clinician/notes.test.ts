// What the hub tells of notes, checked before it is shown.

import { describe, expect, it } from 'vitest';
import { parseNote, standing } from './notes.ts';
import { Malformed } from './parse/fields.ts';
import { noteWords } from './trend/event.ts';
import { markOf, markWords } from './trend/mark.ts';

const told = {
  number: 3,
  at: 1_795_262_400_000,
  by: 'Dr Vale',
  kind: 'correction',
  about: 1,
  shared: true,
  text: '<b>Ate</b> nothing.',
};

describe('a note as the hub tells it', () => {
  it('is taken as it is', () => {
    expect(parseNote(told)).toEqual({ ...told, replaced: undefined });
    expect(parseNote({ ...told, replaced: { kind: 'withdrawal', number: 4 } })).toMatchObject({
      replaced: { kind: 'withdrawal', number: 4 },
    });
    expect(parseNote({ number: 3, damaged: true })).toEqual({ number: 3, damaged: true });
  });
  it.each([
    [null],
    [{ ...told, number: '3' }],
    [{ ...told, at: -1 }],
    [{ ...told, kind: 'prescription' }],
    [{ ...told, text: 'x'.repeat(2001) }],
    [{ ...told, replaced: 'by 4' }],
  ])('is refused as %j', (json) => {
    expect(() => parseNote(json)).toThrow(Malformed);
  });
  it('stands until something comes after it', () => {
    const notes = [
      { ...told, number: 4, kind: 'withdrawal' },
      { ...told, replaced: { kind: 'withdrawal', number: 4 } },
      { number: 2, damaged: true },
      { ...told, number: 1, kind: 'note' },
    ].map(parseNote);
    expect(standing(notes).map(({ number }) => number)).toEqual([1]);
  });
});

describe('a note above the charts', () => {
  const event = (detail: Record<string, string | number>) => ({
    id: '5.0.1',
    at: told.at,
    name: 'note-written',
    detail: { slot: 1, note: 3, kind: 'note', by: 'Dr Vale', person: 2, shared: 0, ...detail },
    device: undefined,
  });
  it('is a mark that says who wrote what', () => {
    expect(markOf(event({ text: 'Ate little.' }))).toMatchObject({ kind: 'note', sign: '✎' });
    expect(markWords(event({ text: 'Ate little.' }))).toBe('Dr Vale wrote: Ate little.');
    expect(markWords(event({ text: 'Ate nothing.', kind: 'correction', about: 1 }))).toBe(
      'Dr Vale corrected note 1: Ate nothing.',
    );
    expect(markWords(event({ text: 'Wrong patient.', kind: 'withdrawal', about: 1 }))).toBe(
      'Dr Vale withdrew note 1: Wrong patient.',
    );
  });
  it('has its words in the order of its pieces, and in a list only their beginning', () => {
    const pieces = event({ 'text-2': 'b', 'text-3': 'c', text: 'a' });
    expect(noteWords(pieces.detail)).toBe('abc');
    expect(markWords(event({ text: '🫀\n'.repeat(100) }))).toBe(`Dr Vale wrote: ${'🫀 '.repeat(59)}🫀…`);
  });
});
