// The page's interface over real HTTP on the loopback address.
import { request } from 'node:http';
import { connect } from 'node:net';
import { decodeEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HubCalls } from '../hub/calls.ts';
import { hubCalls } from '../hub/calls.ts';
import { addPerson, changePerson, loginCodeFor, removePerson } from '../people/access.ts';
import { LOGIN_CODE_MS } from '../people/login-code.ts';
import { SESSION_MS } from '../people/sessions.ts';
import { decodeEntries } from '../store/entry-list.ts';
import { Feed } from '../stream/feed.ts';
import { Home, heartRate } from '../testing.ts';
import { type Api, type ApiOptions, startApi } from './server.ts';

let home: Home;
let api: Api;
let options: ApiOptions;
beforeEach(async () => {
  home = new Home();
  const { started } = await home.start();
  await home.enroll('Ada', 'strap-1');
  const calls = hubCalls(home.hub);
  const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
    (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
  const feed = new Feed(
    { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
    { snapshot: () => call('snapshot'), onListeners: () => undefined, clock: () => home.nowMs },
  );
  const page = { body: Buffer.from('<!doctype html>'), contentType: 'text/html', immutable: false };
  options = {
    host: '127.0.0.1',
    port: 0,
    hub: { call, started },
    feed,
    assets: async () =>
      new Map([
        ['/', page],
        ['/assets/a.js', { ...page, immutable: true }],
      ]),
    clock: () => home.nowMs,
  };
  api = await startApi(options);
});
afterEach(async () => {
  await api.close();
  home.remove();
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${api.url}${path}`, { headers });
const login = (code: unknown, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ code }),
  });
/** As `get`, with the headers that `fetch` sets by itself. */
const statusOf = (path: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(`${api.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? '';
const loggedIn = async (): Promise<{ cookie: string }> => ({
  cookie: cookieOf(await login(await hubCalls(home.hub).createLoginCode())),
});

/** The strap has said nothing for so long that there is an alarm. */
function strapIsMissed(): void {
  home.hub.watch.look();
  home.nowMs += 16 * 60_000;
  home.hub.watch.look();
}

/** The status line of a WebSocket handshake, and what came in the first frames. */
function handshake(headers: Record<string, string>): Promise<string> {
  const { port, host } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      const all = {
        host,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        ...headers,
      };
      socket.write(
        `GET /api/feed HTTP/1.1\r\n${Object.entries(all)
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('')}\r\n`,
      );
    });
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (!text.startsWith('HTTP/1.1 101') || text.includes('"snapshot"')) {
        socket.destroy();
        resolve(text);
      }
    });
    socket.on('error', reject);
  });
}

describe('another name that leads here', () => {
  it('gets nothing: no page, no answer, no feed', async () => {
    const { cookie } = await loggedIn();
    for (const host of ['evil.example', `evil.example:${new URL(api.url).port}`]) {
      for (const path of ['/', '/api/patients', '/api/login'])
        expect(await statusOf(path, { host, cookie }), path).toBe(421);
      expect(await handshake({ host, origin: `http://${host}`, cookie })).toMatch(/^HTTP\/1\.1 421 /);
    }
    expect(await statusOf('/', { host: `localhost:${new URL(api.url).port}` })).toBe(200);
  });
});

describe('the page', () => {
  it('is public, and may load nothing from elsewhere nor be framed', async () => {
    const response = await get('/');
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(
      policy
        .split(';')
        .map((one) => one.trim())
        .sort(),
    ).toEqual(["base-uri 'none'", "default-src 'self'", "form-action 'self'", "frame-ancestors 'none'"]);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect((await get('/assets/a.js')).headers.get('cache-control')).toContain('immutable');
  });

  it('has nothing else, under any name', async () => {
    for (const path of [
      '/nothing',
      '/api/nothing',
      '/../hub.db',
      '/assets/%2e%2e/hub.db',
      '/__proto__',
      '/%00',
    ]) {
      const response = await get(path);
      expect([400, 404], path).toContain(response.status);
      expect(await response.json(), path).toHaveProperty('error');
    }
    expect((await fetch(`${api.url}/`, { method: 'DELETE' })).status).toBe(404);
  });

  it('is served in the open on this machine only', async () => {
    for (const host of ['0.0.0.0', '192.168.1.5', '::'])
      await expect(startApi({ ...options, host })).rejects.toThrow(
        expect.objectContaining({ code: 'bad-setting' }),
      );
    const { port } = new URL(api.url);
    await expect(startApi({ ...options, port: Number(port) })).rejects.toThrow('taken by another program');
  });
});

