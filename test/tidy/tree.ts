// The files of the project as the house rules see them: what git tracks or would add, and who imports what.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

export const ROOMS = [
  'vitals',
  'anchor',
  'broker',
  'gateway',
  'device-sim',
  'dashboards',
  'cli',
  'test',
] as const;

/** Paths of all files, from the root, with `/`. Recorded data and the lock file are not written by hand. */
export const FILES: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)))
  .filter((path) => path !== 'package-lock.json' && !/^test\/(vectors|recordings)\//.test(path));

const BINARY = /\.(png|jpe?g|gif|ico|woff2?|dat|atr|gz|zst|pdf|sqlite)$/;
/** Files that people write and read. */
export const TEXTS: readonly string[] = FILES.filter((path) => !BINARY.test(path));
export const SOURCES: readonly string[] = TEXTS.filter((path) => /\.(ts|tsx|js|mjs|cjs)$/.test(path));

const texts = new Map<string, string>();
export function read(path: string): string {
  let text = texts.get(path);
  if (text === undefined) {
    text = readFileSync(join(ROOT, path), 'utf8');
    texts.set(path, text);
  }
  return text;
}

export function json<T>(path: string): T {
  return JSON.parse(read(path)) as T;
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g;
/** What a source text imports, re-exports or loads: the words between the quotes. */
export function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT)].map((match) => match[2]!);
}

/** The path that a relative import means, from the root; may begin with `..`. */
export function target(from: string, specifier: string): string {
  return join(dirname(from), specifier);
}
