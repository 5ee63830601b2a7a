// The list of patients in a real browser, against a hub of paper: who stands first, that nothing moves under a
// pointer, the keys, the search in the address, what two hundred patients cost, and that whoever may see one sees no list.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { homeSnapshot, number } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { cutRows, wardAlarm, wardId, wardName, wardReadings, wardScore, wardSnapshot } from './page-ward.ts';

type Patient = Record<string, unknown>;

describe.skipIf(!hasChromium)(`the list of patients${needsChromium}`, () => {
  let browser: Browser;
  let hub: PageHub;
  let context: BrowserContext;
  let page: Page;
  let now: number;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(() => {
    now = Date.now();
  });
  afterEach(async () => {
    await context.close();
    await hub.close();
    expect(complaints).toEqual([]);
  });

  async function open(
    snapshot: Record<string, unknown>,
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<void> {
    hub = await startPageHub(snapshot);
    context = await browser.newContext({
      reducedMotion: 'reduce',
      locale: 'en-GB',
      viewport: { width: 1440, height: 900 },
      ...options,
    });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(`${hub.url}/#login=${hub.code}`);
  }
  const ward = async (count: number, options?: Parameters<Browser['newContext']>[0]): Promise<void> => {
    await open(wardSnapshot(count, now), options);
    await page.locator('li.row').first().waitFor();
  };
  const patientsOf = (snapshot: Record<string, unknown>): Patient[] => snapshot['patients'] as Patient[];
  const names = (): Promise<string[]> => page.locator('.row-name a').allInnerTexts();
  const first = async (): Promise<string | undefined> => (await names())[0];
  const row = (i: number) => page.locator(`li.row[data-id="${wardId(i)}"]`);
  const focused = (): Promise<string | null> =>
    page.evaluate<string | null>('document.activeElement?.dataset?.row ?? null');
  const alarm = (i: number, ...alarms: object[]): void =>
    hub.say({ type: 'alarms', now, patient: wardId(i), alarms });
  const score = (i: number, points: Record<string, number>): void =>
    hub.say({ type: 'scores', now, scores: [{ patient: wardId(i), score: wardScore(points, now) }] });

  describe('its order', () => {
    it('is who waits, then the score, the worsening, the stale, and follows a change', async () => {
      await ward(40);
      score(12, { pulse: 2, spo2: 2, respiratoryRate: 2, temperature: 0 });
      await expect.poll(first).toBe(wardName(12));
      alarm(31, wardAlarm('heart-rate-high', 'medium', now));
      await expect.poll(first).toBe(wardName(31));
      alarm(25, wardAlarm('heart-rate-very-high', 'high', now));
      await expect.poll(first).toBe(wardName(25));
      expect((await names()).slice(0, 3)).toEqual([25, 31, 12].map(wardName));
      // Somebody knows: it is theirs, and waits for nobody.
      const acknowledged = { by: 'Dr Lind', at: now, why: 'With the patient', until: now + 300_000 };
      alarm(25, wardAlarm('heart-rate-very-high', 'high', now, { presence: 'acknowledged', acknowledged }));
      await expect.poll(first).toBe(wardName(31));
      const known = page.locator('li.row', { hasText: 'Dr Lind: With the patient' });
      await page.getByRole('button', { name: 'With alarms' }).click();
      expect(await known.count()).toBe(1);
    });

    it('stands still under the pointer, says that it is old, and is put right by a button', async () => {
      await ward(40);
      const before = await names();
      await row(0).hover();
      alarm(25, wardAlarm('heart-rate-very-high', 'high', now));
      const notice = page.getByRole('button', { name: /^The order has changed/ });
      await notice.waitFor();
      expect(await names()).toEqual(before);
      await notice.click();
      await expect.poll(first).toBe(wardName(25));
      expect(await notice.count()).toBe(0);
      // Still under the pointer, it still stands.
      const sorted = await names();
      alarm(26, wardAlarm('heart-rate-very-high', 'high', now, { raised: now - 500_000 }));
      alarm(25);
      await notice.waitFor();
      expect(await names()).toEqual(sorted);
      await page.mouse.move(5, 5);
      await expect.poll(first).toBe(wardName(26));
    });

    it('stands still under the keys, and moves when they leave', async () => {
      await ward(40);
      await page.keyboard.press('j');
      const before = await names();
      alarm(25, wardAlarm('heart-rate-very-high', 'high', now));
      await page.getByRole('button', { name: /^The order has changed/ }).waitFor();
      expect((await names()).slice(0, 10)).toEqual(before.slice(0, 10));
      await page.keyboard.press('/');
      await expect.poll(first).toBe(wardName(25));
    });

    it('calls a score rising by inputs that counted before as well', async () => {
      await ward(12);
      score(3, { respiratoryRate: 0, spo2: 1, pulse: 2, temperature: 0 });
      await expect.poll(() => row(3).innerText()).toContain('rising');
      // A cuff that is put on makes nobody worse.
      score(4, { respiratoryRate: 0, spo2: 0, pulse: 0, temperature: 0, systolic: 3 });
      await expect.poll(() => row(4).innerText()).toMatch(/≥ 3\s+5\/7/);
      expect(await row(4).innerText()).not.toContain('rising');
    });
  });

  describe('a row', () => {
    it('says each number’s age and state, and how much of the score is known', async () => {
      await open(homeSnapshot(now));
      const tomas = page.locator('li.row', { hasText: 'Tomás' });
      await tomas.waitFor();
      const text = (await tomas.innerText()).replaceAll(/\s+/g, ' ');
      expect(text).toContain('Chest patch offline');
      expect(text).toContain('recorded');
      expect(text).toMatch(/Heart rate: 92 \/min stale, 12 min/);
      expect(text).toMatch(/Oxygen saturation: Sensor off for 12 min/);
      expect(text).toMatch(/Respiratory rate: – never seen/);
      expect(text).toContain('NEWS2 not known, none of 7 inputs');
      expect(await tomas.locator('s').allInnerTexts()).toEqual(['92', '38.1']);
      expect(text).toContain('sealed in 55');
      const ada = (await page.locator('li.row', { hasText: 'Ada Nowak' }).innerText()).replaceAll(
        /\s+/g,
        ' ',
      );
      expect(ada).toMatch(/battery 84 %/);
      expect(ada).toMatch(/sealed in 49, newest waits/);
    });

    it('makes nothing live while the hub is away', async () => {
      await ward(12);
      hub.down = true;
      hub.cut();
      await page.getByText('Link to the hub lost').waitFor();
      await expect.poll(() => page.locator('.row .state[data-state="live"]').count()).toBe(0);
      expect(await row(0).innerText()).toContain('not live');
    });
  });

  describe.each([
    [360, 'en-GB'],
    [360, 'de-AT'],
    [768, 'de-AT'],
    [1280, 'de-AT'],
    [1440, 'en-GB'],
  ] as const)('at %d px, %s', (width, locale) => {
    const viewport = { width, height: 740 };
    type Box = {
      readonly top: number;
      readonly bottom: number;
      readonly left: number;
      readonly right: number;
    };
    const boxOf = (selector: string): Promise<Box> =>
      page
        .locator(selector)
        .first()
        .evaluate((one) => {
          const { top, bottom, left, right } = one.getBoundingClientRect();
          return { top, bottom, left, right };
        });

    it('an alarm’s sign, its first words and its button are whole, and the first patient is on the screen', async () => {
      const snapshot = wardSnapshot(2, now);
      const long = { by: 'Dr Maximiliane Lindenbaum-Przybylski', at: now, why: 'Known, no harm' };
      (patientsOf(snapshot)[0] as Patient)['alarms'] = [
        wardAlarm('body-temperature-high', 'medium', now, {
          facts: { measure: 'body-temperature', limit: 39, unit: '°C', value: 39.13 },
        }),
        wardAlarm('spo2-low', 'low', now),
      ];
      (patientsOf(snapshot)[1] as Patient)['alarms'] = [
        wardAlarm('spo2-low', 'medium', now, { presence: 'acknowledged', acknowledged: long }),
      ];
      await open(snapshot, { viewport, locale });
      await page.locator('.row-alarm.alarm').nth(1).waitFor();
      const cut = await page.locator('.row-alarm.alarm').evaluateAll((alarms) =>
        alarms.flatMap((one) => {
          const box = one.getBoundingClientRect();
          const inside = [...one.querySelectorAll('.alarm-sign, strong, .number, button')];
          return inside
            .map((part) => ({ part, at: part.getBoundingClientRect() }))
            .filter(
              ({ at }) =>
                at.top < box.top || at.bottom > box.bottom || at.left < box.left || at.right > box.right,
            )
            .map(({ part }) => part.outerHTML);
        }),
      );
      expect(cut).toEqual([]);
      const row = await boxOf('li.row');
      expect((await boxOf('li.row .row-vitals')).bottom).toBeLessThanOrEqual(viewport.height);
      if (width >= 1200) expect(row.bottom - row.top).toBeLessThanOrEqual(110);
    });

    it('an alarm and a lost link stay in sight, and hide nothing that has the focus', async () => {
      await ward(12, { viewport, locale });
      alarm(5, wardAlarm('heart-rate-very-high', 'high', now));
      await expect.poll(first).toBe(wardName(5));
      hub.down = true;
      hub.cut();
      await page.locator('.link-lost').waitFor();
      for (let n = 0; n < 10; n++) await page.keyboard.press('j');
      await expect.poll(() => page.locator('.stuck p').count()).toBe(2);
      expect(await page.locator('.stuck').innerText()).toContain('!!!');
      for (let n = 0; n < 4; n++) await page.keyboard.press('k');
      const there = await focused();
      await expect
        .poll(async () => (await boxOf(`li[data-id="${there}"]`)).top)
        .toBeGreaterThanOrEqual((await boxOf('.stuck')).bottom);
      await page.evaluate('scrollTo(0, 0)');
      await expect.poll(() => page.locator('.stuck p').count()).toBe(0);
    });
  });

  describe('the keys', () => {
    it('go through the list, open a patient, and come back to the row', async () => {
      await ward(60);
      const order = await names();
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      const there = await focused();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: order[1] as string }).waitFor();
      expect(page.url()).toBe(`${hub.url}/#/patient/${there}`);
      await page.getByRole('region', { name: 'NEWS2' }).getByText('Consciousness').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('li.row').first().waitFor();
      await expect.poll(focused).toBe(there);
      await page.keyboard.press('j');
      await expect.poll(focused).not.toBe(there);
    });

    it('reach a row far below, and keep it while the page is scrolled', async () => {
      await ward(200);
      for (let n = 0; n < 30; n++) await page.keyboard.press('j');
      const there = await focused();
      const at = Number(await page.locator(`[data-id="${there}"]`).getAttribute('aria-posinset'));
      expect(at).toBe(30);
      await page.evaluate('scrollTo(0, 0)');
      await expect.poll(() => page.locator('li[aria-posinset="1"]').count()).toBe(1);
      expect(await focused()).toBe(there);
    });

    it('acknowledge the first alarm of the row, and nothing where nothing waits', async () => {
      await ward(12);
      alarm(5, wardAlarm('heart-rate-very-high', 'high', now), wardAlarm('spo2-low', 'medium', now));
      await expect.poll(first).toBe(wardName(5));
      await page.keyboard.press('j');
      await page.keyboard.press('a');
      const dialog = page.getByRole('dialog', { name: wardName(5) });
      await dialog.getByText('High alarm').waitFor();
      // Typed into the form, letters are letters.
      await page.keyboard.press('j');
      await dialog.getByLabel('Silent for').selectOption('15');
      await dialog.getByRole('button', { name: 'Acknowledge' }).press('Enter');
      await expect.poll(() => hub.acknowledged.length).toBe(1);
      expect(hub.acknowledged[0]).toMatchObject({
        path: `/api/patients/${wardId(5)}/alarms/acknowledge`,
        body: { condition: 'heart-rate-very-high', minutes: 15 },
      });
      await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
      await expect.poll(focused).toBe(wardId(5));
      await page.keyboard.press('j');
      await page.keyboard.press('a');
      expect(await page.getByRole('dialog').count()).toBe(0);
    });

    it('are told by ?, and can be turned off, Escape apart', async () => {
      await ward(12);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Help' }).getByLabel('Letters are keys').uncheck();
      await page.keyboard.press('Escape');
      expect(await page.getByRole('dialog').count()).toBe(0);
      await page.keyboard.press('j');
      expect(await focused()).toBe(null);
      await page.reload();
      await page.locator('li.row').first().waitFor();
      await page.keyboard.press('?');
      expect(await page.getByRole('dialog').count()).toBe(0);
      await page.locator('.row-name a').first().press('Enter');
      await page.getByRole('region', { name: 'NEWS2' }).waitFor();
      await page.keyboard.press('Escape');
      await page.locator('li.row').first().waitFor();
    });
  });

  describe('a search', () => {
    it('stands in the address, survives a reload, and comes back from a patient', async () => {
      const found = (): Promise<void> => page.getByText('10 of 120 patients').waitFor();
      await ward(120);
      await page.keyboard.press('/');
      await page.keyboard.type('GOMEZ');
      await found();
      expect(page.url()).toBe(`${hub.url}/#/?q=GOMEZ`);
      await page.reload();
      await found();
      expect(await page.getByLabel('Search by name').inputValue()).toBe('GOMEZ');
      await page.locator('.row-name a').first().click();
      await page.getByRole('link', { name: 'All patients' }).click();
      await found();
      await page.goBack();
      await page.getByRole('region', { name: 'NEWS2' }).waitFor();
    });

    it('never hides that somebody else waits', async () => {
      await ward(40);
      await page.getByLabel('Search by name').fill('Ada Adeyemi');
      alarm(25, wardAlarm('heart-rate-very-high', 'high', now));
      await page
        .getByRole('alert')
        .getByText(`High alarm. ${wardName(25)}`)
        .waitFor();
      await page.getByRole('button', { name: /^1 with a waiting alarm is not shown/ }).click();
      await expect.poll(first).toBe(wardName(25));
    });

    it('shows the stale, and those whose alarm is mine', async () => {
      const snapshot = wardSnapshot(12, now);
      const [mine, stale] = patientsOf(snapshot) as [Patient, Patient];
      const acknowledged = { by: 'Nurse Okafor', at: now, why: 'Called the patient', until: now + 300_000 };
      mine['alarms'] = [wardAlarm('spo2-low', 'medium', now, { presence: 'acknowledged', acknowledged })];
      stale['recent'] = { spo2: [number('50.2.1', 'spo2', 95, now - 600_000, { patient: wardId(1) })] };
      await open(snapshot);
      await page.getByRole('button', { name: 'Mine' }).click();
      await expect.poll(names).toEqual([wardName(0)]);
      await page.getByRole('button', { name: 'Stale' }).click();
      await expect.poll(names).toEqual([wardName(1)]);
      expect(page.url()).toContain('show=stale');
    });
  });

  describe('permissions', () => {
    it('show whoever may see one patient that patient, and no list', async () => {
      const snapshot = wardSnapshot(1, now);
      await open(snapshot);
      await page.getByRole('heading', { level: 1, name: wardName(0) }).waitFor();
      expect(await page.locator('li.row').count()).toBe(0);
      expect(await page.getByRole('link', { name: 'All patients' }).count()).toBe(0);
      await page.keyboard.press('Escape');
      expect(await page.getByRole('heading', { level: 1, name: wardName(0) }).count()).toBe(1);
    });

    it('have nothing to say of a patient who is not theirs', async () => {
      await ward(3);
      await page.evaluate(`location.hash = '#/patient/${wardId(77)}'`);
      await page.getByText('There is no such patient, or you may not see them.').waitFor();
      await page.getByRole('link', { name: 'All patients' }).click();
      await page.locator('li.row').first().waitFor();
    });
  });

  it('draws the four hours that the hub kept, asked once for the rows in sight', async () => {
    const minute = Math.floor(now / 60_000) * 60_000;
    hub = await startPageHub(wardSnapshot(100, now));
    hub.history = JSON.stringify({
      kind: 'heart-rate',
      series: {
        value: {
          widthMs: 60_000,
          stretches: Array.from({ length: 230 }, (_, i) => [minute - (235 - i) * 60_000, 60, 70, 72, 75]),
        },
      },
    });
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    page = await context.newPage();
    complaints = [];
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page.locator('li.row').first().waitFor();
    const drawn = (): Promise<number> =>
      page
        .locator('.trail path')
        .first()
        .evaluate((path) => (path.getAttribute('d') ?? '').split('V').length - 1);
    await expect.poll(drawn).toBeGreaterThanOrEqual(230);
    const asked = hub.requests.filter((request) => request.endsWith('/history'));
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThan(25);
  });

  // What that costs is a figure of `npm run bench -- page`: it depends on what else the machine does.
  it('draws the rows in sight alone, and follows 1,600 readings a second', async () => {
    await ward(200);
    expect(await page.locator('.worklist li').count()).toBeLessThan(25);
    const nodes = (): Promise<number> => page.evaluate<number>('document.querySelectorAll("*").length');
    expect(await nodes()).toBeLessThan(2_500);
    let tenth = 0;
    // Twenty patients each 100 ms, in messages as the hub sends them.
    const timer = setInterval(() => {
      const at = Date.now();
      const readings = Array.from({ length: 20 }, (_, i) => wardReadings(tenth * 20 + i, at)).flat();
      tenth++;
      if (tenth % 10 === 0) tenth = 0;
      hub.say({ type: 'readings', now: at, readings });
    }, 100);
    try {
      const top = await page.locator('li.row').first().getAttribute('data-id');
      await page.waitForTimeout(1_500);
      // By the hub's clock it is the newest for a minute: no later one takes its place before it is seen.
      const marked = number('99.1.0', 'heart-rate', 187, Date.now() + 60_000, { patient: top ?? '' });
      hub.say({ type: 'readings', now: Date.now(), readings: [marked] });
      await expect
        .poll(() => page.locator(`li.row[data-id="${top}"]`).innerText(), { timeout: 20_000 })
        .toMatch(/\b187\b/);
      expect(await nodes()).toBeLessThan(2_500);
      expect(hub.feeds()).toBe(1);
    } finally {
      clearInterval(timer);
    }
  }, 30_000);

  describe.each(['light', 'dark'] as const)('for everybody, in %s', (colorScheme) => {
    const findings = () => axeFindings(page);

    it.each([360, 768, 1440])(
      'fits %d px, has no finding of axe and targets for a finger: list, alarm, help, patient, nobody, lost',
      async (width) => {
        const snapshot = homeSnapshot(now);
        patientsOf(snapshot).push(...patientsOf(wardSnapshot(30, now)));
        await open(snapshot, { colorScheme, viewport: { width, height: 900 } });
        await page.locator('li.row').first().waitFor();
        alarm(3, wardAlarm('heart-rate-very-high', 'high', now), wardAlarm('spo2-low', 'medium', now));
        alarm(4, wardAlarm('spo2-low', 'low', now));
        const acknowledged = { by: 'Dr Lind', at: now, why: 'Known, no harm', until: undefined };
        alarm(5, wardAlarm('spo2-low', 'medium', now, { presence: 'acknowledged', acknowledged }));
        alarm(6, wardAlarm('spo2-low', 'medium', now, { presence: 'latched', over: now - 5_000 }));
        score(7, { pulse: 3, spo2: 3, respiratoryRate: 2, temperature: 0 });
        await expect.poll(first).toBe(wardName(3));
        const wide = (): Promise<number> => page.evaluate<number>('document.documentElement.scrollWidth');
        expect(await wide()).toBe(width);
        expect(await findings()).toEqual([]);
        expect(await cutRows(page, hub, now)).toEqual([]);
        const targets = await page.locator('button, input, summary').evaluateAll((all) =>
          all.flatMap((one) => {
            const { width: across, height } = one.getBoundingClientRect();
            // What is not there at this width is no target.
            return across === 0 ? [] : [Math.min(across, height)];
          }),
        );
        expect(Math.min(...targets)).toBeGreaterThanOrEqual(44);

        await page.keyboard.press('j');
        alarm(20, wardAlarm('heart-rate-very-high', 'high', now));
        await page.getByRole('button', { name: /^The order has changed/ }).waitFor();
        expect(await findings()).toEqual([]);
        await page.keyboard.press('a');
        await page.getByRole('dialog', { name: wardName(3) }).waitFor();
        expect(await findings()).toEqual([]);
        await page.keyboard.press('Escape');
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: 'Help' }).waitFor();
        expect(await findings()).toEqual([]);
        await page.keyboard.press('Escape');

        await page.keyboard.press('Enter');
        await page.getByRole('region', { name: 'NEWS2' }).waitFor();
        expect(await wide()).toBe(width);
        expect(await findings()).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByLabel('Search by name').fill('nobody of this name');
        await page.getByText('Nobody here fits.').waitFor();
        expect(await findings()).toEqual([]);
        await page.getByLabel('Search by name').fill('');
        hub.down = true;
        hub.cut();
        await page.getByText('Link to the hub lost').waitFor();
        expect(await findings()).toEqual([]);
      },
      90_000,
    );
  });
});
