// This room runs in a browser too: no file but tests may reach for Node.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const room = new URL('.', import.meta.url);
const files = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('node_modules'),
);

describe('the room', () => {
  it('has files to look at', () => {
    expect(files).toContain('message.ts');
  });

  it.each(files)('%s neither imports node: nor uses Buffer, process, clock or chance', (name) => {
    const source = readFileSync(new URL(name, room), 'utf8').replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
    expect(source).not.toMatch(/['"]node:/);
    expect(source).not.toMatch(
      /\b(?:Buffer|process|require|Date\.now|new Date|Math\.random|performance|crypto)\b/,
    );
  });
});
