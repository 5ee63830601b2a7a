// Every language says everything.

import { describe, expect, it } from 'vitest';
import { boardDe } from './board-de.ts';
import { boardEn } from './board-en.ts';
import { calmDe } from './calm-de.ts';
import { calmEn } from './calm-en.ts';
import { chartsDe } from './charts-de.ts';
import { chartsEn } from './charts-en.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { catalogue, preferred } from './language.ts';
import { patientDe } from './patient-de.ts';
import { patientEn } from './patient-en.ts';
import { tellingDe } from './telling-de.ts';
import { tellingEn } from './telling-en.ts';
import { words } from './text.ts';

type Leaf = readonly [path: string, value: unknown];

function leaves(value: unknown, path = ''): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, each]) => leaves(each, `${path}.${name}`));
}
/** What a text says: of a function, with arguments that tell themselves. */
function said(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'function') throw new Error('a text is a string or a function');
  const given = Array.from({ length: value.length }, (_, i) => i + 2);
  return String((value as (...args: unknown[]) => unknown)(...given));
}

/** What is the same in both languages, and should be. */
const SAME = new Set([
  'Patient',
  'SpO₂',
  'Temp',
  'Live',
  'Name',
  'Hub',
  'NEWS2',
  'MQTT',
  '2 s',
  '2 min',
  '2 h',
  '2, 3',
]);

describe.each([
  ['the first load', en, de],
  ['what comes later', calmEn, calmDe],
  ['one patient', patientEn, patientDe],
  ['the charts', chartsEn, chartsDe],
  ['who is told', tellingEn, tellingDe],
  ['the alarm board', boardEn, boardDe],
] as const)('German for %s', (_of, english, german) => {
  const there = new Map(leaves(german));

  it('has each text that English has, and no other', () => {
    expect([...there.keys()].sort()).toEqual(
      leaves(english)
        .map(([path]) => path)
        .sort(),
    );
    expect(there.size).toBeGreaterThan(40);
  });

  it('says each in German, with everything that has to be in it', () => {
    for (const [path, value] of leaves(english)) {
      const [ours, theirs] = [said(value), said(there.get(path))];
      expect(theirs.trim(), path).not.toBe('');
      if (!SAME.has(ours.trim())) expect(theirs, path).not.toBe(ours);
      if (typeof value === 'function')
        for (const [, given] of said(value).matchAll(/\b([2-9])\b/g)) expect(theirs, path).toContain(given);
    }
  });
});

describe('a language', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr-FR', 'en-US', 'de'], 'en'],
    [['FR', 'DE'], 'de'],
    [['tlh'], 'en'],
    [[], 'en'],
  ] as const)('for a browser that prefers %j is %s', (languages, expected) => {
    expect(preferred(languages)).toBe(expected);
  });

  it('that cannot be fetched leaves English', async () => {
    const texts = catalogue('yes', { de: () => Promise.reject(new Error('away')) });
    expect(texts()).toBe('yes');
  });

  it('is followed by a table of words, key by key', () => {
    const table = words(({ origins }) => origins);
    expect(Object.keys(table)).toEqual(Object.keys(en.origins));
    expect(table.simulator).toBe(en.origins.simulator);
  });
});
