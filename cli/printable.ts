// Text that somebody else chose, on the way to a terminal: a proof, a log, a refused message. What would move the cursor,
// change colours or turn the writing round is shown as its number, so that it can neither hide a line nor make one.

/** C0 and C1 (Cc), invisible characters with the bidirectional ones among them (Cf), line and paragraph separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** One line: `\x1b`, `\x9b`, `\u{202e}`; line breaks are shown too. */
export const printable = (text: string): string =>
  text.replaceAll(UNSEEN, (one) => {
    const code = one.codePointAt(0) as number;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });

/** The same for text whose line breaks are meant. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** JSON in one line without such characters; a program reads the same value from it. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(UNSEEN, (one) =>
    one.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
