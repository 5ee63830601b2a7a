// Notes over real HTTP: who may write and read them, that nobody else learns of one by any way, and that whoever looked is in
// the record.

import { HUB_SLOT } from '@heartwood/anchor';
import { decodeEvent } from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeEntries } from '../store/entry-list.ts';
import { ApiHome } from './api-sample.ts';

let page: ApiHome;
beforeEach(async () => {
  page = await ApiHome.start();
});
afterEach(() => page.stop());

const path = (more = ''): string => `/api/patients/${page.patient(1)}/notes${more}`;
type Told = { notes: { number: number; text: string }[] };
const read = async (who: { cookie: string }): Promise<string[]> =>
  ((await (await page.get(path(), who)).json()) as Told).notes.map(({ text }) => text);
const events = (): string => {
  const { nowMs } = page.home;
  return `/api/patients/${page.patient(1)}/events?from=${nowMs - 60_000}&to=${nowMs + 60_000}`;
};

describe('a note', () => {
  it('is written by a clinician of the patient, with their name and the hub’s time', async () => {
    const vale = await page.as('clinician', [1]);
    const answer = await page.post(path(), { text: 'Ate little.' }, vale);
    expect(answer.status).toBe(201);
    const note = {
      number: 1,
      at: page.home.nowMs,
      by: 'Person 1',
      kind: 'note',
      shared: false,
      text: 'Ate little.',
    };
    expect(await answer.json()).toEqual(note);
    expect(await (await page.get(path(), vale)).json()).toEqual({ notes: [note] });
    expect(await (await page.get(path('?before=1'), vale)).json()).toEqual({ notes: [] });
    // A page that is open hears that there is one more.
    expect(page.calls.snapshot()[0]?.care).toEqual({ limits: [], notes: 1 });
    expect((await page.post(path(), { text: 'Ate nothing.', corrects: 1 }, vale)).status).toBe(201);
    expect((await page.post(path(), { text: 'Ate all.', corrects: 1 }, vale)).status).toBe(422);
    expect(await read(vale)).toEqual(['Ate nothing.', 'Ate little.']);
  });

  it('is written by nobody else', async () => {
    for (const [role, patients, status] of [
      ['patient', [1], 403],
      ['admin', [1], 403],
      ['clinician', [2], 404],
      ['auditor', [1], 404],
    ] as const) {
      const who = await page.as(role, [...patients]);
      expect((await page.post(path(), { text: 'x' }, who)).status, role).toBe(status);
    }
    expect((await page.post(path(), { text: 'x' }, await page.operator())).status).toBe(403);
    expect((await page.post(path(), { text: 'x' })).status).toBe(401);
    const foreign = { ...(await page.as('clinician', [1])), origin: 'https://example.org' };
    expect((await page.post(path(), { text: 'x' }, foreign)).status).toBe(403);
    expect(page.home.hub.notes.count(1)).toBe(0);
  });

  it('is read by whoever it is for, and not there for anybody else: as a list, as an event, as a proof', async () => {
    const vale = await page.as('clinician', [1]);
    await page.post(path(), { text: 'Told the son.' }, vale);
    await page.post(path(), { text: 'Drink more.', shared: true }, vale);
    const told = (await (await page.get(events(), vale)).json()) as {
      events: { id: string; name: string }[];
    };
    const ids = told.events.filter(({ name }) => name === 'note-written').map(({ id }) => id);
    expect(ids).toHaveLength(2);
    await page.home.interval();
    const proved = (who: { cookie: string }) =>
      Promise.all(ids.map(async (id) => (await page.get(`/api/readings/${id}/proof`, who)).status));
    const listed = async (who: { cookie: string }) =>
      (await (await page.get(events(), who)).text()).match(/note-written/g)?.length ?? 0;

    expect([await read(vale), await listed(vale), await proved(vale)]).toEqual([
      ['Drink more.', 'Told the son.'],
      2,
      [200, 200],
    ]);
    const family = await page.as('patient', [1]);
    expect([await read(family), await listed(family), await proved(family)]).toEqual([
      ['Drink more.'],
      1,
      [404, 200],
    ]);
    for (const who of [
      await page.operator(),
      await page.as('auditor', [1]),
      await page.as('clinician', [2]),
    ]) {
      expect((await page.get(path(), who)).status).toBe(404);
      expect(await proved(who)).toEqual([404, 404]);
      expect(await listed(who)).toBe(0);
    }
    expect((await page.get(path())).status).toBe(401);
  });

  it('that is read is a look, in the record once a day', async () => {
    const vale = await page.as('clinician', [1, 2]);
    await page.get(path(), vale);
    await page.get(path(), vale);
    const { store } = page.home.hub.vault;
    const seen = store
      .stagedOf(HUB_SLOT)
      .flatMap((row) => decodeEntries(store.openStaged(row)).map(decodeEvent))
      .filter(({ name }) => name === 'patient-seen');
    expect(seen.map(({ detail }) => detail)).toEqual([{ person: 1, slot: 1 }]);
  });

  it.each([
    ['POST', { text: '' }, '', /something in it/],
    ['POST', { text: 'x', html: true }, '', /^Write/],
    ['GET', undefined, '?before=x', /number of a note/],
    ['GET', undefined, '?before=0', /number of a note/],
  ])('%s of %j %s is refused in words', async (method, body, query, said) => {
    const vale = await page.as('clinician', [1]);
    const answer =
      method === 'GET' ? await page.get(path(query), vale) : await page.post(path(query), body, vale);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toMatch(said);
  });
});
