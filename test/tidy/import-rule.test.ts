// Who may import whom. Bad imports are planted in a copy of the house's plan and the linter must name each of them by
// file and line: a rule that was switched off, or that matches nothing, fails here. The second half follows the real
// imports, path by path, which a pattern cannot.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILES, importsOf, ROOMS, ROOT, read, SOURCES, target } from './tree.ts';

const NODE = ["'node:fs'", "'node:fs/promises'"] as const;
const of = (...rooms: string[]): string[] => rooms.map((room) => `'@heartwood/${room}'`);

/** For a place in the house: what may not be imported there, and what may. */
const PLAN: Record<string, { bad: readonly string[]; good: readonly string[] }> = {
  'vitals/planted.ts': {
    bad: [...of('anchor', 'anchor/node', 'broker', 'gateway', 'device-sim', 'dashboards', 'cli'), ...NODE],
    good: ["'cborg'", "'./kind.ts'"],
  },
  'vitals/planted.test.ts': { bad: of('anchor', 'broker'), good: ["'vitest'", ...NODE] },
  'anchor/planted.ts': {
    bad: [...of('broker', 'gateway', 'device-sim', 'dashboards', 'cli'), ...NODE, "'../vitals/kind.ts'"],
    good: of('vitals'),
  },
  'anchor/node-planted.ts': { bad: of('broker', 'gateway'), good: [...of('vitals'), ...NODE] },
  'anchor/ledger-planted.ts': { bad: of('gateway'), good: [...of('vitals'), ...NODE] },
  'broker/planted.ts': {
    bad: [
      ...of('anchor', 'anchor/node', 'gateway', 'device-sim', 'dashboards', 'cli'),
      "'../gateway/hub.ts'",
    ],
    good: [...of('vitals'), ...NODE],
  },
  'device-sim/body/planted.ts': {
    bad: [...of('anchor', 'broker', 'gateway', 'dashboards', 'cli'), "'../../vitals/kind.ts'"],
    good: [...of('vitals', 'vitals/gatt'), ...NODE, "'../random.ts'"],
  },
  'gateway/store/planted.ts': {
    bad: [...of('broker', 'device-sim', 'dashboards', 'cli'), "'../../anchor/tree.ts'"],
    good: [...of('vitals', 'vitals/gatt', 'anchor', 'anchor/node'), ...NODE, "'../ingest/accept.ts'"],
  },
  'dashboards/planted.ts': {
    bad: of('anchor/node', 'broker', 'gateway', 'device-sim', 'cli'),
    good: [...of('vitals', 'anchor'), ...NODE],
  },
  'dashboards/clinician/planted.tsx': {
    bad: [...of('anchor/node', 'broker', 'gateway', 'device-sim', 'cli'), ...NODE, "'../../vitals/kind.ts'"],
    good: of('vitals', 'anchor'),
  },
  'cli/planted.ts': {
    bad: ["'../gateway/hub/hub.ts'", "'../vitals/kind.ts'", "'left-pad'"],
    good: of('vitals', 'anchor', 'anchor/node', 'broker', 'gateway', 'device-sim', 'dashboards'),
  },
  'test/sim/planted.ts': { bad: ["'../../gateway/hub/hub.ts'"], good: of('gateway', 'cli') },
};
/** The four ways to import that the language has. */
const FORMS = [
  (from: string) => `import * as a from ${from};`,
  (from: string) => `import type { A } from ${from};`,
  (from: string) => `export { b } from ${from};`,
  (from: string) => `export const c: unknown = await import(${from});`,
];
const FENCES = ['lint/style/noRestrictedImports', 'lint/correctness/noUndeclaredDependencies'];

