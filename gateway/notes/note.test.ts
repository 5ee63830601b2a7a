// What a note may be, and that one event holds all of its words whatever they are.

import { decodeEvent, encodeEvent } from '@heartwood/vitals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTE_CHARACTERS_MAX, noteDetail, readNote } from './note.ts';

describe('what is asked for', () => {
  it('is a note, a correction or a withdrawal', () => {
    expect(readNote({ text: ' Ate little.\r\nWalked.\r\n' })).toEqual({
      kind: 'note',
      shared: false,
      text: 'Ate little.\nWalked.',
    });
    expect(readNote({ text: 'Ate little.', shared: true })).toMatchObject({ kind: 'note', shared: true });
    expect(readNote({ text: 'Ate all.', corrects: 3 })).toEqual({
      kind: 'correction',
      about: 3,
      text: 'Ate all.',
    });
    expect(readNote({ text: 'Another patient.', withdraws: 3 })).toMatchObject({
      kind: 'withdrawal',
      about: 3,
    });
  });
  it('is plain text of a size, whatever it looks like', () => {
    const html = '<img src=x onerror=alert(1)> & co';
    expect(readNote({ text: html })).toMatchObject({ text: html });
    expect(readNote({ text: 'Größe, 体温, 🫀' })).toMatchObject({ text: 'Größe, 体温, 🫀' });
    expect(readNote({ text: '🫀'.repeat(NOTE_CHARACTERS_MAX) })).toMatchObject({ kind: 'note' });
    // One letter, however it was typed.
    expect(readNote({ text: 'u\u0308ber' })).toMatchObject({ text: 'über' });
  });
  it.each([
    [undefined, /^Write/],
    ['x', /^Write/],
    [{}, /^Write/],
    [{ text: 3 }, /^Write/],
    [{ text: 'x', by: 'Dr Vale' }, /^Write/],
    [{ text: 'x', shared: 'yes' }, /^Write/],
    [{ text: 'x', corrects: 0 }, /^Write/],
    [{ text: 'x', corrects: '3' }, /^Write/],
    [{ text: 'x', corrects: 1, withdraws: 1 }, /^Write/],
    // Whether the patient may read it follows from the note that it is about.
    [{ text: 'x', corrects: 1, shared: true }, /^Write/],
    [{ text: ' \n\t ' }, /something in it/],
    [{ text: '🫀'.repeat(NOTE_CHARACTERS_MAX + 1) }, /at most 500 characters/],
    [{ text: 'a\u0000b' }, /control characters/],
    [{ text: 'a\u001b[31mb' }, /control characters/],
    [{ text: 'not \u202egnol os' }, /control characters/],
    [{ text: 'x\ud800' }, /plain text/],
  ])('is refused as %j', (body, said) => {
    expect(readNote(body)).toMatch(said);
  });
});

describe('the event of a note', () => {
  it('is one that can be written, and holds its text to the last character', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 600 })
      .map((any) => readNote({ text: any }))
      .filter((asked) => typeof asked !== 'string');
    const longest = readNote({ text: '🫀'.repeat(NOTE_CHARACTERS_MAX) });
    fc.assert(
      fc.property(text, (asked) => {
        const detail = noteDetail(12, {
          number: 10_000,
          atMs: 5,
          by: 'Dr Vale',
          person: 3,
          kind: 'correction',
          about: 9_999,
          shared: true,
          text: asked.text,
        });
        const event = { subject: new Uint8Array(16), at: 5, name: 'note-written', detail } as const;
        expect(decodeEvent(encodeEvent(event)).detail).toEqual(detail);
        const pieces = Object.entries(detail).filter(([name]) => /^text(-\d)?$/.test(name));
        expect(pieces.map(([, piece]) => piece).join('')).toBe(asked.text);
        expect(pieces.map(([name]) => name)).toEqual(
          pieces.map((_, i) => (i === 0 ? 'text' : `text-${i + 1}`)),
        );
      }),
      { numRuns: 200, examples: typeof longest === 'string' ? [] : [[longest]] },
    );
  });
});
