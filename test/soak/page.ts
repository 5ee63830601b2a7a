// A page that stays open on a whole ward: what it keeps, minute by minute after garbage collection. A ward's page is open
// for weeks: what grows in an hour would end it.

import { type Kept, WardPage } from '../bench/page-ward.ts';
import { formatTable, number } from '../bench/table.ts';

export type PageReport = {
  readonly minutes: number;
  readonly readings: number;
  readonly first: Kept;
  readonly last: Kept;
  /** By the line through the samples of the second half, MiB an hour: the first half fills what is bounded. */
  readonly heapGrowthMbPerHour: number;
  /** Share of one core of all the browser's processes. */
  readonly cores: number;
  readonly current: boolean;
};

const MINUTE_MS = 60_000;

/** @param everyMs between two samples; a minute unless given */
export async function keepOpen(
  minutes: number,
  say: (line: string) => void,
  everyMs: number = MINUTE_MS,
): Promise<PageReport> {
  const ward = await WardPage.open('list');
  const samples: { readonly minute: number; readonly kept: Kept }[] = [];
  let cores = 0;
  try {
    const first = await ward.kept();
    const rounds = Math.max(1, Math.round((minutes * MINUTE_MS) / everyMs));
    for (let n = 1; n <= rounds; n++) {
      const { all } = await ward.cost(everyMs);
      cores += all / rounds;
      const kept = await ward.kept();
      samples.push({ minute: (n * everyMs) / MINUTE_MS, kept });
      say(
        `minute ${number((n * everyMs) / MINUTE_MS)}: heap ${number(kept.heapMb)} MiB, resident ${number(Math.round(kept.residentMb))} MiB, ${kept.elements} elements, ${(100 * all).toFixed(0)} % of a core`,
      );
    }
    const last = samples.at(-1)?.kept ?? first;
    const half = samples.slice(Math.floor(samples.length / 2));
    return {
      minutes,
      readings: ward.said,
      first,
      last,
      heapGrowthMbPerHour: 60 * slope(half.map(({ minute, kept }) => [minute, kept.heapMb])),
      cores,
      current: await ward.isCurrent(),
    };
  } finally {
    await ward.close();
  }
}

/** Of the line of least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (all: readonly number[]): number => all.reduce((sum, one) => sum + one, 0) / all.length;
  const [x, y] = [mean(points.map((one) => one[0])), mean(points.map((one) => one[1]))];
  const across = points.reduce((sum, one) => sum + (one[0] - x) ** 2, 0);
  return across === 0 ? 0 : points.reduce((sum, one) => sum + (one[0] - x) * (one[1] - y), 0) / across;
}

export const pageTable = ({
  minutes,
  readings,
  first,
  last,
  heapGrowthMbPerHour,
  cores,
  current,
}: PageReport): string =>
  formatTable(
    ['', 'first#', `after ${number(minutes)} min#`],
    [
      ['heap after collection, MiB', first.heapMb, last.heapMb],
      ['resident, MiB', Math.round(first.residentMb), Math.round(last.residentMb)],
      ['elements', first.elements, last.elements],
      ['listeners', first.listeners, last.listeners],
      ['readings said', 0, readings],
      ['heap’s growth in the second half, MiB an hour', '', heapGrowthMbPerHour],
      ['share of one core, all processes', '', `${(100 * cores).toFixed(0)} %`],
      ['still current', '', current ? 'yes' : 'no'],
    ],
  );
