// Telling over HTTP: whoever runs the hub arranges all of it, a patient what is theirs, and nobody else anything.
import { createECDH, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type ApiOptions, startApi } from '../api/server.ts';
import { type HubCalls, hubCalls } from '../hub/calls.ts';
import { addPerson } from '../people/access.ts';
import type { Role, Viewer } from '../people/permission.ts';
import { Feed } from '../stream/feed.ts';
import { Home, message } from '../testing.ts';
import { addContact, setLadder } from './arrange.ts';
import type { TellingShown } from './calls.ts';
import { TellingStore } from './telling-store.ts';

let home: Home;
let api: Api;
let ada: number;
let bea: number;
beforeEach(async () => {
  home = new Home();
  const { started } = await home.start();
  ada = await home.enroll('Ada', 'meter-1', home.nowMs);
  bea = await home.enroll('Bea', 'meter-2', home.nowMs);
  const calls = hubCalls(home.hub);
  const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
    (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
  const feed = new Feed(
    { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
    { snapshot: async () => [], onListeners: () => undefined, clock: () => home.nowMs },
  );
  const clock = (): number => home.nowMs;
  api = await startApi({
    host: '127.0.0.1',
    port: 0,
    hub: { call, started },
    feed,
    assets: async () => new Map(),
    clock,
  });
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
const person = (name: string, role: Role, patients: Viewer['patients']): Promise<string> =>
  login(addPerson(home.hub.vault, { name, role, patients }).code);
const ask = (cookie: string, method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${api.url}${path}`, {
    method,
    headers: { cookie, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const shown = async (cookie: string): Promise<TellingShown> =>
  (await (await ask(cookie, 'GET', '/api/telling')).json()) as TellingShown;
const pseudonym = (slot: number): string =>
  Buffer.from(home.hub.vault.registry.patient(slot)?.subject ?? []).toString('hex');
const subscription = () => {
  const keys = createECDH('prime256v1');
  return {
    endpoint: 'https://push.example/1',
    keys: {
      p256dh: keys.generateKeys('base64url'),
      auth: randomBytes(16).toString('base64url'),
    },
  };
};

describe('whoever runs the hub', () => {
  it('adds a contact, sets ladders, sees what went out, and takes the contact away', async () => {
    const cookie = await operator();
    const added = await ask(cookie, 'POST', '/api/contacts', { name: 'Cyd', mail: 'cyd@example.org' });
    expect([added.status, await added.json()]).toEqual([201, { number: 1 }]);
    const step = { after: 0, contact: 1, channels: ['mail'], from: 'medium' };
    const ladder = { disclose: 'nothing', steps: [step] };
    expect((await ask(cookie, 'PUT', '/api/ladder', ladder)).status).toBe(204);
    const own = { disclose: 'name', steps: [{ ...step, after: 5 }] };
    expect((await ask(cookie, 'PUT', `/api/patients/${pseudonym(ada)}/ladder`, own)).status).toBe(204);
    expect((await ask(cookie, 'POST', '/api/contacts/1/test')).status).toBe(202);
    const all = await shown(cookie);
    expect(all.contacts).toEqual([{ number: 1, name: 'Cyd', ways: ['mail'], at: ['cyd@example.org'] }]);
    expect(all.everybody).toMatchObject(ladder);
    expect(all.patients.map(({ name, arranged }) => [name, arranged?.disclose])).toEqual([
      ['Ada', 'name'],
      ['Bea', undefined],
    ]);
    expect(all.deliveries).toMatchObject([{ contact: 'Cyd', channel: 'mail', kind: 'test', state: 'open' }]);
    expect(all.ready).toEqual(['page', 'push', 'webhook']);
    home.hub.teller.step();
    await expect.poll(() => home.hub.teller.isResting, { timeout: 20_000 }).toBe(true);
    home.hub.teller.step();
    expect((await shown(cookie)).deliveries).toMatchObject([{ state: 'failed', why: 'not-set-up' }]);

    expect((await ask(cookie, 'DELETE', `/api/patients/${pseudonym(ada)}/ladder`)).status).toBe(204);
    expect((await ask(cookie, 'DELETE', '/api/contacts/1')).status).toBe(204);
    expect((await ask(cookie, 'DELETE', '/api/contacts/1')).status).toBe(404);
    const after = await shown(cookie);
    expect([after.contacts, after.everybody?.steps, after.patients[0]?.arranged]).toEqual([[], [], null]);
  });

  it('is told what is wrong with what they say', async () => {
    const cookie = await operator();
    const statuses = await Promise.all([
      ask(cookie, 'POST', '/api/contacts', { mail: 'x' }),
      ask(cookie, 'POST', '/api/contacts', { name: 'Cyd', mail: 'x' }),
      ask(cookie, 'POST', '/api/contacts', { name: 'Cyd', person: 'Nobody' }),
      ask(cookie, 'PUT', '/api/ladder', { disclose: 'all', steps: [] }),
      ask(cookie, 'PUT', '/api/ladder', { disclose: 'name', steps: [{ after: 'now' }] }),
      ask(cookie, 'PUT', '/api/ladder', {
        disclose: 'name',
        steps: [{ after: 0, contact: 9, channels: ['mail'], from: 'low' }],
      }),
      ask(cookie, 'PUT', `/api/patients/${'0'.repeat(32)}/ladder`, { disclose: 'name', steps: [] }),
      ask(cookie, 'POST', '/api/contacts/x/test'),
      ask(cookie, 'POST', '/api/shown', { patient: 7 }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([400, 422, 404, 400, 400, 422, 404, 404, 400]);
  });
});

describe('a patient', () => {
  it('decides about their own ladder and what leaves the house of them, and sees no address', async () => {
    addContact(home.hub.vault, { name: 'Cyd', mail: 'cyd@example.org' });
    const cookie = await person('Ada herself', 'patient', [ada]);
    const ladder = { disclose: 'values', steps: [{ after: 0, contact: 1, channels: ['mail'], from: 'low' }] };
    expect((await ask(cookie, 'PUT', `/api/patients/${pseudonym(ada)}/ladder`, ladder)).status).toBe(204);
    const theirs = await shown(cookie);
    expect(theirs).toMatchObject({
      contacts: [{ number: 1, name: 'Cyd', ways: ['mail'] }],
      everybody: null,
      patients: [{ name: 'Ada', arranged: ladder }],
      deliveries: [],
    });
    expect(JSON.stringify(theirs)).not.toMatch(/example\.org|Bea/);
    const others = `/api/patients/${pseudonym(bea)}/ladder`;
    expect((await ask(cookie, 'PUT', others, ladder)).status).toBe(404);
    expect((await ask(cookie, 'PUT', '/api/ladder', ladder)).status).toBe(403);
    expect((await ask(cookie, 'POST', '/api/contacts', { name: 'X', mail: 'x@y.z' })).status).toBe(403);
    expect((await ask(cookie, 'POST', '/api/contacts/1/test')).status).toBe(403);
    expect((await ask(cookie, 'DELETE', '/api/contacts/1')).status).toBe(403);
  });
});

describe('a clinician, an auditor and a stranger', () => {
  it('arrange nothing and are shown nothing', async () => {
    const ladder = { disclose: 'values', steps: [] };
    const cookies: readonly (readonly [string, number, number])[] = [
      [await person('Vale', 'clinician', 'all'), 403, 403],
      [await person('Audit', 'auditor', 'all'), 403, 404],
      ['', 401, 401],
    ];
    for (const [cookie, status, ofPatient] of cookies) {
      const asked = await Promise.all([
        ask(cookie, 'GET', '/api/telling'),
        ask(cookie, 'POST', '/api/contacts', { name: 'X', mail: 'x@y.z' }),
        ask(cookie, 'DELETE', '/api/contacts/1'),
        ask(cookie, 'POST', '/api/contacts/1/test'),
        ask(cookie, 'PUT', '/api/ladder', ladder),
      ]);
      expect(asked.map((one) => one.status)).toEqual(asked.map(() => status));
      const path = `/api/patients/${pseudonym(ada)}/ladder`;
      expect((await ask(cookie, 'PUT', path, ladder)).status).toBe(ofPatient);
      expect((await ask(cookie, 'DELETE', path)).status).toBe(ofPatient);
    }
    expect(new TellingStore(home.hub.vault).ladders().size).toBe(0);
    for (const [method, path] of [
      ['GET', '/api/push'],
      ['POST', '/api/push'],
      ['DELETE', '/api/push'],
      ['POST', '/api/shown'],
    ] as const)
      expect((await ask('', method, path, method === 'GET' ? undefined : {})).status).toBe(401);
  });
});

describe('a browser', () => {
  it('asks to be told for its own person, and takes that back', async () => {
    const cookie = await person('Vale', 'clinician', [ada]);
    const { key } = (await (await ask(cookie, 'GET', '/api/push')).json()) as { key: string };
    expect(Buffer.from(key, 'base64url')).toHaveLength(65);
    const one = subscription();
    expect((await ask(cookie, 'POST', '/api/push', one)).status).toBe(204);
    expect(
      (await ask(cookie, 'POST', '/api/push', { ...one, endpoint: 'http://push.example/' })).status,
    ).toBe(422);
    const store = new TellingStore(home.hub.vault);
    expect(store.subscriptions()).toMatchObject([{ person: 1, endpoint: one.endpoint }]);
    expect((await ask(await operator(), 'DELETE', '/api/push', { endpoint: one.endpoint })).status).toBe(204);
    expect(store.subscriptions()).toHaveLength(1);
    expect((await ask(cookie, 'DELETE', '/api/push', { endpoint: one.endpoint })).status).toBe(204);
    expect(store.subscriptions()).toEqual([]);
  });

  it('that shows an alarm confirms it for its own person, and for a patient whom they may see', async () => {
    const { vault } = home.hub;
    const vale = await person('Vale', 'clinician', [ada]);
    const moss = await person('Moss', 'clinician', [bea]);
    const contact = addContact(vault, { name: 'Vale', person: 'Vale' }).number;
    const steps = [{ after: 0, contact, channels: ['page'], from: 'low' }] as const;
    setLadder(vault, ada, { steps, disclose: 'nothing' });
    home.hub.teller.reread();
    home.send('meter-1', message(1, { kind: 'glucose', value: 50 }, home.nowMs));
    home.hub.watch.look();
    home.hub.teller.step();
    const alarms = [{ condition: 'glucose-very-low', episode: 1 }];
    expect((await ask(moss, 'POST', '/api/shown', { patient: pseudonym(ada), alarms })).status).toBe(404);
    expect(home.hub.teller.deliveries()[0]?.state.is).toBe('open');
    expect(home.hub.teller.isResting).toBe(false);
    expect((await ask(vale, 'POST', '/api/shown', { patient: pseudonym(ada), alarms })).status).toBe(204);
    await expect.poll(() => home.hub.teller.isResting, { timeout: 20_000 }).toBe(true);
    home.hub.teller.step();
    expect(home.hub.teller.deliveries()[0]?.state).toMatchObject({ is: 'delivered', how: 'seen' });
  });
});
