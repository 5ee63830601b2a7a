import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';

const folder = new URL('.', import.meta.url);
const page = readFileSync(new URL('README.md', folder), 'utf8');

it('has every file of this room in its reading order, and none that is not there', () => {
  const files = globSync('**/*.{ts,sol}', { cwd: folder }).filter(
    (path) => !/\.test(-process)?\.ts$/.test(path),
  );
  expect(files.length).toBeGreaterThan(80);
  const named = new Set([...page.matchAll(/`([^`]+\.(?:ts|sol))`/g)].map(([, name]) => basename(name!)));
  expect(files.filter((path) => !named.has(basename(path)))).toEqual([]);
  const there = new Set(files.map((path) => basename(path)));
  expect([...named].filter((name) => !there.has(name))).toEqual([]);
});

it('names pages that are there', () => {
  const links = [...page.matchAll(/\]\((\.\.\/docs\/[^)]+)\)/g)].map(([, path]) => path!);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((path) => !existsSync(new URL(path, folder)))).toEqual([]);
});
