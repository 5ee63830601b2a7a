// Puts tables into docs/benchmarks.md, each between its own two marks. The words around them are a person's.

import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = new URL('../../docs/benchmarks.md', import.meta.url);

/** @param sections texts by name of the mark. @throws when the page has no such mark */
export function writePage(sections: ReadonlyMap<string, string>): void {
  let page = readFileSync(PAGE, 'utf8');
  for (const [name, text] of sections) page = replaceSection(page, name, text);
  writeFileSync(PAGE, page);
}

/** The page with the text between `<!-- bench:name -->` and `<!-- /bench:name -->` replaced. */
export function replaceSection(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no place for ${name}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
