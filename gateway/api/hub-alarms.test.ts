// The hub's own alarms, by real HTTP: whoever runs the hub knows of one, on record; nobody else sees them.

import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubCalls, hubCalls } from '../hub/calls.ts';
import { addPerson } from '../people/access.ts';
import { decodeEntries } from '../store/entry-list.ts';
import { Feed } from '../stream/feed.ts';
import { Home } from '../testing.ts';
import { type Api, type ApiOptions, startApi } from './server.ts';

let home: Home;
let api: Api;
beforeEach(async () => {
  home = new Home();
  const { started } = await home.start();
  const calls = hubCalls(home.hub);
  const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
    (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
  const feed = new Feed(
    { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
    { snapshot: async () => [], onListeners: () => undefined, clock: () => home.nowMs },
  );
  const assets = async () => new Map();
  const clock = () => home.nowMs;
  api = await startApi({ host: '127.0.0.1', port: 0, hub: { call, started }, feed, assets, clock });
  home.hub.watch.radio.set({ kind: 'adapter-hangs', adapter: 'hci0' }, true);
  for (let n = 0; n < 3; n++) {
    home.nowMs += 1000;
    home.hub.watch.look();
  }
});
afterEach(async () => {
  await api.close();
  home.remove();
});

const login = async (code: string): Promise<string> => {
  const response = await fetch(`${api.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
};
const operator = (): Promise<string> => login(hubCalls(home.hub).createLoginCode());
const see = (cookie: string): Promise<Response> => fetch(`${api.url}/api/alarms`, { headers: { cookie } });
const know = (cookie: string, body: unknown): Promise<Response> =>
  fetch(`${api.url}/api/alarms/acknowledge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify(body),
  });
const KNOWN = { condition: 'adapter-hangs:hci0', why: 'another stick is ordered', minutes: 60 };

describe('the hub’s own alarms', () => {
  it('are acknowledged by whoever runs it, with why and until when, on record', async () => {
    const cookie = await operator();
    expect(await (await see(cookie)).json()).toMatchObject({
      alarms: [{ condition: 'adapter-hangs:hci0', presence: 'on' }],
    });
    const known = await know(cookie, KNOWN);
    expect(known.status).toBe(200);
    expect(await known.json()).toMatchObject({
      alarms: [{ condition: 'adapter-hangs:hci0', presence: 'acknowledged' }],
    });
    const { store } = home.hub.vault;
    const event = store
      .stagedOf(HUB_SLOT)
      .flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent))
      .findLast(({ name }) => name === 'alarm-acknowledged');
    expect(event?.detail).toMatchObject({ slot: HUB_SLOT, why: KNOWN.why });
  });

  it('are neither seen nor acknowledged by others', async () => {
    const { code } = addPerson(home.hub.vault, { name: 'Nurse', role: 'clinician', patients: 'all' });
    for (const [cookie, status] of [
      [await login(code), 403],
      ['', 401],
    ] as const) {
      expect((await see(cookie)).status).toBe(status);
      expect((await know(cookie, KNOWN)).status).toBe(status);
    }
    expect(home.hub.watch.of(HUB_SLOT)[0]?.state.presence).toBe('on');
  });

  it('one that is over is not found, and one without a why is refused', async () => {
    const cookie = await operator();
    expect((await know(cookie, { ...KNOWN, condition: 'no-bluetooth' })).status).toBe(404);
    expect((await know(cookie, { ...KNOWN, why: ' ' })).status).toBe(400);
  });
});
