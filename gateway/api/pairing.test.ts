// Pairing over the page, by real HTTP: for whoever runs the hub, and nobody else.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubCalls, hubCalls } from '../hub/calls.ts';
import { addPerson } from '../people/access.ts';
import { Feed } from '../stream/feed.ts';
import type { RadioQuestion } from '../stream/radio-notice.ts';
import { Home } from '../testing.ts';
import { type Api, type ApiOptions, startApi } from './server.ts';

let home: Home;
let api: Api;
let feed: Feed;
let open: RadioQuestion[];
let answers: unknown[];
beforeEach(async () => {
  home = new Home();
  const { started } = await home.start();
  const calls = hubCalls(home.hub);
  const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
    (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
  feed = new Feed(
    { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
    { snapshot: async () => [], onListeners: () => undefined, clock: () => home.nowMs },
  );
  open = [{ id: 7, kind: 'enter-passkey', device: 'meter' }];
  answers = [];
  api = await startApi({
    host: '127.0.0.1',
    port: 0,
    hub: { call, started },
    feed,
    assets: async () => new Map(),
    clock: () => home.nowMs,
    pairing: {
      questions: () => open,
      answer: (id, answer) => {
        const asked = open.some((one) => one.id === id);
        if (asked) answers.push(answer);
        open = open.filter((one) => one.id !== id);
        return asked;
      },
    },
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
const operator = async (): Promise<string> => login(hubCalls(home.hub).createLoginCode());
const nurse = async (): Promise<string> => {
  const { code } = addPerson(home.hub.vault, { name: 'Nurse', role: 'clinician', patients: 'all' });
  return login(code);
};
const questions = (cookie: string): Promise<Response> =>
  fetch(`${api.url}/api/pairing`, { headers: { cookie } });
const answer = (cookie: string, id: number | string, body: unknown): Promise<Response> =>
  fetch(`${api.url}/api/pairing/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify(body),
  });

describe('pairing on the page', () => {
  it('whoever runs the hub sees the question and answers it, once', async () => {
    const cookie = await operator();
    expect(await (await questions(cookie)).json()).toEqual({
      questions: [{ id: 7, kind: 'enter-passkey', device: 'meter' }],
    });
    expect((await answer(cookie, 7, { answer: '012345' })).status).toBe(204);
    expect(answers).toEqual(['012345']);
    expect((await answer(cookie, 7, { answer: true })).status).toBe(404);
  });

  it('others neither see nor answer it', async () => {
    for (const [cookie, status] of [
      [await nurse(), 403],
      ['', 401],
    ] as const) {
      expect((await questions(cookie)).status).toBe(status);
      expect((await answer(cookie, 7, { answer: true })).status).toBe(status);
    }
    expect(answers).toEqual([]);
  });

  it.each([[{}], [{ answer: 'yes' }], [{ answer: '1234567' }], [{ answer: 1 }], ['012345']])(
    'an answer of another form is refused: %j',
    async (body) => {
      expect((await answer(await operator(), 7, body)).status).toBe(400);
      expect(answers).toEqual([]);
    },
  );

  it('a question that is none is not found', async () => {
    const cookie = await operator();
    for (const id of [8, 'x', '7.0', '-7'])
      expect((await answer(cookie, id, { answer: true })).status).toBe(404);
  });

  it('the feed tells it to whoever may answer, and to nobody else', async () => {
    const heard = (role: 'admin' | 'clinician'): string[] => {
      const texts: string[] = [];
      const socket = { send: (text: string) => void texts.push(text), bufferedAmount: 0 };
      ends.push(feed.open(socket, { role, patients: 'all' }));
      return texts;
    };
    const ends: (() => void)[] = [];
    const [admin, clinician] = [heard('admin'), heard('clinician')];
    await new Promise((resolve) => setTimeout(resolve, 20));
    feed.radio({ troubles: [], questions: open });
    const later = heard('admin');
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const end of ends) end();
    expect(admin.map((text) => JSON.parse(text).type)).toEqual(['snapshot', 'radio']);
    expect(JSON.parse(later[0] ?? '{}').radio.questions).toEqual(open);
    expect(clinician.map((text) => JSON.parse(text).type)).toEqual(['snapshot']);
    expect(clinician.join('')).not.toContain('meter');
  });
});
