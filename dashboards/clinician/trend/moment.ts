// What all charts say of one moment, in words.

import { KINDS, type Kind } from '@heartwood/vitals';
import { unitOf } from '../wording.ts';
import type { Book } from './book.ts';
import { gapMs, indexAt, type Lines, partsOf } from './line.ts';

/** What one chart says of a moment, or of the newest that it has: `72 /min`, `mean 67.4, 61–74 /min`, `121/79 mmHg`. */
export function numberWords(kind: Kind, lines: Lines, time: number | undefined): string | undefined {
  const parts = partsOf(kind).map((part) => {
    const line = lines[part];
    if (line === undefined || line.time.length === 0) return undefined;
    const place = time === undefined ? line.time.length - 1 : indexAt(line, time, gapMs(kind, line));
    if (place === undefined) return undefined;
    return { low: line.low[place]!, mean: line.mean[place]!, high: line.high[place]! };
  });
  if (parts.every((part) => part === undefined)) return undefined;
  const [first] = parts;
  const unit = unitOf(kind);
  if (kind !== 'blood-pressure')
    return first === undefined ? undefined : `${stretchWords(first)} ${unit}`.trim();
  const [systolic, diastolic] = parts.map((part) => (part === undefined ? '–' : round(part.mean)));
  return `${systolic}/${diastolic} ${unit}`;
}

type Spread = { readonly low: number; readonly mean: number; readonly high: number };

const stretchWords = ({ low, mean, high }: Spread): string =>
  low === high ? round(mean) : `${round(low)}–${round(high)}, mean ${round(mean)}`;

/** One digit after the point at most: what is proven is the reading, not the mean of a stretch. */
export const round = (value: number): string => String(Math.round(value * 10) / 10);

/** All of them, for whoever moves the slider by ear. Empty while no moment is chosen. */
export function momentWords(book: Book, kinds: readonly Kind[], time: number | undefined): string {
  if (time === undefined) return '';
  return kinds
    .map((kind) => `${KINDS[kind].label} ${numberWords(kind, book.lines(kind), time) ?? 'no number'}`)
    .join(', ');
}
