// The alarm board, and a limit tried on what is stored, over real HTTP.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubCalls, hubCalls } from '../hub/calls.ts';
import { addPerson } from '../people/access.ts';
import type { Role } from '../people/permission.ts';
import { Delays } from '../stream/delays.ts';
import { Feed } from '../stream/feed.ts';
import { Home, heartRate } from '../testing.ts';
import { type Api, type ApiOptions, startApi } from './server.ts';

let home: Home;
let api: Api;
let ada: string;
let seq = 0;
beforeEach(async () => {
  home = new Home();
  const { started } = await home.start();
  await home.enroll('Ada', 'strap-1');
  await home.enroll('Bea', 'strap-2');
  const calls = hubCalls(home.hub);
  ada = calls.snapshot()[0]!.id;
  const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
    (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
  const feed = new Feed(
    { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
    { snapshot: () => call('snapshot'), onListeners: () => undefined, clock: () => home.nowMs },
  );
  const delays = new Delays();
  delays.observe('store', 4, 99);
  api = await startApi({
    host: '127.0.0.1',
    port: 0,
    hub: { call, started },
    feed,
    delays,
    assets: async () => new Map(),
    clock: () => home.nowMs,
  });
});
afterEach(async () => {
  await api.close();
  home.remove();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
let people = 0;
async function as(role: Role, patients: number[]): Promise<{ cookie: string }> {
  people += 1;
  const { code } = addPerson(home.hub.vault, { name: `Person ${people}`, role, patients });
  const response = await post('/api/login', { code });
  return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
}
const board = (headers: Record<string, string>, query = '') =>
  fetch(`${api.url}/api/alarm-board${query}`, { headers });
const tried = (body: unknown, headers: Record<string, string>, condition = 'heart-rate-high') =>
  post(`/api/patients/${ada}/limits/${condition}/try`, body, headers);

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
    const all = (await (await board(await as('clinician', [1, 2]))).json()) as Record<string, unknown>;
    expect(all).toMatchObject({ heldBack: 0, from: home.nowMs - 7 * 86_400_000, to: home.nowMs });
    // Raised when it had held for 30 s.
    expect(all['rules']).toContainEqual({ rule: 'heart-rate-high', raised: 2, actedOn: 1, medianMs: 34_000 });
    expect(all['patients']).toHaveLength(2);
    expect(all['delays']).toContainEqual({ leg: 'store', count: 99, p50Ms: 5, p99Ms: 5 });
    const own = (await (await board(await as('clinician', [1]), '?days=1')).json()) as typeof all;
    expect(own['rules']).toContainEqual({ rule: 'heart-rate-high', raised: 1, actedOn: 1, medianMs: 34_000 });
    expect(own['patients']).toMatchObject([{ patient: ada, actedOn: 1 }]);
  });

  it('is for those who look after patients', async () => {
    expect((await board({})).status).toBe(401);
    expect((await board(await as('patient', [1]))).status).toBe(403);
    expect((await board(await as('auditor', [1]))).status).toBe(403);
    for (const days of ['0', '32', 'x', '1.5'])
      expect((await board(await as('clinician', [1]), `?days=${days}`)).status).toBe(400);
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
    const vale = await as('clinician', [1]);
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
    const vale = await as('clinician', [1]);
    for (const body of [{}, { limit: '1' }, { limit: 140, days: 32 }, { limit: 140, delaySeconds: -1 }, null])
      expect((await tried(body, vale)).status).toBe(400);
    expect((await tried({ limit: 140 }, vale, 'nothing')).status).toBe(404);
    expect((await tried({ limit: 140 }, {})).status).toBe(401);
    expect((await tried({ limit: 140 }, await as('clinician', [2]))).status).toBe(404);
    expect((await tried({ limit: 140 }, await as('patient', [1]))).status).toBe(403);
  });
});
