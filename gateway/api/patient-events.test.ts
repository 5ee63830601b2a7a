// What happened around a patient, over real HTTP: told to whoever may see them.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiHome } from './api-sample.ts';

let page: ApiHome;
beforeEach(async () => {
  page = await ApiHome.start();
});
afterEach(() => page.stop());

describe('what happened around a patient', () => {
  type Told = {
    from: number;
    events: { id: string; name: string; at: number; detail: Record<string, unknown> }[];
  };
  const path = (): string => {
    const { home } = page;
    return `/api/patients/${page.patient(1)}/events?from=${home.nowMs - 3_600_000}&to=${home.nowMs + 1_000}`;
  };

  it('is told to whoever may see them, with the ids by which it is proved, and to nobody else', async () => {
    const { home } = page;
    // The straps have said nothing for so long that there is an alarm.
    home.hub.watch.look();
    home.nowMs += 16 * 60_000;
    home.hub.watch.look();
    const mine = await page.as('clinician', [1]);
    const notMine = await page.as('clinician', [2]);
    expect((await page.get(path())).status).toBe(401);
    expect((await page.get(path(), notMine)).status).toBe(404);
    expect((await page.get('/api/patients/00/events?from=1&to=2', mine)).status).toBe(404);
    expect((await page.get(path().replace('from=', 'since='), mine)).status).toBe(400);
    const answer = await page.get(path(), mine);
    expect(answer.status).toBe(200);
    const { events } = (await answer.json()) as Told;
    expect(events.map(({ name }) => name)).toContain('alarm-raised');
    // Nothing of others, nor of who looked and logged in.
    expect(events.filter(({ name }) => !/^(alarm|device)-/.test(name))).toEqual([]);
    expect(events.filter(({ detail }) => detail['slot'] !== undefined && detail['slot'] !== 1)).toEqual([]);

    const raised = events.find(({ name }) => name === 'alarm-raised');
    const proof = `/api/readings/${raised?.id}/proof`;
    expect((await page.get(proof, mine)).status).toBe(409);
    await home.interval();
    expect((await page.get(proof, mine)).status).toBe(200);
    expect((await page.get(proof, notMine)).status).toBe(404);
    const { events: later } = (await (await page.get(path(), mine)).json()) as Told;
    expect(later).toEqual(events);
  });

  it('leaves the hub’s other events to those who run and audit it', async () => {
    const mine = await page.as('clinician', [1]);
    await page.home.interval();
    const proof = '/api/readings/0.0.0/proof';
    expect((await page.get(proof, mine)).status).toBe(404);
    expect((await page.get(proof, await page.operator())).status).toBe(200);
    const auditor = await page.as('auditor', []);
    expect((await page.get(proof, auditor)).status).toBe(200);
    expect((await page.get(path(), auditor)).status).toBe(404);
  });
});
