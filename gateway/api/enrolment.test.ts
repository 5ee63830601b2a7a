// Claims and certificates over HTTP: who may ask, and what a hub that vouches for nobody answers. The whole way, over TLS, is
// a journey (test/journey/certificate.test.ts).

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubCalls, hubCalls } from '../hub/calls.ts';
import { addPerson } from '../people/access.ts';
import { may, ROLES, type Role } from '../people/permission.ts';
import { Feed } from '../stream/feed.ts';
import { Home } from '../testing.ts';
import type { Enrolment } from './enrolment.ts';
import { type Api, type ApiOptions, startApi } from './server.ts';

let home: Home;
let api: Api;
let admitted: string[];
const enrolment: Enrolment = {
  authority: 'the authority',
  link: (code) => `https://hub.local/enroll#code=${code}`,
  mqtt: () => ['mqtts://hub.local:8883'],
  admitted: (device) => admitted.push(device),
};
const start = async (given: Partial<ApiOptions>): Promise<void> => {
  const calls = hubCalls(home.hub);
  const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
    (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
  const { started } = home.running!;
  const feed = new Feed(
    { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
    { snapshot: () => call('snapshot'), onListeners: () => undefined, clock: () => home.nowMs },
  );
  const rest = { feed, assets: async () => new Map(), clock: () => home.nowMs };
  api = await startApi({ host: '127.0.0.1', port: 0, hub: { call, started }, ...rest, ...given });
};
beforeEach(async () => {
  admitted = [];
  home = new Home();
  await home.start();
});
afterEach(async () => {
  await api.close();
  home.remove();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const as = async (role: Role): Promise<{ cookie: string }> => {
  const { code } = addPerson(home.hub.vault, { name: role, role, patients: 'all' });
  const answer = await post('/api/login', { code });
  return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
};
const request = async (): Promise<string> => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  return (await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm })).toString(
    'pem',
  );
};
const ASKED = { device: 'watch-ada', patient: 'Ada' };

describe('claims', () => {
  it('are made by whoever runs the hub, and by nobody else', async () => {
    await start({ enrolment });
    expect((await post('/api/claims', ASKED)).status).toBe(401);
    for (const role of ROLES) {
      const { status } = await post('/api/claims', ASKED, await as(role));
      expect([role, status]).toEqual([role, role === 'admin' ? 201 : 403]);
      expect(may({ role, patients: 'all' }, { do: 'admit-device' })).toBe(role === 'admin');
    }
  });

  it('let one device in, which is told where to publish', async () => {
    await start({ enrolment });
    const admin = await as('admin');
    const made = (await (await post('/api/claims', ASKED, admin)).json()) as { code: string; link: string };
    expect(made.link).toBe(`https://hub.local/enroll#code=${made.code}`);
    expect((await post('/api/claims', { device: 'watch-ada' }, admin)).status).toBe(400);
    expect((await post('/api/claims', { ...ASKED, device: 'Watch' }, admin)).status).toBe(409);
    const csr = await request();
    const answer = await post('/api/enroll', { code: made.code, csr });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
    expect(await answer.json()).toMatchObject({
      device: 'watch-ada',
      authority: 'the authority',
      mqtt: ['mqtts://hub.local:8883'],
      certificate: expect.stringContaining('BEGIN CERTIFICATE'),
      notAfter: home.nowMs + 30 * 86_400_000,
    });
    expect(admitted).toEqual(['watch-ada']);
    expect((await post('/api/enroll', { code: made.code, csr })).status).toBe(403);
    expect((await post('/api/renew', { csr })).status).toBe(401);
    expect(admitted).toEqual(['watch-ada']);
  });

  it.each([
    undefined,
    null,
    [],
    'x',
    {},
    { code: 1, csr: 'x' },
    { code: 'x'.repeat(65), csr: 'x' },
    { code: 'A', csr: 'x'.repeat(4097) },
  ])('are not taken from %j', async (body) => {
    await start({ enrolment });
    expect((await post('/api/enroll', body)).status).toBe(400);
    expect((await post('/api/renew', body)).status).toBeGreaterThanOrEqual(400);
  });

  it('are nowhere where the hub does not vouch for itself', async () => {
    await start({});
    const admin = await as('admin');
    for (const path of ['/api/claims', '/api/enroll', '/api/renew'])
      expect((await post(path, ASKED, admin)).status).toBe(404);
    expect((await fetch(`${api.url}/authority.pem`)).status).toBe(404);
  });

  it('tell a telephone that followed the link that it is no device', async () => {
    await start({ enrolment });
    expect(await (await fetch(`${api.url}/enroll`)).text()).toContain('for a device');
    expect(await (await fetch(`${api.url}/authority.pem`)).text()).toBe('the authority');
  });
});
