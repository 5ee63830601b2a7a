import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SPEC_EXAMPLES } from './spec-example.ts';

describe('docs/spec', () => {
  it.each(Object.entries(SPEC_EXAMPLES))('shows the %s as the code makes it', (name, example) => {
    const page = readFileSync(new URL(`../docs/spec/${name.split(' ')[0]}.md`, import.meta.url), 'utf8');
    expect(page).toContain(example);
  });
});
