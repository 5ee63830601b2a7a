// A verdict on a proof as lines of text: each step of the argument, then what it comes to.

import type { RangeVerdict, Verdict } from '@heartwood/anchor';
import { printable } from './printable.ts';

/** Whoever made the bundle chose words in it. The lines for a terminal (`decorated`: with marks and colour) or a file, ending in a newline. */
export function verdictWords(
  { ok, steps, proves, doesNotProve, summary }: Verdict | RangeVerdict,
  decorated: boolean,
): string {
  const [good, bad] = decorated ? ['\u001b[32m✓\u001b[0m', '\u001b[31m✗\u001b[0m'] : ['ok    ', 'FAILED'];
  const list = (head: string, sentences: readonly string[]): string[] =>
    sentences.length === 0 ? [] : ['', head, ...sentences.map((sentence) => `- ${printable(sentence)}`)];
  const lines = [
    ...steps.map((step) => `${step.ok ? good : bad} ${step.title}: ${printable(step.text)}`),
    '',
    ok ? 'This proof holds.' : printable(summary),
    ...list('It proves:', proves),
    ...list('It does not prove:', doesNotProve),
  ];
  return `${lines.join('\n')}\n`;
}