describe('logging in', () => {
  it('takes a code once, and gives a cookie that scripts and other sites cannot use', async () => {
    const code = await hubCalls(home.hub).createLoginCode();
    const response = await login(code);
    expect(response.status).toBe(204);
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(cookie).toContain('Path=/');
    expect(cookie).toContain(`Max-Age=${SESSION_MS / 1000}`);
    const again = await login(code);
    expect(again.status).toBe(401);
    expect(await again.json()).toEqual({ error: expect.stringContaining('heartwood login') });
    const session = await get('/api/session', { cookie: cookieOf(response) });
    expect(await session.json()).toEqual({
      name: 'Operator',
      role: 'admin',
      hub: options.hub.started.origin,
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    });
    expect(session.headers.get('cache-control')).toBe('no-store');
    const out = await fetch(`${api.url}/api/logout`, { method: 'POST' });
    expect(out.headers.get('set-cookie')).toMatch(/heartwood=;.*(Expires=Thu, 01 Jan 1970|Max-Age=0)/);
  });

  it('refuses a wrong code, an old one, what is no code, and another site’s page', async () => {
    const late = await hubCalls(home.hub).createLoginCode();
    home.nowMs += LOGIN_CODE_MS + 1;
    for (const code of ['WRONG', late, 7, null, ['a'], 'x'.repeat(1000)])
      expect((await login(code)).status).toBe(401);
    const good = await hubCalls(home.hub).createLoginCode();
    expect((await login(good, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await login(good, { origin: 'null' })).status).toBe(403);
    expect((await login(good, { origin: api.url })).status).toBe(204);
  });

  it('is not used up by a page of somebody else, which is turned away uncounted', async () => {
    const from = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    for (let n = 0; n < 12; n++) expect((await login(`WRONG-${n}`, from)).status).toBe(403);
    expect((await get('/assets/a.js', from)).status).toBe(403);
    // A link that leads here from elsewhere may be followed.
    expect(await statusOf('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200);
    expect((await login(await hubCalls(home.hub).createLoginCode())).status).toBe(204);
  });

  it('may be tried ten times a minute', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await login(`WRONG-${n}`)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect((await get('/')).status).toBe(200);
  });

  it('reads no large or broken body', async () => {
    expect((await login('x'.repeat(20_000))).status).toBe(413);
    const post = (body: string, type: string) =>
      fetch(`${api.url}/api/login`, { method: 'POST', headers: { 'content-type': type }, body });
    expect((await post('{', 'application/json')).status).toBe(400);
    expect((await post('code=1', 'application/x-www-form-urlencoded')).status).toBe(415);
    expect((await post('null', 'application/json')).status).toBe(401);
  });
});

describe('what is for members', () => {
  const PATHS = ['/api/session', '/api/policy', '/api/readings/0.1.0/proof', '/api/feed'];

  it('is refused without a cookie, with a forged one, and an old one', async () => {
    const { cookie } = await loggedIn();
    const value = cookie.slice('heartwood='.length);
    const forged = ['', value.slice(0, -1), `${value}A`, 'A'.repeat(43), `${value.slice(0, -1)}!`];
    for (const path of PATHS) {
      expect((await get(path)).status, path).toBe(401);
      for (const one of forged) expect((await get(path, { cookie: `heartwood=${one}` })).status).toBe(401);
    }
    expect((await get('/api/session', { cookie })).status).toBe(200);
    home.nowMs += SESSION_MS;
    expect((await get('/api/session', { cookie })).status).toBe(401);
  });

  it('proves a reading: 404 for none, 409 while its batch is open, then the bundle', async () => {
    const headers = await loggedIn();
    home.send('strap-1', heartRate(1, 72));
    const status = async (id: string) => (await get(`/api/readings/${id}/proof`, headers)).status;
    expect(await status('0.1.0')).toBe(409);
    await home.interval();
    expect([await status('0.1.9'), await status('nonsense'), await status('99.1.0')]).toEqual([
      404, 404, 404,
    ]);
    const response = await get('/api/readings/0.1.0/proof', headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toBeTypeOf('object');
    expect(await (await get('/api/policy', headers)).text()).toMatch(/^hub .+\nlog /m);
  });

  it('opens the feed for the hub’s own page only', async () => {
    const { cookie } = await loggedIn();
    expect(await handshake({})).toMatch(/^HTTP\/1.1 401/);
    expect(await handshake({ cookie, origin: 'https://evil.example' })).toMatch(/^HTTP\/1.1 403/);
    const opened = await handshake({ cookie, origin: api.url });
    expect(opened).toMatch(/^HTTP\/1.1 101/);
    expect(opened).toContain('"name":"Ada"');
  });
});

describe('acknowledging an alarm', () => {
  const patient = (): string =>
    Buffer.from(home.hub.vault.registry.patient(1)?.subject ?? []).toString('hex');
  const acknowledge = async (body: unknown, of = patient(), headers?: Record<string, string>) =>
    fetch(`${api.url}/api/patients/${of}/alarms/acknowledge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(headers ?? (await loggedIn())) },
      body: JSON.stringify(body),
    });
  const silent = { condition: 'silent:strap-1', why: 'it is being charged', minutes: 10 };

  it('is for those who are logged in, of an alarm that is on, with a reason', async () => {
    strapIsMissed();
    expect((await acknowledge(silent, patient(), {})).status).toBe(401);
    expect((await acknowledge(silent)).status).toBe(204);
    expect(home.hub.watch.of(1)).toMatchObject([
      {
        condition: 'silent:strap-1',
        state: {
          presence: 'acknowledged',
          acknowledgement: { by: 'Operator', untilMs: home.nowMs + 600_000 },
        },
      },
    ]);
    expect((await acknowledge({ ...silent, condition: 'heart-rate-high' })).status).toBe(404);
    expect((await acknowledge(silent, 'ff')).status).toBe(404);
  });

  it.each([
    {},
    { ...silent, why: ' ' },
    { ...silent, why: 'x'.repeat(201) },
    { ...silent, condition: 7 },
    { ...silent, minutes: 0 },
    { ...silent, minutes: 1.5 },
    { ...silent, minutes: 1441 },
  ])('in another form is refused: %j', async (body) => {
    strapIsMissed();
    const response = await acknowledge(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: expect.stringContaining('why') });
    expect(home.hub.watch.of(1)).toMatchObject([{ state: { presence: 'on' } }]);
  });

  it('never silences a high one without an end within the hour', async () => {
    for (let second = 0; second < 8; second += 1) {
      home.nowMs += 1000;
      home.send('strap-1', heartRate(second, 170, home.nowMs));
      home.hub.watch.look();
    }
    const high = { condition: 'heart-rate-very-high', why: 'seen' };
    expect((await acknowledge(high)).status).toBe(422);
    expect((await acknowledge({ ...high, minutes: 61 })).status).toBe(422);
    expect((await acknowledge({ ...high, minutes: 60 })).status).toBe(204);
  });
});

describe('people', () => {
  const vault = () => home.hub.vault;
  const enter = async (code: string): Promise<{ cookie: string }> => ({
    cookie: cookieOf(await login(code)),
  });
  const post = (path: string, headers: Record<string, string>, body: unknown = {}) =>
    fetch(`${api.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const proofStatus = async (id: string, headers: Record<string, string>) =>
    (await get(`/api/readings/${id}/proof`, headers)).status;

  it('see whom they were given, and hear of nobody else, also not by proof or feed', async () => {
    await home.enroll('Ben', 'strap-2');
    home.send('strap-1', heartRate(1, 72));
    home.send('strap-2', heartRate(1, 80));
    await home.interval();
    const ada = await enter(addPerson(vault(), { name: 'Dr Vale', role: 'clinician', patients: [1] }).code);
    const none = await enter(addPerson(vault(), { name: 'Dr None', role: 'clinician', patients: [] }).code);
    const auditor = await enter(addPerson(vault(), { name: 'Audit', role: 'auditor', patients: 'all' }).code);
    const all = await loggedIn();
    const statuses = async (who: Record<string, string>) => [
      await proofStatus('0.1.0', who),
      await proofStatus('0.2.0', who),
      await proofStatus('0.0.0', who),
    ];
    expect(await statuses(all)).toEqual([200, 200, 200]);
    expect(await statuses(ada)).toEqual([200, 404, 404]);
    expect(await statuses(none)).toEqual([404, 404, 404]);
    expect(await statuses(auditor)).toEqual([404, 404, 200]);
    expect(await handshake({ ...ada, origin: api.url })).toMatch(/"name":"Ada"/);
    expect(await handshake({ ...ada, origin: api.url })).not.toMatch(/Ben/);
    expect(await handshake({ ...none, origin: api.url })).toMatch(/"patients":\[\]/);
    expect(await (await get('/api/session', ada)).json()).toMatchObject({
      name: 'Dr Vale',
      role: 'clinician',
    });
  });

  it('acknowledge what is theirs to judge', async () => {
    strapIsMissed();
    const patient = Buffer.from(vault().registry.patient(1)?.subject ?? []).toString('hex');
    const silent = { condition: 'silent:strap-1', why: 'seen', minutes: 10 };
    const path = `/api/patients/${patient}/alarms/acknowledge`;
    const stranger = await enter(
      addPerson(vault(), { name: 'Dr None', role: 'clinician', patients: [2] }).code,
    );
    const own = await enter(addPerson(vault(), { name: 'Ada herself', role: 'patient', patients: [1] }).code);
    const vale = await enter(addPerson(vault(), { name: 'Dr Vale', role: 'clinician', patients: [1] }).code);
    expect((await post(path, stranger, silent)).status).toBe(404);
    expect((await post(path, own, silent)).status).toBe(403);
    expect((await post(path, vale, silent)).status).toBe(204);
    expect(home.hub.watch.of(1)[0]?.state).toMatchObject({ acknowledgement: { by: 'Dr Vale' } });
  });

  it('lose everything at once when they are removed or log out, every copy of the cookie too', async () => {
    const { code } = addPerson(vault(), { name: 'Dr Vale', role: 'clinician', patients: [1] });
    const vale = await enter(code);
    const other = await loggedIn();
    expect((await get('/api/session', vale)).status).toBe(200);
    removePerson(vault(), 'Dr Vale');
    api.recheck();
    expect((await get('/api/session', vale)).status).toBe(401);
    expect((await post('/api/logout', other)).status).toBe(204);
    expect((await get('/api/session', other)).status).toBe(401);
  });

  it('lose an open page when they lose what it shows', async () => {
    const { code } = addPerson(vault(), { name: 'Dr Vale', role: 'clinician', patients: [1] });
    const vale = await enter(code);
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/feed`, { headers: vale } as never);
    const closed = new Promise<number>((resolve) => {
      socket.onclose = ({ code: why }) => resolve(why);
    });
    await new Promise((resolve) => {
      socket.onmessage = resolve;
    });
    api.recheck();
    await get('/api/session', vale);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    changePerson(vault(), 'Dr Vale', { patients: [] });
    api.recheck();
    expect(await closed).toBe(4401);
  });

  it('may have a password, a long one, kept as Argon2id; the operator has none', async () => {
    const { code } = addPerson(vault(), { name: 'Dr Vale', role: 'clinician', patients: [1] });
    const vale = await enter(code);
    const password = 'correct horse battery staple';
    const byPassword = (name: string, given: string) => post('/api/login', {}, { name, password: given });
    expect((await byPassword('Dr Vale', password)).status).toBe(401);
    expect((await post('/api/password', vale, { password: 'short' })).status).toBe(422);
    expect((await post('/api/password', vale, { password })).status).toBe(204);
    expect((await post('/api/password', await loggedIn(), { password })).status).toBe(409);
    expect((await byPassword('Dr Vale', 'wrong horse battery staple')).status).toBe(401);
    expect((await byPassword('Nobody', password)).status).toBe(401);
    const back = await byPassword('Dr Vale', password);
    expect(back.status).toBe(204);
    expect(await (await get('/api/session', { cookie: cookieOf(back) })).json()).toMatchObject({
      name: 'Dr Vale',
    });
  }, 20_000);

  it('who sets a password stays, and every other session of theirs is over at once', async () => {
    const { code } = addPerson(vault(), { name: 'Dr Vale', role: 'clinician', patients: [1] });
    const old = await enter(code);
    const here = await enter(loginCodeFor(vault(), 'Dr Vale'));
    const other = await loggedIn();
    const password = 'correct horse battery staple';
    expect((await post('/api/password', here, { password })).status).toBe(204);
    expect((await get('/api/session', old)).status).toBe(401);
    expect((await get('/api/session', here)).status).toBe(200);
    expect((await get('/api/session', other)).status).toBe(200);
  });

  it('are written down: who was let in, who looked at whom, who left', async () => {
    const { code } = addPerson(vault(), { name: 'Dr Vale', role: 'clinician', patients: [1] });
    const vale = await enter(code);
    await handshake({ ...vale, origin: api.url });
    await handshake({ ...vale, origin: api.url });
    await post('/api/logout', vale);
    const { store } = vault();
    const names = store
      .stagedOf(0)
      .flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent))
      .filter(({ detail }) => detail['person'] === 1)
      .map(({ name }) => name);
    expect(names).toEqual(['person-added', 'login', 'patient-seen', 'logout']);
  });
});

describe('a history', () => {
  it('is asked for with kind and times, and answered to whoever is logged in', async () => {
    home.send('strap-1', heartRate(1, 72));
    const [patient] = hubCalls(home.hub).snapshot();
    const path = (query: string): string => `/api/patients/${patient?.id}/history?${query}`;
    const hour = `kind=heart-rate&from=${home.nowMs - 3_600_000}&to=${home.nowMs}`;
    expect((await get(path(hour))).status).toBe(401);
    const headers = await loggedIn();
    const answer = await get(path(hour), headers);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      kind: 'heart-rate',
      series: { value: { every: [[home.nowMs - 200, 72]] } },
    });
    expect((await get(path('kind=heart-rate'), headers)).status).toBe(400);
    expect((await get(path(`${hour}&points=0`), headers)).status).toBe(400);
    expect((await get(path(hour.replace('heart-rate', 'ecg')), headers)).status).toBe(422);
    expect((await get(`/api/patients/00/history?${hour}`, headers)).status).toBe(404);
  });
});
