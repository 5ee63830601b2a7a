// Whatever befalls the links of pages, each ends with what its viewer may see, everything once.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Viewer } from '../people/permission.ts';
import { ModelHub } from './feed-model.ts';
import { ModelPage } from './feed-model-page.ts';

const ROOMY = { unread: 100_000, kept: 1_000_000 };
/** So little that pages are dropped to a snapshot all the time. */
const TIGHT = { unread: 900, kept: 1_500 };

const EVERYTHING: Viewer = { role: 'admin', patients: 'all' };
const VIEWERS: readonly Viewer[] = [
  EVERYTHING,
  { role: 'clinician', patients: [1] },
  { role: 'clinician', patients: [2, 3] },
  { role: 'auditor', patients: [] },
];

type Step =
  | readonly ['measure', number, number]
  | readonly ['score' | 'online' | 'offline' | 'enroll' | 'deliver' | 'pass', number]
  | readonly ['batch' | 'restart']
  | readonly ['cut' | 'connect', number]
  | readonly ['read' | 'change', number, number];

const small = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('measure' as const), small, fc.constantFrom(0, 0, 0, 20)) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('deliver' as const), fc.integer({ min: 1, max: 5 })) },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constant('read' as const), small, fc.integer({ min: 1, max: 6 })),
  },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('score' as const, 'online', 'offline'), small) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('cut' as const, 'connect'), small) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('pass' as const), fc.constantFrom(10, 30, 6_000)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('change' as const), small, fc.nat(VIEWERS.length - 1)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('enroll' as const), fc.integer({ min: 1, max: 3 })) },
  { weight: 1, arbitrary: fc.constantFrom(['batch'] as const, ['batch'] as const, ['restart'] as const) },
);

/** Between two messages of a thread, whatever waits for the first one runs. */
async function deliver(hub: ModelHub, count: number): Promise<void> {
  for (let n = 0; n < count && hub.deliver(); n++) await vi.advanceTimersByTimeAsync(0);
}

async function live(steps: readonly Step[], hub: ModelHub, pages: readonly ModelPage[]): Promise<void> {
  for (const [what, a = 0, b = 0] of steps) {
    const page = pages[a] as ModelPage;
    if (what === 'measure') hub.measure(a, b);
    else if (what === 'score') hub.score(a);
    else if (what === 'online' || what === 'offline') hub.link(a, what);
    else if (what === 'batch') hub.batch();
    else if (what === 'enroll') hub.enroll(a);
    else if (what === 'deliver') await deliver(hub, a);
    else if (what === 'pass') await vi.advanceTimersByTimeAsync(a);
    else if (what === 'cut') page.cut();
    else if (what === 'connect') page.connect();
    else if (what === 'read') page.read(b);
    else if (what === 'change') page.change(VIEWERS[b] as Viewer);
    else {
      for (const each of pages) each.cut();
      await deliver(hub, Number.POSITIVE_INFINITY);
      hub.restart();
    }
    await vi.advanceTimersByTimeAsync(0);
  }
}

/** Nothing more happens: everybody is linked, and reads. */
async function settle(hub: ModelHub, pages: readonly ModelPage[]): Promise<void> {
  for (const page of pages) page.connect();
  for (let quiet = 0; quiet < 3; ) {
    const before = pages.map(({ snapshots }) => snapshots).join();
    await deliver(hub, Number.POSITIVE_INFINITY);
    await vi.advanceTimersByTimeAsync(6_000);
    for (const page of pages) while (page.read(1)) await vi.advanceTimersByTimeAsync(0);
    quiet = before === pages.map(({ snapshots }) => snapshots).join() ? quiet + 1 : 0;
  }
}

describe('a page that was away', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['what is kept is enough', ROOMY],
    ['hardly anything is kept', TIGHT],
  ])('ends as one that never was, where %s', async (_what, bounds) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
        const hub = new ModelHub(bounds);
        const pages = [0, 1, 2].map(() => new ModelPage(hub, EVERYTHING));
        const always = new ModelPage(hub, EVERYTHING);
        for (const page of [...pages, always]) page.connect();
        await live(steps, hub, [...pages, always]);
        await settle(hub, [...pages, always]);
        for (const page of [...pages, always]) {
          expect(page.wrong).toEqual([]);
          expect(page.seen()).toEqual(hub.seenBy(page.viewer));
        }
        for (const page of [...pages, always]) page.cut();
        vi.clearAllTimers();
      }),
      { numRuns: 100 },
    );
  });

  it('is told what it missed, and shown nothing twice', async () => {
    const hub = new ModelHub(ROOMY);
    const page = new ModelPage(hub, EVERYTHING);
    const first: Step[] = [
      ['connect', 0],
      ['deliver', 5],
      ['read', 0, 9],
      ['measure', 0, 0],
      ['deliver', 5],
    ];
    await live([...first, ['pass', 30]], hub, [page]);
    page.cut();
    await live([['measure', 0, 20], ['measure', 1, 0], ['batch'], ['deliver', 9], ['pass', 30]], hub, [page]);
    await settle(hub, [page]);
    expect([page.snapshots, page.resumed, page.wrong]).toEqual([1, 1, []]);
    expect(page.seen()).toEqual(hub.seenBy(EVERYTHING));
  });

  it('is shown everything anew by a hub that was started again, or that waited too long', async () => {
    const hub = new ModelHub(ROOMY);
    const page = new ModelPage(hub, EVERYTHING);
    await settle(hub, [page]);
    page.cut();
    await deliver(hub, 99);
    hub.restart();
    await settle(hub, [page]);
    expect([page.snapshots, page.resumed]).toEqual([2, 0]);
    page.cut();
    hub.measure(0, 0);
    await live(
      [
        ['deliver', 9],
        ['pass', 400_000],
      ],
      hub,
      [page],
    );
    await settle(hub, [page]);
    expect([page.snapshots, page.resumed]).toEqual([3, 0]);
    expect(page.seen()).toEqual(hub.seenBy(EVERYTHING));
    page.cut();
  });

  it('never has more on its line than it may leave unread, and one answer', async () => {
    const hub = new ModelHub(TIGHT);
    const page = new ModelPage(hub, EVERYTHING);
    page.connect();
    await live(
      [
        ['deliver', 9],
        ['read', 0, 9],
      ],
      hub,
      [page],
    );
    const steps = Array.from({ length: 300 }, (_, i): Step[] => [
      ['measure', i % 2, 20],
      ['deliver', 1],
      ['pass', 30],
    ]);
    await live(steps.flat(), hub, [page]);
    expect(page.most).toBeLessThanOrEqual(TIGHT.unread + page.longest);
    expect(page.longest).toBeLessThan(10_000);
    await settle(hub, [page]);
    expect(page.seen()).toEqual(hub.seenBy(EVERYTHING));
  });
});
