// What a whole ward on one page costs a browser: CPU by the browser's own account, and memory after garbage collection.

import { hasChromium } from '../browser/chromium.ts';
import { type Cost, ECGS, type Kept, PATIENTS, type View, WardPage } from './page-ward.ts';
import type { Bench, Section } from './part.ts';
import { formatTable, number } from './table.ts';

const VIEWS: Readonly<Record<View, string>> = {
  list: 'list of all',
  patient: 'one patient, ECG drawn',
  wall: 'four patients, four ECGs drawn',
};
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

export async function page(bench: Bench): Promise<Section> {
  const title = 'The page with a whole ward';
  if (!hasChromium) return { title, text: 'Not measured: chromium is not installed (Debian: chromium).' };
  const rows: string[][] = [];
  for (const view of Object.keys(VIEWS) as View[]) {
    bench.say(`page: ${VIEWS[view]}`);
    const { cost, before, after, current } = await watch(view, bench.pace.pageMs);
    rows.push([
      VIEWS[view],
      ...[cost.main, cost.script, cost.layout, cost.all].map(percent),
      number(Math.round(cost.frames)),
      number(Math.round(cost.longestMs)),
      number(before.heapMb),
      number(after.heapMb),
      number(after.elements),
      current ? 'yes' : 'no',
    ]);
  }
  const text = [
    `${PATIENTS} patients with 8 vitals a second each (${number(PATIENTS * 8)} readings/s) and ${ECGS} ECGs at 250 Hz, on one feed, to one page of 1440 by 900 in headless Chromium, drawn in software. Shares are of one core. “Main” is how long the page’s main thread was busy, waiting for a core included; “all” is the processor time of every process of the browser, rastering included; both by the browser’s own account (CDP). Heap is after garbage collection, before and after the ${number(Math.round(bench.pace.pageMs / 1000))} s that were watched. Goal: under half of one core.`,
    '',
    formatTable(
      [
        'view',
        'main#',
        'script#',
        'style, layout#',
        'all#',
        'frames/s#',
        'longest ms#',
        'heap MiB#',
        'then#',
        'elements#',
        'current',
      ],
      rows,
    ),
  ].join('\n');
  return { title, text };
}

async function watch(
  view: View,
  ms: number,
): Promise<{ cost: Cost; before: Kept; after: Kept; current: boolean }> {
  const ward = await WardPage.open(view);
  try {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const before = await ward.kept();
    const cost = await ward.cost(ms);
    return { cost, before, after: await ward.kept(), current: await ward.isCurrent() };
  } finally {
    await ward.close();
  }
}
