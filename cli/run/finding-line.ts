// A finding of doctor's as a line.

import type { Finding, FindingLevel } from '@heartwood/gateway';
import type { Frame } from '../frame.ts';

const MARKS: Readonly<Record<FindingLevel, readonly [plain: string, decorated: string]>> = {
  well: ['ok     ', '✓'],
  advice: ['advice ', '•'],
  trouble: ['TROUBLE', '✗'],
};

/** With its line break. A finding whose advice is a file's text goes on below it. */
export const findingLine = ({ level, about, what }: Finding, json: boolean, frame: Frame): string =>
  json
    ? `${JSON.stringify({ level, about, what })}\n`
    : `${MARKS[level][frame.decorated ? 1 : 0]} ${about}: ${what}\n`;
