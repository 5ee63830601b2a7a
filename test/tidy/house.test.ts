// House rules that no other tool holds. Each says what it found and where.

import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILES, json, ROOMS, ROOT, read, SOURCES, TEXTS } from './tree.ts';

/** `file:line: text` of every line that matches. */
function found(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 100)}`] : [],
      ),
  );
}
/** Written in two halves, so that this file does not break its own rules. */
const word = (...halves: string[]): string => halves.join('');

describe('files', () => {
  it('are found', () => {
    expect(SOURCES.length).toBeGreaterThan(50);
    expect(found(['test/tidy/house.test.ts'], /^import .* from 'vitest';$/)).toHaveLength(1);
  });

  it('have 500 lines at most', () => {
    const long = SOURCES.filter((path) => read(path).split('\n').length > 501);
    expect(long).toEqual([]);
  });

  it('are in kebab-case', () => {
    const odd = SOURCES.filter((path) => !/^[a-z0-9.-]+$/.test(path.split('/').at(-1)!));
    expect(odd).toEqual([]);
    const vague = SOURCES.filter((path) => /(^|\/)(utils?|helpers?|common|manager)(\.|\/)/.test(path));
    expect(vague).toEqual([]);
  });

  it('tell their idea in a comment at the top', () => {
    const silent = SOURCES.filter((path) => !/(\.config|index|\.d|\.test)\.ts$/.test(path)).filter(
      (path) => !/^(#!.*\n)?(\/\/|\/\*)/.test(read(path)),
    );
    expect(silent).toEqual([]);
  });

  it('hold no marks of unfinished work', () => {
    const marks = new RegExp(
      [
        String.raw`\b${word('TO', 'DO')}\b`,
        String.raw`\b${word('FIX', 'ME')}\b`,
        String.raw`\b${word('X', 'XX')}\b`,
        `[Pp]${word('lace', 'holder')}`,
        String.raw`\b[Ff]or ${word('n', 'ow')}\b`,
      ].join('|'),
    );
    expect(marks.test(`// ${word('TO', 'DO')}: later`)).toBe(true);
    expect(found(TEXTS, marks)).toEqual([]);
  });

  it('name no path of a machine they were written on', () => {
    const paths = new RegExp(`(^|[^\\w.])/(${word('wo', 'rk')}|${word('ro', 'ot')})(/|\\b)`);
    expect(paths.test(`see /${word('wo', 'rk')}/main`)).toBe(true);
    expect(found(TEXTS, paths)).toEqual([]);
  });
});

describe('tests', () => {
  it('are all run: none is singled out, none is left out without a condition', () => {
    const held = new RegExp(
      String.raw`\b(describe|it|test|suite)(\.\w+)*\.(on${''}ly|sk${''}ip|to${''}do|fa${''}ils)\b`,
    );
    expect(held.test(`${word('i', 't')}.${word('sk', 'ip')}('x')`)).toBe(true);
    expect(held.test(`${word('i', 't')}.${word('sk', 'ipIf')}(!there)('x')`)).toBe(false);
    expect(found(SOURCES, held)).toEqual([]);
  });
});

type Package = {
  name: string;
  scripts?: Record<string, string>;
  workspaces?: string[];
  allowScripts?: Record<string, boolean>;
  exports?: Record<string, string>;
};
type Lock = {
  packages: Record<
    string,
    { resolved?: string; integrity?: string; hasInstallScript?: boolean; link?: boolean }
  >;
};

describe('packages', () => {
  it('are the rooms', () => {
    expect(json<Package>('package.json').workspaces).toEqual(ROOMS);
    for (const room of ROOMS) expect(json<Package>(`${room}/package.json`).name).toBe(`@heartwood/${room}`);
  });

  it('run no script at install but the one that brings the pinned Node; each other that has one is named and refused', () => {
    const allowed = json<Package>('package.json').allowScripts ?? {};
    expect(Object.keys(allowed).filter((name) => allowed[name] !== false)).toEqual(['node']);
    const withScript = Object.entries(json<Lock>('package-lock.json').packages)
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(withScript).toContain('node');
    expect(withScript.filter((name) => !(name in allowed))).toEqual([]);
    for (const path of ['package.json', ...ROOMS.map((room) => `${room}/package.json`)]) {
      const scripts = Object.keys(json<Package>(path).scripts ?? {});
      expect(scripts.filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
    }
  });

  it('come from whichever registry npm is set to, whole: the lock file pins their content and no address', () => {
    const installed = Object.entries(json<Lock>('package-lock.json').packages).filter(
      ([path, entry]) => path.includes('node_modules/') && entry.link !== true,
    );
    expect(installed.length).toBeGreaterThan(100);
    const unpinned = installed.filter(([, entry]) => !/^sha512-/.test(entry.integrity ?? ''));
    expect(unpinned.map(([path]) => path)).toEqual([]);
    const addressed = installed.filter(([, { resolved }]) => resolved !== undefined);
    expect(addressed.map(([path]) => path)).toEqual([]);
  });
});

describe('pages', () => {
  const pages = TEXTS.filter((path) => path.endsWith('.md'));

  it.each(ROOMS)('%s has a README of 10 to 40 lines', (room) => {
    expect(FILES).toContain(`${room}/README.md`);
    const lines = read(`${room}/README.md`).trimEnd().split('\n').length;
    expect(lines).toBeGreaterThanOrEqual(10);
    expect(lines).toBeLessThanOrEqual(40);
  });

  it('README names the two commands that a new user needs', () => {
    expect(read('README.md')).toMatch(/^\s*npm run demo\b/m);
    expect(read('README.md')).toMatch(/\bnpm test\b/);
  });

  it('link to files and headings that are there', () => {
    const broken = pages.flatMap((path) =>
      [...read(path).matchAll(/\]\(([^)\s]+)\)/g)]
        .map((match) => match[1]!)
        .filter((link) => !/^(https?:|mailto:)/.test(link))
        .filter((link) => !leads(path, link))
        .map((link) => `${path} links to ${link}`),
    );
    expect(broken).toEqual([]);
    expect(leads('README.md', 'docs/nowhere.md')).toBe(false);
    expect(leads('README.md', 'docs/glossary.md#no-such-heading')).toBe(false);
  });
});

function leads(from: string, link: string): boolean {
  const [file, heading] = link.split('#') as [string, string?];
  const path = file === '' ? from : normalize(join(dirname(from), decodeURI(file)));
  if (!existsSync(join(ROOT, path))) return false;
  if (heading === undefined || !path.endsWith('.md')) return true;
  return read(path)
    .split('\n')
    .filter((line) => /^#{1,6} /.test(line))
    .some((line) => slug(line) === heading);
}

/** The anchor that GitHub gives a heading. */
function slug(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
