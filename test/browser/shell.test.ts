// What stands around the patients, in a real browser: the sound of alarms, the page's own timers, the app that opens
// without the hub, themes. The hub is one of paper that can be made to misbehave.

import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { homeSnapshot } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { wardAlarm, wardId, wardName, wardSnapshot } from './page-ward.ts';

/** A busy machine has its seconds. */
const SOON = { timeout: 15_000 };

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
  const styleOf = (one: Locator, property: string): Promise<string | undefined> =>
    one.evaluate((element, name) => {
      const { getComputedStyle } = globalThis as unknown as {
        getComputedStyle(of: unknown): Record<string, string>;
      };
      return getComputedStyle(element)[name];
    }, property);
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
      await expect.poll(pulses, SOON).toBeGreaterThanOrEqual(10);
      expect(await silent().count()).toBe(0);
      expect(await page.evaluate('pulses[0]')).toBe(523);
    });

    it('needs no gesture of its own from somebody who typed their code', async () => {
      await open();
      await page.goto(hub.url);
      await page.getByLabel('Login code').fill(hub.code);
      await page.keyboard.press('Enter');
      await page.locator('li.row').first().waitFor();
      await expect.poll(() => silent().count(), SOON).toBe(0);
    });

    it('is paused by a key, with its end shown, and a new high alarm ends the pause', async () => {
      await open();
      await enter();
      await page.keyboard.press('Shift');
      alarm(1, wardAlarm('spo2-low', 'medium', now));
      await expect.poll(pulses, SOON).toBe(3);
      await page.keyboard.press('m');
      await page.getByText('Sound paused, on again in').waitFor();
      expect(await page.locator('.sound-notice').innerText()).toMatch(/[12]:\d\d/);
      alarm(2, wardAlarm('heart-rate-very-high', 'high', now));
      await expect.poll(pulses, SOON).toBeGreaterThanOrEqual(13);
      expect(await page.getByText('Sound paused').count()).toBe(0);
    });

    it('is silent for what somebody acknowledged, and off where the visitor wants none', async () => {
      await open();
      await enter();
      await page.keyboard.press('Shift');
      const acknowledged = { by: 'Dr Lind', at: now, why: 'With the patient', until: now + 300_000 };
      alarm(1, wardAlarm('spo2-low', 'high', now, { presence: 'acknowledged', acknowledged }));
      alarm(2, wardAlarm('spo2-low', 'low', now));
      await expect.poll(pulses, SOON).toBe(2);
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
      await expect.poll(pulses, SOON).toBeGreaterThanOrEqual(3);
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

    it('runs beside since when it is over, where nothing holds that is as high', async () => {
      await open();
      await enter();
      const over = { presence: 'latched', raised: now - 540_000, over: now - 360_000 };
      const was = wardAlarm('heart-rate-very-high', 'high', now, over);
      alarm(1, was);
      await page.getByRole('link', { name: wardName(1) }).click();
      const first = page.getByRole('region', { name: 'Alarms' }).locator('.alarm').first();
      const says = async (): Promise<string> => (await first.innerText()).replaceAll(/\s+/g, ' ');
      await expect
        .poll(says, SOON)
        .toMatch(/^!!! High alarm: .* when it began, has been over for \d min · unanswered for \d+ min/);
      alarm(1, was, wardAlarm('spo2-very-low', 'high', now, { raised: now - 400_000, since: now - 180_000 }));
      await expect.poll(says, SOON).toMatch(/, for \d min · unanswered for [34] min/);
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
      await expect.poll(() => page.evaluate('navigator.serviceWorker.controller !== null'), SOON).toBe(true);
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
      await expect.poll(() => page.evaluate('navigator.serviceWorker.controller !== null'), SOON).toBe(true);
      hub.extraShell = '// another version';
      hub.cut();
      await page.getByText('The hub has a newer version of this page.').waitFor({ timeout: 20_000 });
      await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Load it' }).click()]);
      await page.locator('li.row').first().waitFor();
      expect(await page.getByText('The hub has a newer version').count()).toBe(0);
    });
  });

  describe('on paper', () => {
    it('one patient is one page, black on white, whatever the screen wears', async () => {
      hub.snapshot = homeSnapshot(now);
      await open();
      await page.addInitScript(`localStorage.setItem('theme', 'night')`);
      await enter();
      await page.getByRole('link', { name: 'Ada Nowak' }).click();
      await page.getByRole('button', { name: 'Print a summary' }).waitFor();
      // What goes on paper has come once the browser knows of it.
      await page.locator('#print').waitFor({ state: 'attached' });
      const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
      expect(pdf.match(/\/Count (\d+)/)?.[1]).toBe('1');
      await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
      await page.emulateMedia({ media: 'print' });
      const paper = (await page.locator('#print').innerText()).replaceAll(/\s+/g, ' ');
      expect(paper).toMatch(/^Ada Nowak Summary Printed .* by Nurse Okafor/);
      expect(paper).toMatch(/Heart rate 72 \/min .* 57\.1\.14/);
      expect(await page.locator('.hub-bar').isVisible()).toBe(false);
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
        'rgb(255, 255, 255)',
      );
      expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(0, 0, 0)');
      await page.evaluate(`dispatchEvent(new Event('afterprint'))`);
      await page.emulateMedia({ media: 'screen' });
      expect(await page.locator('.hub-bar').isVisible()).toBe(true);
    });
  });

  /** Patients and family, with one of their own or two. */
  async function enterFamily(): Promise<void> {
    hub.snapshot = homeSnapshot(now);
    hub.role = 'patient';
    hub.sight = {
      people: [
        { name: 'Operator', role: 'admin', you: false },
        { name: 'Nurse Okafor', role: 'patient', you: true },
        { name: 'Dr Lind', role: 'clinician', you: false },
      ],
      from: now - 86_400_000,
      to: now,
      looks: [{ at: now - 7_200_000, name: 'Dr Lind', you: false }],
    };
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page.locator('.family').waitFor();
  }

  describe('patients and family', () => {
    it('see their own numbers with their age, whether the hub is well, and who looked', async () => {
      await open();
      await enterFamily();
      const ada = page.getByRole('region', { name: 'Ada Nowak', exact: true });
      const text = (await ada.innerText()).replaceAll(/\s+/g, ' ');
      expect(text).toMatch(/No alarm is on/);
      expect(text).toMatch(/Heart rate 72 \/min measured (just now|\d s ago)/);
      const tomas = page.getByRole('region', { name: /^Tomás/ });
      expect(await tomas.innerText()).toContain('2 things need attention');
      expect(await tomas.locator('s').first().innerText()).toBe('92');
      await page.getByText('My hub is well').waitFor();
      const sight = page.getByRole('region', { name: 'Who may see this: Ada Nowak' });
      await sight.getByText('Dr Lind').first().waitFor();
      hub.sight = {
        people: [],
        from: now - 172_800_000,
        to: now,
        looks: [{ at: now - 90_000_000, name: 'Dr Okoro', you: false }],
      };
      await sight.getByRole('button', { name: 'Show earlier days' }).click();
      await sight.getByText('Dr Okoro').waitFor();
      expect(await page.locator('li.row').count()).toBe(0);
      hub.down = true;
      hub.cut();
      await page.getByText('My hub needs help').waitFor();
    });

    it('go on to all readings, and back', async () => {
      await open();
      await enterFamily();
      await page.getByRole('link', { name: 'All readings, charts and proofs' }).first().click();
      await page.getByRole('region', { name: 'NEWS2' }).waitFor();
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.locator('.family').waitFor();
    });
  });

  describe('another language', () => {
    /** Whether the page itself loaded it: its service worker keeps every file. */
    const german = (): Promise<boolean> =>
      page.evaluate(
        `performance.getEntriesByType('resource').some(({ name }) => name.includes('/assets/de-'))`,
      );

    it('is the browser’s own, with its numbers, and is loaded only then', async () => {
      await open({ locale: 'de-AT' });
      await enter();
      await page.getByRole('button', { name: 'Mit Alarm' }).waitFor();
      expect(await page.evaluate('document.documentElement.lang')).toBe('de');
      alarm(1, wardAlarm('heart-rate-very-high', 'high', now));
      await page.getByRole('button', { name: new RegExp(`^Quittieren: ${wardName(1)}`) }).waitFor();
      const row = page.locator(`li.row[data-id="${wardId(0)}"]`);
      expect(await row.innerText()).toMatch(/Herz \/min/);
      expect(await row.innerText()).toMatch(/\d,\d/);
      expect(await german()).toBe(true);
    });

    it('is chosen, takes effect at once, and stays', async () => {
      await open();
      await enter();
      expect(await german()).toBe(false);
      await page.getByRole('button', { name: 'Display' }).click();
      await page.getByLabel('Deutsch').check();
      await page.getByRole('heading', { name: 'Anzeige und Ton' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByLabel('Nach Namen suchen').waitFor();
      await page.reload();
      await page.getByLabel('Nach Namen suchen').waitFor();
      // Nothing was loaded anew but the page itself: the sound is asked for as before.
      await page.getByText('Alarme sind stumm.').waitFor();
    });
  });

  describe('themes', () => {
    const findings = () => axeFindings(page);
    const raise = (): void => {
      alarm(0, wardAlarm('heart-rate-very-high', 'high', now), wardAlarm('spo2-low', 'medium', now));
      alarm(1, wardAlarm('spo2-low', 'low', now));
      const acknowledged = { by: 'Dr Lind', at: now, why: 'Known, no harm', until: undefined };
      alarm(2, wardAlarm('spo2-low', 'medium', now, { presence: 'acknowledged', acknowledged }));
    };

    it('are chosen by keyboard, and kept', async () => {
      await open({ colorScheme: 'light' });
      await enter();
      await page.getByRole('button', { name: 'Display' }).press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Display and sound' });
      await dialog.getByLabel('As this device').press('ArrowUp');
      await expect.poll(() => page.evaluate('document.documentElement.dataset.theme'), SOON).toBe('night');
      const back = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(await back()).toBe('rgb(0, 0, 0)');
      await page.keyboard.press('Escape');
      await expect.poll(() => page.getByRole('dialog').count(), SOON).toBe(0);
      expect(
        await page.getByRole('button', { name: 'Display' }).evaluate((one) => one.matches(':focus')),
      ).toBe(true);
      await page.reload();
      await page.locator('li.row').first().waitFor();
      expect(await back()).toBe('rgb(0, 0, 0)');
    });

    it('in night nothing is red but a high alarm, which has a bright frame, its sign and its word', async () => {
      await open();
      await page.addInitScript(`localStorage.setItem('theme', 'night')`);
      await enter();
      raise();
      await page.locator('.alarm[data-priority="high"]').waitFor();
      const reds = await page.evaluate<string[]>(`(() => {
        const red = (colour) => {
          const [r, g, b] = (colour.match(/[\\d.]+/g) ?? []).map(Number);
          return colour.startsWith('rgb') && !/, 0\\)$/.test(colour) && r > 60 && r > 1.5 * Math.max(g, b);
        };
        return [...document.body.querySelectorAll('*')].filter((one) => {
          const style = getComputedStyle(one);
          return [style.color, style.backgroundColor, style.borderTopColor, style.stroke, style.fill].some(red);
        }).map((one) => one.closest('.alarm')?.dataset.priority ?? one.outerHTML);
      })()`);
      expect([...new Set(reds)]).toEqual(['high']);
      await page.getByRole('link', { name: wardName(0) }).click();
      const bar = page.getByRole('region', { name: 'Alarms' }).locator('.alarm').first();
      expect(await bar.innerText()).toMatch(/^!!!\s*High alarm/);
      expect(await styleOf(bar, 'borderTopWidth')).toBe('4px');
    });

    it.each([
      ['night', 'light', 360],
      ['night', 'light', 1440],
      ['dark', 'light', 768],
      ['light', 'dark', 768],
    ] as const)(
      'have no finding of axe: %s where the system is %s, %d px',
      async (theme, colorScheme, width) => {
        await open({ colorScheme, viewport: { width, height: 900 } });
        await page.addInitScript(`localStorage.setItem('theme', '${theme}')`);
        await enter();
        raise();
        await page.locator('.alarm[data-priority="high"]').waitFor();
        expect(await findings()).toEqual([]);
        await page.getByRole('button', { name: 'Display' }).click();
        await page.getByRole('dialog').waitFor();
        expect(await findings()).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole('link', { name: wardName(0) }).click();
        await page.getByRole('region', { name: 'NEWS2' }).waitFor();
        expect(await findings()).toEqual([]);
        hub.down = true;
        hub.cut();
        await page.getByText('Link to the hub lost').waitFor();
        expect(await findings()).toEqual([]);
      },
      60_000,
    );

    it.each([
      ['light', 360],
      ['night', 1440],
    ] as const)(
      'have no finding of axe in the view of patients and family: %s, %d px',
      async (theme, width) => {
        await open({ viewport: { width, height: 900 } });
        await page.addInitScript(`localStorage.setItem('theme', '${theme}')`);
        await enterFamily();
        await page.getByText('Dr Lind').first().waitFor();
        expect(await findings()).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      },
      60_000,
    );

    it('leave signs, words and frames where the system forces its colours', async () => {
      await open({ forcedColors: 'active' });
      await enter();
      raise();
      const high = page.locator('.alarm[data-priority="high"][data-presence="on"]');
      await high.waitFor();
      expect(await styleOf(high, 'borderTopStyle')).toBe('double');
      expect(await findings()).toEqual([]);
    });
  });
});
