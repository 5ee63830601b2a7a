// What stands around the patients, in a real browser: the sound of alarms, the page's own timers, the app that opens
// without the hub, themes. The hub is one of paper that can be made to misbehave.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { wardAlarm, wardId, wardName, wardSnapshot } from './page-ward.ts';

/** Counts what is played: the pulses of bursts, by their pitch. */
const LISTEN = `
  globalThis.pulses = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    pulses.push(Math.round(this.frequency.value));
    return start.call(this, at);
  };`;

describe.skipIf(!hasChromium)(`the page’s shell${needsChromium}`, () => {
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
  beforeEach(async () => {
    now = Date.now();
    hub = await startPageHub(wardSnapshot(3, now));
  });
  afterEach(async () => {
    await context.close();
    await hub.close();
    expect(complaints).toEqual([]);
  });

  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
    context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
    });
    await page.addInitScript(LISTEN);
  }
  async function enter(): Promise<void> {
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page.locator('li.row').first().waitFor();
  }
  const alarm = (i: number, ...alarms: object[]): void =>
    hub.say({ type: 'alarms', now, patient: wardId(i), alarms });
  const pulses = (): Promise<number> => page.evaluate<number>('pulses.length');
  const silent = () => page.getByText('Alarms are silent.');

  describe('the sound', () => {
    it('is blocked until a gesture, says so, and then plays a burst of ten', async () => {
      await open();
      await enter();
      await silent().waitFor();
      alarm(1, wardAlarm('heart-rate-very-high', 'high', now));
      await page.getByRole('button', { name: /^Acknowledge: / }).waitFor();
      expect(await pulses()).toBe(0);
      await page.getByRole('button', { name: 'Turn sound on' }).click();
      await expect.poll(pulses, { timeout: 10_000 }).toBe(10);
      expect(await silent().count()).toBe(0);
      expect(await page.evaluate('pulses[0]')).toBe(523);
    });

    it('needs no gesture of its own from somebody who typed their code', async () => {
      await open();
      await page.goto(hub.url);
      await page.getByLabel('Login code').fill(hub.code);
      await page.keyboard.press('Enter');
      await page.locator('li.row').first().waitFor();
      await expect.poll(() => silent().count()).toBe(0);
    });

    it('is paused by a key, with its end shown, and a new high alarm ends the pause', async () => {
      await open();
      await enter();
      await page.keyboard.press('Shift');
      alarm(1, wardAlarm('spo2-low', 'medium', now));
      await expect.poll(pulses, { timeout: 10_000 }).toBe(3);
      await page.keyboard.press('m');
      await page.getByText('Sound paused, on again in').waitFor();
      expect(await page.locator('.sound-notice').innerText()).toMatch(/[12]:\d\d/);
      alarm(2, wardAlarm('heart-rate-very-high', 'high', now));
      await expect.poll(pulses, { timeout: 10_000 }).toBe(13);
      expect(await page.getByText('Sound paused').count()).toBe(0);
    });

    it('is silent for what somebody acknowledged, and off where the visitor wants none', async () => {
      await open();
      await enter();
      await page.keyboard.press('Shift');
      const acknowledged = { by: 'Dr Lind', at: now, why: 'With the patient', until: now + 300_000 };
      alarm(1, wardAlarm('spo2-low', 'high', now, { presence: 'acknowledged', acknowledged }));
      alarm(2, wardAlarm('spo2-low', 'low', now));
      await expect.poll(pulses, { timeout: 10_000 }).toBe(2);
    });

    it('tells of a lost link, by the page’s own timer, within 30 s', async () => {
      await open();
      await page.clock.install();
      await enter();
      await page.keyboard.press('Shift');
      expect(await pulses()).toBe(0);
      hub.down = true;
      // Nothing closes: the hub has only fallen silent.
      await page.clock.runFor(25_000);
      await page.getByText('Link to the hub lost').waitFor();
      await expect.poll(pulses, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    });
  });

  describe('the clock of who answers', () => {
    it('stands beside the sign, the word and the colour, and the button says what it acknowledges', async () => {
      await open();
      await enter();
      alarm(1, wardAlarm('heart-rate-very-high', 'high', now, { raised: now - 240_000 }));
      await page.getByRole('link', { name: wardName(1) }).click();
      const bar = page.getByRole('region', { name: 'Alarms' });
      await bar.getByText('unanswered for 4 min').waitFor();
      expect((await bar.innerText()).replaceAll(/\s+/g, ' ')).toMatch(/^!!! ?High alarm: /);
      await bar.getByRole('button', { name: new RegExp(`^Acknowledge: ${wardName(1)}, `) }).waitFor();
    });
  });

  describe('as an app', () => {
    const kept = (): Promise<string[]> =>
      page.evaluate(`(async () => {
        const paths = [];
        for (const name of await caches.keys())
          for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
        return paths;
      })()`);
    const installed = (): Promise<void> =>
      page.evaluate(`navigator.serviceWorker.ready.then(() => undefined)`);

    it('opens while the hub is away, says so, and goes on by itself when it is back', async () => {
      await open();
      await enter();
      await installed();
      await expect.poll(() => page.evaluate('navigator.serviceWorker.controller !== null')).toBe(true);
      const { port } = new URL(hub.url);
      const { snapshot } = hub;
      await hub.close();
      await page.goto(hub.url);
      await page.getByRole('heading', { name: 'Link to the hub lost' }).waitFor();
      expect(await page.content()).not.toContain(wardName(0));
      hub = await startPageHub(snapshot, Number(port));
      await page.locator('li.row').first().waitFor({ timeout: 20_000 });
    });

    it('keeps the shell whole, and no answer of the interface', async () => {
      await open();
      hub.history = '{"kind":"heart-rate","series":{"value":{"every":[]}}}';
      await enter();
      await installed();
      await page.getByRole('link', { name: wardName(1) }).click();
      await page.getByRole('region', { name: 'NEWS2' }).waitFor();
      await page.reload();
      await page.getByRole('region', { name: 'NEWS2' }).waitFor();
      const paths = await kept();
      expect(paths).toContain('/');
      expect(paths).toContainEqual(expect.stringMatching(/^\/assets\/main-/));
      expect(paths.filter((path) => path.startsWith('/api'))).toEqual([]);
    });

    it('has a manifest that a browser accepts for installing', async () => {
      await open();
      await enter();
      const devtools = await context.newCDPSession(page);
      const { errors } = await devtools.send('Page.getAppManifest');
      expect(errors).toEqual([]);
      const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
      expect(
        installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'),
      ).toEqual([]);
    });

    it('tells of a newer page, and loads it when asked', async () => {
      await open();
      await enter();
      await installed();
      await expect.poll(() => page.evaluate('navigator.serviceWorker.controller !== null')).toBe(true);
      hub.extraShell = '// another version';
      hub.cut();
      await page.getByText('The hub has a newer version of this page.').waitFor({ timeout: 20_000 });
      await page.getByRole('button', { name: 'Load it' }).click();
      await page.locator('li.row').first().waitFor();
      expect(await page.getByText('The hub has a newer version').count()).toBe(0);
    });
  });
});
