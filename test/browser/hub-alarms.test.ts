// The hub's own alarms and the strip that stays in sight, in a real browser before a hub of paper: shown to whoever runs it
// and to nobody else, answered with why and until when; the strip is pressed, by pointer and by keys.

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { wardAlarm, wardId, wardName, wardSnapshot } from './page-ward.ts';

/** The page asks every five seconds. */
const PATIENCE = { timeout: 20_000, interval: 50 };

describe.skipIf(!hasChromium)(`alarms that are not of the patient in sight${needsChromium}`, () => {
  let browser: Browser;
  let hub: PageHub;
  let context: BrowserContext;
  let page: Page;
  let now: number;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await context?.close();
    await hub?.close();
  });

  async function open(role: PageHub['role'], options: BrowserContextOptions = {}): Promise<void> {
    now = Date.now();
    const snapshot = wardSnapshot(30, now);
    const patients = snapshot['patients'] as { alarms: object[] }[];
    patients[4]?.alarms.push(wardAlarm('heart-rate-very-high', 'high', now));
    patients[7]?.alarms.push(wardAlarm('heart-rate-high', 'medium', now));
    hub = await startPageHub({
      ...snapshot,
      disk: { state: 'low', since: now, freeBytes: 1.5e8 },
      radio: { troubles: [{ kind: 'adapter-hangs', adapter: 'hci0', since: now }], questions: [] },
    });
    hub.role = role;
    hub.alarms = [
      own('adapter-hangs:hci0', 'medium', { adapter: 'hci0' }),
      own('disk-low', 'low', { freeMb: 150 }),
    ];
    context = await browser.newContext({
      reducedMotion: 'reduce',
      locale: 'en-GB',
      viewport: { width: 1_440, height: 900 },
      ...options,
    });
    page = await context.newPage();
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page.locator('li.row').first().waitFor();
  }
  const own = (condition: string, priority: string, facts: object, over: object = {}): object => ({
    condition,
    priority,
    presence: 'on',
    episode: 1,
    raised: now - 60_000,
    facts,
    ...over,
  });
  const bar = () => page.getByRole('region', { name: 'Alarms of the hub itself' });

  describe('of the hub itself', () => {
    it('stand in the bar with sign, word and colour, once, and what somebody can do', async () => {
      await open('admin');
      await bar().locator('.alarm').waitFor();
      const said = (await bar().innerText()).replaceAll(/\s+/g, ' ');
      expect(said).toContain(
        '!! Medium alarm: Hub: The Bluetooth adapter hci0 hangs: run heartwood doctor --ble · unanswered for',
      );
      await bar().getByRole('button', { name: '1 more of the hub' }).click();
      expect(await bar().locator('[data-priority="low"]').innerText()).toContain('disk is nearly full');
      const colours = await page.evaluate<string[]>(
        `[...document.querySelectorAll('.hub-alarms .alarm')].map((one) => getComputedStyle(one).backgroundColor)`,
      );
      expect(colours).toEqual(['rgb(255, 223, 93)', 'rgb(181, 236, 243)']);
      // What the bar says needs no notice beside it.
      expect(await page.locator('.disk-low').count()).toBe(0);
      expect(await axeFindings(page)).toEqual([]);
    });

    it('are told on every view, and are gone when they are over', async () => {
      await open('admin');
      await bar().locator('.alarm').waitFor();
      await page.evaluate(`location.hash = '#/patient/${wardId(0)}'`);
      await page.getByRole('heading', { level: 1, name: wardName(0) }).waitFor();
      expect(await bar().locator('.alarm').count()).toBe(1);
      hub.alarms = [own('ledger-silent', 'low', { minutes: 60 })];
      await expect.poll(() => bar().innerText(), PATIENCE).toContain('has not taken anything for 1 h');
      hub.alarms = [];
      await expect.poll(() => page.locator('.hub-alarms .alarm').count(), PATIENCE).toBe(0);
    });

    it('are answered: by whom, why, until when', async () => {
      await open('admin');
      await bar()
        .getByRole('button', { name: /^Acknowledge: Hub/ })
        .click();
      await page.getByLabel('Why').selectOption('Known, no harm');
      await page.getByLabel('Silent for').selectOption('30');
      const acknowledged = { by: 'Nurse Okafor', at: now, why: 'Known, no harm', until: now + 1_800_000 };
      hub.alarms = [
        own('adapter-hangs:hci0', 'medium', { adapter: 'hci0' }, { presence: 'acknowledged', acknowledged }),
      ];
      await bar().getByRole('button', { name: 'Acknowledge', exact: true }).click();
      await expect
        .poll(() => bar().innerText(), PATIENCE)
        .toMatch(/Nurse Okafor: Known, no harm, silent for \d+ min more/);
      expect(hub.acknowledged).toEqual([
        {
          path: '/api/alarms/acknowledge',
          body: { condition: 'adapter-hangs:hci0', why: 'Known, no harm', minutes: 30 },
        },
      ]);
    });

    it('are asked for and shown by nobody else’s page', async () => {
      await open('clinician');
      await page.locator('.disk-low').first().waitFor();
      expect(await page.locator('.hub-alarms').count()).toBe(0);
      expect(hub.requests.filter((one) => one.endsWith('/api/alarms'))).toEqual([]);
    });
  });

  describe('in the strip that stays in sight', () => {
    const strip = () => page.locator('.stuck button');

    it.each([360, 1_440])('lead from the list to the patient whom they name (%d px)', async (width) => {
      await open('clinician', { viewport: { width, height: 740 } });
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      await strip().waitFor();
      expect(await strip().innerText()).toContain(wardName(4));
      const box = await strip().boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(44);
      expect(box?.width).toBe(width);
      expect(await axeFindings(page)).toEqual([]);
      await strip().click();
      await page.getByRole('heading', { level: 1, name: wardName(4) }).waitFor();
    });

    it('are pressed by Enter, with a focus that shows', async () => {
      await open('clinician');
      await page.keyboard.press('End');
      await strip().waitFor();
      await strip().focus();
      const shown = await page.evaluate(`(() => {
        const one = document.querySelector('.stuck button');
        const { outlineStyle, outlineWidth } = getComputedStyle(one);
        return { is: one === document.activeElement, outlineStyle, outlineWidth };
      })()`);
      expect(shown).toEqual({ is: true, outlineStyle: 'solid', outlineWidth: '3px' });
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: wardName(4) }).waitFor();
    });

    it('lead on a patient’s page back to the alarm with its answer, and to whoever else waits', async () => {
      await open('clinician', { viewport: { width: 768, height: 500 } });
      await page.evaluate(`location.hash = '#/patient/${wardId(4)}'`);
      await page.locator('.patient > .alarms .alarm').waitFor();
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      await expect.poll(() => strip().count(), PATIENCE).toBe(2);
      await strip().first().click();
      await expect
        .poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")'), PATIENCE)
        .toMatch(new RegExp(`^Acknowledge: ${wardName(4)}`));
      expect(await page.evaluate('scrollY')).toBe(0);
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      await expect.poll(() => strip().count(), PATIENCE).toBe(2);
      expect(await strip().last().innerText()).toContain(wardName(7));
      await strip().last().click();
      await page.getByRole('heading', { level: 1, name: wardName(7) }).waitFor();
    });

    it('and by the key n from anywhere', async () => {
      await open('clinician');
      await page.keyboard.press('n');
      await page.getByRole('heading', { level: 1, name: wardName(4) }).waitFor();
    });
  });

  it.each(['en-GB', 'de-DE'])('leave the operator’s header one line at 1280 px, %s', async (locale) => {
    await open('admin', { locale, viewport: { width: 1_280, height: 800 } });
    const button = page.locator('.visitor button');
    await expect.poll(() => button.count(), PATIENCE).toBe(5);
    const tops = await button.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
    expect(new Set(tops).size).toBe(1);
    const header = await page.locator('.hub-bar').boundingBox();
    expect(header?.height).toBeLessThanOrEqual(80);
  });
});
