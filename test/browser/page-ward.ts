// What the paper hub says of a whole ward: as many patients as a test wants, each with eight vitals, and messages that
// change one of them.

import type { Page } from 'playwright-core';
import { number } from './page-home.ts';
import type { PageHub } from './page-hub.ts';

type Json = Record<string, unknown>;

const HOUR = 3_600_000;
const FIRST = ['Ada', 'Bruno', 'Chiara', 'Dilek', 'Emeka', 'Fatima', 'Gustav', 'Hana', 'Ines', 'Jorge'];
const LAST = [
  'Adeyemi',
  'Becker',
  'Castillo',
  'Dahl',
  'Eriksen',
  'Ferrari',
  'Gómez',
  'Haddad',
  'Ivanova',
  'Jansen',
];

/** Pseudonym of patient `i`, from 0. */
export const wardId = (i: number): string => (0xabc000 + i).toString(16).padStart(32, '0');
export const wardName = (i: number): string =>
  `${FIRST[i % 10]} ${LAST[Math.floor(i / 10) % 10]}${i < 100 ? '' : ` ${Math.floor(i / 100) + 1}`}`;

const KINDS: readonly (readonly [kind: string, value: number, swing: number])[] = [
  ['heart-rate', 72, 12],
  ['spo2', 96, 2],
  ['respiratory-rate', 16, 3],
  ['body-temperature', 36.8, 0.4],
  ['glucose', 110, 20],
  ['perfusion-index', 4, 1],
  ['rr-interval', 830, 40],
  ['battery', 70, 25],
];

let fresh = 0;
/** New readings of all eight vitals of patient `i`. */
export function wardReadings(i: number, now: number): Json[] {
  fresh++;
  return KINDS.map(([kind, value, swing], n) =>
    number(
      `57.${i + 1}.${fresh * 8 + n}`,
      kind,
      Math.round((value + swing * Math.sin(i * 2.3 + n + fresh / 9)) * 10) / 10,
      now,
      { patient: wardId(i), device: `watch-${i}`, origin: 'wearable' },
    ),
  );
}

/** A score of these points; `missing` inputs are not in it. */
export function wardScore(points: Readonly<Record<string, number>>, now: number): Json {
  const score = Object.values(points).reduce((sum, each) => sum + each, 0);
  const inputs = Object.fromEntries(
    Object.entries(points).map(([input, each]) => [input, { at: now, points: each }]),
  );
  return { score, most: score + 3 * (7 - Object.keys(points).length), scale: 1, inputs };
}

export const wardAlarm = (condition: string, priority: string, now: number, over: Json = {}): Json => ({
  condition,
  priority,
  presence: 'on',
  episode: 1,
  raised: now - 90_000,
  facts: { measure: 'heart-rate', limit: priority === 'high' ? 150 : 130, unit: '/min', value: 158 },
  ...over,
});

/** A snapshot of `count` patients, all well, with a score of 0 or 1 from four of seven inputs. */
export function wardSnapshot(count: number, now: number): Json {
  const history = (i: number): Json => {
    const recent: Record<string, Json[]> = {};
    for (let n = 3; n >= 1; n--)
      for (const reading of wardReadings(i, now - n * 1_000)) {
        const kind = String(reading['kind']);
        recent[kind] = [
          ...(recent[kind] ?? []),
          { ...reading, id: String(reading['id']).replace(/^57/, '56') },
        ];
      }
    return recent;
  };
  return {
    now,
    hub: { origin: 'heartwood/hub/3f2a9c0d11aa22bb', startedAt: now - 26 * HOUR, intervalMs: 10_000 },
    batch: { sequence: 56, end: now - 1_000, entries: count * 8, ledgerSize: 57 },
    patients: Array.from({ length: count }, (_, i) => ({
      id: wardId(i),
      name: wardName(i),
      slot: i + 1,
      devices: [
        { id: `watch-${i}`, label: 'Watch', origin: 'wearable', link: 'online', lastReceived: now - 1_000 },
      ],
      alarms: [],
      score: wardScore({ respiratoryRate: 0, spo2: i % 3 === 0 ? 1 : 0, pulse: 0, temperature: 0 }, now),
      recent: history(i),
    })),
  };
}

/** What in a row of the list ends below the row itself, once the first row's seal says as much as it can: after a year. */
export async function cutRows(
  page: Page,
  hub: Pick<PageHub, 'say'>,
  now: number,
): Promise<readonly string[]> {
  const sequence = 3_153_600;
  const row = page.locator('li.row').first();
  const patient = await row.getAttribute('data-id');
  const readings = [sequence, sequence + 1].map((batch) =>
    number(`${batch}.4.1`, 'spo2', 97, now + batch - sequence, { patient: patient ?? '' }),
  );
  hub.say({ type: 'readings', now, readings });
  hub.say({ type: 'batch', now, batch: { sequence, end: now, entries: 1, ledgerSize: sequence + 1 } });
  await row.getByText(`sealed in ${sequence}, newest waits`).waitFor();
  return page.locator('.worklist li').evaluateAll((rows) =>
    rows.flatMap((one) => {
      const end = one.getBoundingClientRect().bottom;
      return [...one.children]
        .filter((child) => child.getBoundingClientRect().bottom > end)
        .map((child) => `${one.textContent}: ${child.className}`);
    }),
  );
}
