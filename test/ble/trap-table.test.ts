// The table of traps in docs/spec/bluez.md, held to the tests that it names: each one is there, by name.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const rows = [...textOf('docs/spec/bluez.md').matchAll(/^\|.*\| `([^`]+)` (.+?) \|$/gm)].map(
  ([, file = '', name = '']) => [file, name] as const,
);

describe('docs/spec/bluez.md', () => {
  it('names a test for every trap', () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(textOf('docs/spec/bluez.md').match(/^\|.*\|\s*\|$/gm)).toBeNull();
  });

  it.each(rows)('%s: %s', (file, name) => {
    expect(textOf(`${file}.test.ts`)).toContain(name);
  });
});
