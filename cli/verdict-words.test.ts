import type { Verdict } from '@heartwood/anchor';
import { expect, it } from 'vitest';
import { verdictWords } from './verdict-words.ts';

it('lets no word of a bundle move the cursor, turn a line around or begin a new one', () => {
  const evil = 'a\u001b[2J\u009b31m\u202eb\u2066c\u2028d\re\nok     Witnesses: fine';
  const verdict: Verdict = {
    ok: false,
    steps: [{ name: 'entry', title: 'What is claimed', ok: false, text: evil }],
    proves: [evil],
    doesNotProve: [evil],
    summary: evil,
  };
  const lines = verdictWords(verdict, false).split('\n');
  expect(lines.filter((line) => /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u.test(line))).toEqual([]);
  expect(lines.filter((line) => line.startsWith('ok'))).toEqual([]);
  expect(lines[0]).toMatch(/^FAILED What is claimed: a\\x1b\[2J/);
});

it('puts what follows a failed step in as it is told, and lists only what there is', () => {
  const words = verdictWords(
    {
      ok: false,
      steps: [
        { name: 'policy', title: 'Whom you trust', ok: true, text: 'One key.' },
        { name: 'format', title: 'Form of the file', ok: false, text: 'No JSON.' },
      ],
      proves: [],
      doesNotProve: [],
      summary: 'This proof does not hold.',
    },
    false,
  );
  expect(words).toBe(
    'ok     Whom you trust: One key.\nFAILED Form of the file: No JSON.\n\nThis proof does not hold.\n',
  );
});
