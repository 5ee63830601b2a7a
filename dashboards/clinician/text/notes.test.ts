// German says everything of notes that English does.

import { describe, expect, it } from 'vitest';
import { notesDe } from './notes-de.ts';
import { notesEn } from './notes-en.ts';

function leaves(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String((value as (one: number) => unknown)(7))]];
  return Object.entries(value as object).flatMap(([name, each]) => leaves(each, `${path}.${name}`));
}

describe('German for notes', () => {
  const german = new Map(leaves(notesDe));
  it.each(leaves(notesEn))('%s', (path, english) => {
    const said = german.get(path) ?? '';
    expect(said.trim()).not.toBe('');
    expect(said).not.toBe(english);
    if (english.includes('7')) expect(said).toContain('7');
  });
  it('is no other', () => {
    expect([...german.keys()].sort()).toEqual(
      leaves(notesEn)
        .map(([path]) => path)
        .sort(),
    );
  });
});
