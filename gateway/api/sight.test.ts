// Who may see a patient and who looked, over real HTTP: the patient is told, and nobody else but whoever runs the hub.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubCalls, hubCalls } from '../hub/calls.ts';
import { addPerson, changePerson, removePerson } from '../people/access.ts';
import { Feed } from '../stream/feed.ts';
import { Home } from '../testing.ts';
import { type Api, type ApiOptions, startApi } from './server.ts';

type Sight = {
  people: { name: string; role: string; you: boolean }[];
  from: number;
  to: number;
  looks: { at: number; name?: string; you: boolean }[];
};

describe('who may see, and who looked', () => {
  let home: Home;
  let api: Api;
  let calls: HubCalls;
  let id: string | undefined;
  beforeEach(async () => {
    home = new Home();
    const { started } = await home.start();
    await home.enroll('Ada', 'strap-1');
    await home.enroll('Bea', 'strap-2');
    calls = hubCalls(home.hub);
    const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
      (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
    const feed = new Feed(
      { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
      { snapshot: () => call('snapshot'), onListeners: () => undefined, clock: () => home.nowMs },
    );
    api = await startApi({
      host: '127.0.0.1',
      port: 0,
      hub: { call, started },
      feed,
      assets: async () => new Map(),
      clock: () => home.nowMs,
    });
    id = calls.snapshot().find(({ slot }) => slot === 1)?.id;
  });
  afterEach(async () => {
    await api.close();
    home.remove();
  });

  const path = (): string =>
    `/api/patients/${id}/sight?from=${home.nowMs - 3_600_000}&to=${home.nowMs + 1_000}`;
  async function cookieFor(code: string): Promise<string> {
    const answer = await fetch(`${api.url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  }
  const person = (name: string, role: 'patient' | 'clinician' | 'auditor', patients: number[]) =>
    addPerson(home.hub.vault, { name, role, patients });
  const ask = (where: string, cookie: string): Promise<Response> =>
    fetch(`${api.url}${where}`, { headers: { cookie } });
  /** As an open page does. */
  const look = (cookie: string): void => {
    const who = calls.whoIs(cookie.split('=')[1] ?? '');
    if (who === undefined) throw new Error('nobody is logged in by this');
    calls.recordSeen(who);
  };

  it('tells the patient who may see them now, and who was shown them', async () => {
    const ada = await cookieFor(person('Ada', 'patient', [1]).code);
    const lind = person('Dr Lind', 'clinician', [1, 2]);
    person('Dr Okoro', 'clinician', [2]);
    person('Auditor', 'auditor', [1]);
    const doctor = await cookieFor(lind.code);
    look(doctor);
    await home.interval();
    home.nowMs += 1;
    look(ada);
    const sight = (await (await ask(path(), ada)).json()) as Sight;
    expect(sight.people).toEqual([
      { name: 'Operator', role: 'admin', you: false },
      { name: 'Ada', role: 'patient', you: true },
      { name: 'Dr Lind', role: 'clinician', you: false },
    ]);
    expect(sight.looks.map(({ name, you }) => [name, you])).toEqual([
      ['Dr Lind', false],
      ['Ada', true],
    ]);
    // Taken back: no longer among those who may, for ever among those who did.
    removePerson(home.hub.vault, 'Dr Lind');
    const later = (await (await ask(path(), ada)).json()) as Sight;
    expect(later.people.map(({ name }) => name)).toEqual(['Operator', 'Ada']);
    expect(later.looks[0]?.name).toBe('Dr Lind');
  });

  it('tells nobody else, and does not say that there is something to tell', async () => {
    const bea = await cookieFor(person('Bea', 'patient', [2]).code);
    const lind = person('Dr Lind', 'clinician', [1]);
    const doctor = await cookieFor(lind.code);
    const auditor = await cookieFor(person('Auditor', 'auditor', [1]).code);
    expect((await ask(path(), '')).status).toBe(401);
    for (const cookie of [bea, doctor, auditor]) expect((await ask(path(), cookie)).status).toBe(404);
    // Given away by the patient’s own words only: a change of role is seen at the next question.
    changePerson(home.hub.vault, 'Dr Lind', { role: 'patient' });
    api.recheck();
    expect((await ask(path(), doctor)).status).toBe(200);
  });

  it('is asked for a time, and not for ever', async () => {
    const ada = await cookieFor(person('Ada', 'patient', [1]).code);
    expect((await ask(path().replace(/\?.*/, ''), ada)).status).toBe(400);
  });
});
