import { describe, expect, it } from 'vitest';
import { printable, printableJson, printableLines } from './printable.ts';

const EVIL = 'evil\u009b31m\u202eabc\u001b]0;x\u0007\r\u2028\u{e0001}\u200b end é —';

describe('text of others on a terminal', () => {
  it('is shown with its control and bidirectional characters as numbers', () => {
    expect(printable(EVIL)).toBe(
      'evil\\x9b31m\\u{202e}abc\\x1b]0;x\\x07\\x0d\\u{2028}\\u{e0001}\\u{200b} end é —',
    );
    expect(printable('a\nb')).toBe('a\\x0ab');
    expect(printableLines('a\nb\u001b')).toBe('a\nb\\x1b');
  });

  it('is the same value as JSON', () => {
    const text = printableJson({ note: `${EVIL}\n` });
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    expect(JSON.parse(text)).toEqual({ note: `${EVIL}\n` });
  });
});