describe('the linter', () => {
  let copy: string;
  const named = new Set<string>();
  const globals = new Set<string>();

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'heartwood-tidy-'));
    for (const path of ['biome.json', '.gitignore', 'package.json'])
      cpSync(join(ROOT, path), join(copy, path));
    for (const room of ROOMS) cpSync(join(ROOT, room, 'package.json'), join(copy, room, 'package.json'));
    for (const [path, { bad, good }] of Object.entries(PLAN)) {
      const lines = FORMS.flatMap((form) => [...bad, ...good].map(form));
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), `${lines.join('\n')}\nexport const d: unknown = Buffer;\n`);
    }
    const { stdout } = spawnSync(
      join(ROOT, 'node_modules/.bin/biome'),
      ['lint', '--reporter=github', '--max-diagnostics=none', '--colors=off', '.'],
      { cwd: copy, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    for (const [, rule, file, line] of stdout.matchAll(/^::error title=([^,]+),file=([^,]+),line=(\d+)/gm)) {
      const path = file!.slice(file!.indexOf(copy) < 0 ? 0 : copy.length + 1);
      if (FENCES.includes(rule!)) named.add(`${path}:${line}`);
      if (rule === 'lint/style/noRestrictedGlobals') globals.add(path);
    }
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it.each(Object.entries(PLAN))('in %s names every bad import and no good one', (path, { bad, good }) => {
    const all = [...bad, ...good];
    const got: string[] = [];
    const want: string[] = [];
    for (const [index, from] of FORMS.flatMap((form) => all.map(form)).entries()) {
      if (named.has(`${path}:${index + 1}`)) got.push(from);
      if (index % all.length < bad.length) want.push(from);
    }
    expect(got).toEqual(want);
  });

  it('keeps Buffer out of what runs in a browser, and only there', () => {
    expect([...globals].sort()).toEqual([
      'anchor/planted.ts',
      'dashboards/clinician/planted.tsx',
      'vitals/planted.ts',
    ]);
  });
});

const inRoom = SOURCES.filter((path) => ROOMS.some((room) => path.startsWith(`${room}/`)));

describe('the real imports', () => {
  it('are seen in all their forms', () => {
    const source = FORMS.map((form) => form("'x'")).join('\n');
    expect(importsOf(`${source}\nimport "x";\nimport {\n  y,\n} from 'x';`)).toEqual(Array(6).fill('x'));
    expect(inRoom.length).toBeGreaterThan(50);
  });

  it('stay in their room where they are relative', () => {
    const leaving = inRoom.flatMap((path) =>
      // The planted words above are no imports of this file.
      path === 'test/tidy/import-rule.test.ts'
        ? []
        : importsOf(read(path))
            .filter((specifier) => /^\.\.?\//.test(specifier))
            .filter((specifier) => target(path, specifier).split('/')[0] !== path.split('/')[0])
            .map((specifier) => `${path} imports ${specifier}`),
    );
    expect(leaving).toEqual([]);
  });

  it('give no folder inside a room the name of a room, which the linter’s pattern would take for the room', () => {
    const doubled = FILES.filter((path) =>
      path
        .split('/')
        .slice(1, -1)
        .some((folder) => (ROOMS as readonly string[]).includes(folder)),
    ).filter((path) => !path.startsWith('docs/'));
    expect(doubled).toEqual([]);
  });

  it.each([
    ['vitals/index.ts', /^(cborg|cborg\/.+)$/],
    ['anchor/index.ts', /^(@noble\/(curves|hashes)\/.+|@heartwood\/vitals)$/],
    [
      'dashboards/clinician/main.tsx',
      /^(preact|preact\/.+|@preact\/signals|uplot|uqr|@heartwood\/(vitals|anchor))$/,
    ],
  ])('of %s and all it reaches need no Node', (entry, allowed) => {
    const reached = new Set<string>();
    const outside = new Set<string>();
    const walk = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const specifier of importsOf(read(path))) {
        if (!specifier.startsWith('.')) outside.add(specifier);
        else if (/\.tsx?$/.test(specifier)) walk(target(path, specifier));
      }
    };
    walk(entry);
    expect([...outside].filter((specifier) => !allowed.test(specifier))).toEqual([]);
    expect(reached.size).toBeGreaterThan(5);
  });
});
