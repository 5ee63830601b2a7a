// The alarm board, and a limit tried on what is stored, over real HTTP.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Delays } from '../stream/delays.ts';
import { type Home, heartRate } from '../testing.ts';
import { ApiHome } from './api-sample.ts';

let page: ApiHome;
let home: Home;
let ada: string;
let seq = 0;
beforeEach(async () => {
  const delays = new Delays();
  delays.observe('store', 4, 99);
  page = await ApiHome.start({ delays });
  home = page.home;
  ada = page.patient(1);
});
afterEach(() => page.stop());

const board = (headers: Record<string, string>, query = '') => page.get(`/api/alarm-board${query}`, headers);
const tried = (body: unknown, headers: Record<string, string>, condition = 'heart-rate-high') =>
  page.post(`/api/patients/${ada}/limits/${condition}/try`, body, headers);

/** Heart rates, one a second, and a look after each. */
function pass(seconds: number, value: number, device = 'strap-1'): void {
  for (let second = 0; second < seconds; second += 1) {
    home.nowMs += 1000;
    seq += 1;
    home.send(device, heartRate(seq, value, home.nowMs));
    home.hub.watch.look();
  }
}
const acknowledge = (condition: string): unknown =>
  home.hub.watch.acknowledge(1, [condition], { by: 'Ann', atMs: home.nowMs, why: 'seen' });

describe('the alarm board', () => {
  it('shows what became of the alarms of those whom one may see, over batches that are closed and open', async () => {
    pass(60, 140);
    home.nowMs += 5000;
    acknowledge('heart-rate-high');
    await home.interval();
    pass(60, 140, 'strap-2');
    const all = (await (await board(await page.as('clinician', [1, 2]))).json()) as Record<string, unknown>;
    expect(all).toMatchObject({ heldBack: 0, from: home.hub.vault.identity.bornMs, to: home.nowMs });
    // Raised when it had held for 30 s.
    expect(all['rules']).toContainEqual({ rule: 'heart-rate-high', raised: 2, actedOn: 1, medianMs: 34_000 });
    expect(all['patients']).toHaveLength(2);
    expect(all['delays']).toContainEqual({ leg: 'store', count: 99, p50Ms: 5, p99Ms: 5 });
    const own = (await (await board(await page.as('clinician', [1]), '?days=1')).json()) as typeof all;
    expect(own['rules']).toContainEqual({ rule: 'heart-rate-high', raised: 1, actedOn: 1, medianMs: 34_000 });
    expect(own['patients']).toMatchObject([{ patient: ada, actedOn: 1 }]);
  });

  it('is for those who look after patients', async () => {
    expect((await board({})).status).toBe(401);
    expect((await board(await page.as('patient', [1]))).status).toBe(403);
    expect((await board(await page.as('auditor', [1]))).status).toBe(403);
    for (const days of ['0', '32', 'x', '1.5'])
      expect((await board(await page.as('clinician', [1]), `?days=${days}`)).status).toBe(400);
  });
});

describe('a limit that is tried', () => {
  it('says how many alarms it would have raised instead, and which acknowledged one it would have missed', async () => {
    pass(60, 140);
    acknowledge('heart-rate-high');
    pass(60, 100);
    pass(60, 155);
    pass(60, 100);
    await home.interval();
    const vale = await page.as('clinician', [1]);
    const wide = await (await tried({ limit: 150 }, vale)).json();
    expect(wide).toMatchObject({ now: 2, tried: 1, acknowledged: 1, missed: 1, numbers: 240 });
    expect(await (await tried({ limit: 135, days: 1 }, vale)).json()).toMatchObject({
      now: 2,
      tried: 2,
      missed: 0,
    });
    expect(await (await tried({ limit: 135, delaySeconds: 120 }, vale)).json()).toMatchObject({
      tried: 0,
      missed: 1,
    });
    // Nothing of it is live.
    expect(home.hub.watch.care.of(1).limits).toEqual({});
  });

  it('is refused to whoever may not set it, and where it makes no sense', async () => {
    const vale = await page.as('clinician', [1]);
    for (const body of [{}, { limit: '1' }, { limit: 140, days: 32 }, { limit: 140, delaySeconds: -1 }, null])
      expect((await tried(body, vale)).status).toBe(400);
    expect((await tried({ limit: 140 }, vale, 'nothing')).status).toBe(404);
    expect((await tried({ limit: 140 }, {})).status).toBe(401);
    expect((await tried({ limit: 140 }, await page.as('clinician', [2]))).status).toBe(404);
    expect((await tried({ limit: 140 }, await page.as('patient', [1]))).status).toBe(403);
  });
});
