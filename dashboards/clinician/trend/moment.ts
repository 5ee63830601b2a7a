// What all charts say of one moment, in words.

import type { Kind } from '@heartwood/vitals';
import { chartsText } from '../text/charts.ts';
import { labelOf, unitOf } from '../wording.ts';
import type { Book } from './book.ts';
import { devicesOf, gapMs, indexAt, type Line, type Lines, ofDevices, partsOf } from './line.ts';

/** What a device is called by its id. */
export type NameOf = (device: string) => string;

const NO_LINE: Line = { widthMs: 0, time: [], count: [], low: [], mean: [], high: [], device: [] };

/**
 * What one chart says of a moment: `72 /min`, `61–74, mean 67.4 /min`, `121/79 mmHg`, and when, where the number nearest to
 * it is of another minute: `121/79 mmHg at 09:00`. Of several devices what each says: `Clip 96 %, Watch 93 %`.
 */
export function numberWords(
  kind: Kind,
  lines: Lines,
  time: number,
  nameOf: NameOf = (device) => device,
): string | undefined {
  const several = ofDevices(lines['value'] ?? NO_LINE);
  if (several.length > 1) {
    const said = several.flatMap(([device = '', value]) => {
      const words = numberWords(kind, { value }, time);
      return words === undefined ? [] : [`${nameOf(device)} ${words}`];
    });
    return said.length === 0 ? undefined : said.join(', ');
  }
  const found = partsOf(kind).map((part) => {
    const line = lines[part];
    const place = line === undefined ? undefined : indexAt(line, time, gapMs(kind, line));
    return line === undefined || place === undefined ? undefined : { line, place, at: line.time[place]! };
  });
  const times = found.flatMap((one) => (one === undefined ? [] : [one]));
  const [nearest] = times.toSorted((a, b) => Math.abs(a.at - time) - Math.abs(b.at - time));
  if (nearest === undefined) return undefined;
  const { at, line } = nearest;
  // Of one measurement alone: two pressures of different ones would make a third that nobody had.
  const parts = found.map((one) =>
    one?.at === at
      ? { low: one.line.low[one.place]!, mean: one.line.mean[one.place]!, high: one.line.high[one.place]! }
      : undefined,
  );
  const within = time >= at - MINUTE_MS && time <= at + line.widthMs + MINUTE_MS;
  const [first, second] = parts;
  const figures =
    kind === 'blood-pressure'
      ? [first, second].map((part) => (part === undefined ? '–' : round(part.mean))).join('/')
      : stretchWords(first!);
  const device = nearest.line.device[nearest.place];
  // A pressure is never joined to another's, so its device is that of this one alone.
  const whose = device !== undefined && devicesOf(line).length > 1 ? `${nameOf(device)} ` : '';
  const words = `${whose}${figures} ${unitOf(kind)}`.trim();
  return within ? words : chartsText().at(words, CLOCK.format(at));
}

const MINUTE_MS = 60_000;
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

type Spread = { readonly low: number; readonly mean: number; readonly high: number };

const stretchWords = ({ low, mean, high }: Spread): string =>
  low === high ? round(mean) : chartsText().mean(round(low), round(high), round(mean));

/** One digit after the point at most: what is proven is the reading, not the mean of a stretch. */
export const round = (value: number): string => String(Math.round(value * 10) / 10);

/** All of them, for whoever moves the slider by ear. */
export function momentWords(book: Book, kinds: readonly Kind[], time: number, nameOf: NameOf): string {
  return kinds
    .map(
      (kind) =>
        `${labelOf(kind)} ${numberWords(kind, book.lines(kind), time, nameOf) ?? chartsText().noNumber}`,
    )
    .join(', ');
}
