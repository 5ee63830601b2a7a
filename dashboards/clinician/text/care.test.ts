// German says everything of limits and charts that English does.

import { describe, expect, it } from 'vitest';
import { careDe } from './care-de.ts';
import { careEn } from './care-en.ts';

function leaves(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') {
    const given = Array.from({ length: value.length }, (_, i) => i + 2);
    return [[path, String((value as (...args: unknown[]) => unknown)(...given))]];
  }
  return Object.entries(value as object).flatMap(([name, each]) => leaves(each, `${path}.${name}`));
}

describe('German for limits and charts', () => {
  const german = new Map(leaves(careDe));
  it.each(leaves(careEn))('%s', (path, english) => {
    const said = german.get(path) ?? '';
    expect(said.trim()).not.toBe('');
    // Whatever has to be in it is in it.
    for (const [number] of english.matchAll(/\b[2-9]\b/g)) expect(said).toContain(number);
  });
  it('is no other', () => {
    expect([...german.keys()].sort()).toEqual(
      leaves(careEn)
        .map(([path]) => path)
        .sort(),
    );
    expect(leaves(careEn).filter(([path, english]) => german.get(path) === english)).toEqual([
      ['.editor.own', '2, 3: 4.'],
    ]);
  });
});
