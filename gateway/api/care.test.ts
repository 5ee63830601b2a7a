// A patient's care over real HTTP: who may set a limit, order a scale and chart, and that nobody else does.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubCalls, hubCalls } from '../hub/calls.ts';
import { addPerson } from '../people/access.ts';
import type { Role } from '../people/permission.ts';
import { Feed } from '../stream/feed.ts';
import { Home } from '../testing.ts';
import { type Api, type ApiOptions, startApi } from './server.ts';

let home: Home;
let api: Api;
let patient: string;
let told: unknown[];
beforeEach(async () => {
  home = new Home();
  const { started } = await home.start();
  await home.enroll('Ada', 'strap-1');
  await home.enroll('Bea', 'strap-2');
  const calls = hubCalls(home.hub);
  patient = calls.snapshot()[0]!.id;
  const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
    (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
  const feed = new Feed(
    { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
    { snapshot: () => call('snapshot'), onListeners: () => undefined, clock: () => home.nowMs },
  );
  told = [];
  feed.care = (care) => void told.push(care);
  api = await startApi({
    host: '127.0.0.1',
    port: 0,
    hub: { call, started },
    feed,
    assets: async () => new Map(),
    clock: () => home.nowMs,
  });
});
afterEach(async () => {
  await api.close();
  home.remove();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}, method = 'POST') =>
  fetch(`${api.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
async function as(
  role: Role,
  patients: number[],
  name = `${role} of ${patients}`,
): Promise<{ cookie: string }> {
  const { code } = addPerson(home.hub.vault, { name, role, patients });
  const response = await post('/api/login', { code });
  return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
}
const put = (what: string, body: unknown, headers?: Record<string, string>) =>
  post(`/api/patients/${patient}/${what}`, body, headers, 'PUT');
const limits = async (headers: Record<string, string>) =>
  fetch(`${api.url}/api/patients/${patient}/limits`, { headers });

const change = { limit: 140, delaySeconds: 20, why: 'athlete' };

describe('limits', () => {
  it('are changed by a clinician of the patient, with their name, and told to the pages', async () => {
    const vale = await as('clinician', [1], 'Dr Vale');
    const answer = await put('limits/heart-rate-high', change, vale);
    expect(answer.status).toBe(200);
    const own = {
      condition: 'heart-rate-high',
      limit: 140,
      delaySeconds: 20,
      by: 'Dr Vale',
      at: home.nowMs,
      why: 'athlete',
    };
    expect(await answer.json()).toEqual({ limits: [own] });
    expect(told).toEqual([{ patient, care: { limits: [own] } }]);
    const { rules } = (await (await limits(vale)).json()) as { rules: { condition: string; own: unknown }[] };
    expect(rules).toHaveLength(17);
    expect(rules.find(({ condition }) => condition === 'heart-rate-high')).toEqual({
      condition: 'heart-rate-high',
      measure: 'heart-rate',
      unit: '/min',
      side: 'above',
      priority: 'medium',
      limit: 130,
      delaySeconds: 30,
      range: [80, 230],
      own,
    });
    expect(rules.filter((rule) => rule.own !== null)).toHaveLength(1);
    expect(hubCalls(home.hub).snapshot()[0]?.care).toEqual({ limits: [own] });
    expect((await put('limits/heart-rate-high', { default: true, why: 'retired' }, vale)).status).toBe(200);
    expect(hubCalls(home.hub).snapshot()[0]?.care).toEqual({ limits: [] });
  });

  it('are seen by whoever sees the patient, and changed by nobody else', async () => {
    for (const [role, patients, see, set] of [
      ['patient', [1], 200, 403],
      ['admin', [1], 200, 403],
      ['clinician', [2], 404, 404],
      ['auditor', [1], 404, 404],
    ] as const) {
      const headers = await as(role, [...patients]);
      expect((await limits(headers)).status, role).toBe(see);
      expect((await put('limits/heart-rate-high', change, headers)).status, role).toBe(set);
    }
    expect((await limits({})).status).toBe(401);
    expect((await put('limits/heart-rate-high', change)).status).toBe(401);
    expect(told).toEqual([]);
  });

  it('say what is wrong with what was asked', async () => {
    const vale = await as('clinician', [1]);
    const ask = async (body: unknown, condition = 'heart-rate-very-high'): Promise<string> => {
      const answer = await put(`limits/${condition}`, body, vale);
      return `${answer.status} ${((await answer.json()) as { error: string }).error}`;
    };
    expect(await ask({ limit: 500, why: 'x' })).toBe('422 This limit is a number from 110 to 250 /min.');
    expect(await ask({ off: true, why: 'x' })).toMatch(/^422 A high alarm is never switched off for good/);
    expect(await ask({ limit: 140, why: 'x' }, 'nothing')).toMatch(/^404 /);
    for (const body of [
      {},
      { limit: 140 },
      { limit: 140, why: ' ' },
      { limit: '140', why: 'x' },
      { limit: 140, off: true, why: 'x' },
      { off: true, minutes: '5', why: 'x' },
      { limit: 140, why: 'x'.repeat(201) },
    ])
      expect(await ask(body), JSON.stringify(body)).toMatch(/^400 Say why/);
    expect(told).toEqual([]);
  });
});

describe('the scale of saturation', () => {
  it('is ordered by a clinician of the patient alone', async () => {
    const order = { scale: 2, why: 'COPD' };
    const answer = await put('spo2-scale', order, await as('clinician', [1], 'Dr Vale'));
    expect(await answer.json()).toEqual({
      limits: [],
      scale2: { by: 'Dr Vale', at: home.nowMs, why: 'COPD' },
    });
    expect((await put('spo2-scale', order, await as('admin', [1]))).status).toBe(403);
    expect((await put('spo2-scale', order, await as('patient', [1]))).status).toBe(403);
    expect((await put('spo2-scale', order, await as('clinician', [2]))).status).toBe(404);
    expect((await put('spo2-scale', { scale: 3, why: 'x' }, await as('clinician', [1]))).status).toBe(400);
    expect(told).toHaveLength(1);
  });
});

describe('a chart', () => {
  it('is written by whoever looks after the patient, family too, and is theirs', async () => {
    const seen = {
      oxygenLitres: 2,
      consciousness: 'alert',
      respiratoryRate: 22,
      systolic: 98,
      diastolic: 60,
    };
    const answer = await post(`/api/patients/${patient}/chart`, seen, await as('patient', [1], 'Ada’s son'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      oxygen: { litres: 2, by: 'Ada’s son' },
      consciousness: { value: 'alert', by: 'Ada’s son' },
    });
    const [ada] = hubCalls(home.hub).snapshot();
    expect(ada?.recent['respiratory-rate']).toMatchObject([{ origin: 'person', value: 22 }]);
    expect(home.hub.watch.scoreOf(1)).toMatchObject({ score: 6 });
  });
  it('may be of the last 24 hours, and never of the future', async () => {
    const ada = await as('patient', [1]);
    const path = `/api/patients/${patient}/chart`;
    const at = home.nowMs - 3_600_000;
    const answer = await post(path, { consciousness: 'alert', at }, ada);
    expect(await answer.json()).toMatchObject({ consciousness: { at } });
    expect((await post(path, { spo2: 97, at: home.nowMs + 1 }, ada)).status).toBe(422);
    expect((await post(path, { spo2: 97, at: home.nowMs - 86_400_001 }, ada)).status).toBe(422);
  });
  it('is written by nobody else', async () => {
    const seen = { oxygenLitres: 2 };
    const path = `/api/patients/${patient}/chart`;
    expect((await post(path, seen, await as('clinician', [2]))).status).toBe(404);
    expect((await post(path, seen, await as('auditor', [1]))).status).toBe(404);
    expect((await post(path, seen)).status).toBe(401);
    expect(told).toEqual([]);
  });
  it.each([
    [{}, /^Chart at least one/],
    [{ mood: 'good' }, /^Chart at least one/],
    [{ oxygenLitres: -1 }, /litres a minute, 0 \(air\) to 80/],
    [{ consciousness: 'sleepy' }, /one of alert, confusion/],
    [{ spo2: 101 }, /^Oxygen saturation is a number from 10 to 100 %/],
    [{ spo2: '97' }, /^Oxygen saturation/],
    [{ systolic: 5 }, /^A pressure is a number/],
    [{ systolic: 90, diastolic: 95 }, /below the systolic/],
    [{ at: 1_795_262_400_000 }, /^Chart at least one/],
    [{ spo2: 97, at: 'yesterday' }, /a time in ms since 1970/],
    [{ spo2: 97, at: -1 }, /a time in ms since 1970/],
  ])('refuses %j', async (seen, said) => {
    const answer = await post(`/api/patients/${patient}/chart`, seen, await as('clinician', [1]));
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toMatch(said);
  });
});
