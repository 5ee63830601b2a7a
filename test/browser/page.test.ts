// The clinician's page in a real browser, against a hub of paper that can be made to misbehave. The journey with the
// real hub is told elsewhere; here stand the page's own promises: no number without its age, none live when the
// link is lost, a proof recomputed and compared with the screen, and a page that everybody can use.

import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { homeSnapshot, number } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { proofBundle, proofPolicy } from './page-proof.ts';

const CLICKED = '57.1.14';

describe.skipIf(!hasChromium)(`the clinician’s page${needsChromium}`, () => {
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
    hub = await startPageHub(homeSnapshot(now));
    hub.policy = proofPolicy();
    await open({});
  });
  afterEach(async () => {
    await context.close();
    await hub.close();
  });

  async function open(options: Parameters<Browser['newContext']>[0]): Promise<void> {
    await context?.close();
    context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
    });
  }

  const inList = (name: string | RegExp = 'Ada Nowak') =>
    page.getByRole('list', { name: /^Patients/ }).getByRole('link', { name });
  /** Logs in, and goes to one of the two patients. */
  async function enter(name: string | RegExp = 'Ada Nowak'): Promise<void> {
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await inList(name).click();
    await page.getByRole('heading', { name }).waitFor();
  }
  const tile = (name: string, patient = 'Ada Nowak') =>
    page.getByRole('region', { name: patient }).getByRole('button', { name: new RegExp(`^${name}`) });
  const clicked = (value = 72): Record<string, unknown> => number(CLICKED, 'heart-rate', value, now - 1_000);
  const prove = (value: number): void => {
    hub.proofs.set(CLICKED, { status: 200, body: proofBundle(clicked(value), now + 5_000) });
  };
  const drawer = () => page.getByRole('dialog');
  const said = () => drawer().getByRole('status');
  const text = async (name: string, patient?: string): Promise<string> =>
    (await tile(name, patient).innerText()).replaceAll(/\s+/g, ' ');

  describe('logging in', () => {
    it('takes the code from the link, and out of the address and the history', async () => {
      await page.goto(`${hub.url}/#login=${hub.code}`);
      await inList().waitFor();
      expect(page.url()).toBe(`${hub.url}/`);
      await page.goBack();
      expect(page.url()).not.toContain(hub.code);
    });

    it('takes a new link in the tab where the page stands already', async () => {
      await page.goto(hub.url);
      await page.getByLabel('Login code').waitFor();
      await page.evaluate(`location.hash = 'login=${hub.code}'`);
      await inList().waitFor();
      expect(page.url()).toBe(`${hub.url}/`);
    });

    it('takes a typed code, and says in words why one is refused', async () => {
      await page.goto(hub.url);
      await page.getByLabel('Login code').fill('WRONG');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.getByRole('status').innerText()).toContain('This code is wrong');
      await page.getByLabel('Login code').fill(hub.code);
      await page.getByRole('button', { name: 'Log in' }).click();
      await inList().waitFor();
    });

    it('shows nothing of anybody after logging out', async () => {
      await enter();
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByLabel('Login code').waitFor();
      expect(await page.content()).not.toContain('Ada');
    });

    it('loads everything from the hub, under its strict policy, script and style by hash', async () => {
      const foreign: string[] = [];
      page.on('request', (request) => {
        if (
          !request.url().startsWith(hub.url.replace('http', '')) &&
          new URL(request.url()).origin !== hub.url
        )
          foreign.push(request.url());
      });
      prove(72);
      await enter();
      await tile('Heart rate').click();
      await expect.poll(() => said().innerText()).toBe('Proven');
      expect(foreign).toEqual([]);
      expect(complaints).toEqual([]);
      expect(hub.requests).toContainEqual(expect.stringMatching(/^GET \/assets\/main-[A-Z0-9]{8}\.js$/));
    });
  });

  describe('numbers', () => {
    beforeEach(() => enter());

    it('stand with their age, state, source and origin', async () => {
      expect(await text('Heart rate')).toMatch(
        /^Heart rate 72 \/min Live (just now|\d s ago) Watch simulated/,
      );
      expect(await text('Respiratory rate')).toMatch(/16 \/min Delayed 5\d s ago/);
      expect(await text('Blood pressure')).toMatch(/mmHg Current (119|120|121) min ago|mmHg Current 2 h ago/);
    });

    it('are struck when stale, words when absent, and never a zero when never seen', async () => {
      const tomas = /^Tomás/;
      await page.goBack();
      await inList(tomas).click();
      const region = page.getByRole('region', { name: tomas });
      const rate = region.getByRole('button', { name: /^Heart rate/ });
      expect(await rate.locator('s').innerText()).toBe('92');
      expect((await rate.innerText()).replaceAll(/\s+/g, ' ')).toContain('Stale 12 min old');
      const spo2 = (await region.getByRole('button', { name: /^Oxygen/ }).innerText()).replaceAll(
        /\s+/g,
        ' ',
      );
      expect(spo2).toContain('Sensor off Absent for 12 min, last 9');
      expect(await region.getByText('Never seen').count()).toBe(2);
    });

    it('that came late say so', async () => {
      await page.goBack();
      await inList(/^Tomás/).click();
      const region = page.getByRole('region', { name: /^Tomás/ });
      const late = (await region.getByRole('button', { name: /^Body/ }).innerText()).replaceAll(/\s+/g, ' ');
      expect(late).toMatch(/38\.1.*uncertain signal.*measured 31 h ago, received (just now|\d+ s ago)/);
    });

    it('change as the feed says, and with them the batch and the links', async () => {
      hub.say({ type: 'readings', now, readings: [number('57.1.90', 'heart-rate', 131, now)] });
      hub.say({ type: 'weather', now });
      hub.say({ type: 'batch', now, batch: { sequence: 57, end: now, entries: 1, ledgerSize: 58 } });
      hub.say({ type: 'link', now, device: 'watch-1', link: 'offline' });
      await expect.poll(() => text('Heart rate')).toContain('131');
      await expect
        .poll(() => page.locator('header').first().innerText())
        .toMatch(/No\. 57 sealed just now · 1 entry · ledger size 58/);
      expect(await page.getByRole('region', { name: 'Ada Nowak' }).innerText()).toMatch(/Watch\s+Offline/);
      expect(hub.feeds()).toBe(1);
    });

    it('age by the hub’s clock, not the browser’s', async () => {
      hub.say({ type: 'tick', now: now + 40 * 60_000 });
      await expect.poll(() => text('Heart rate')).toMatch(/Stale 40 min old/);
    });
  });

  describe('a feed that breaks', () => {
    it('is started anew after a gap', async () => {
      await enter();
      hub.say({ type: 'tick', now, feed: 5_000 });
      await expect.poll(() => page.getByText('A message of the feed is missing').count()).toBe(1);
      await expect.poll(() => hub.feeds()).toBe(2);
      await expect.poll(() => page.getByText('Link to the hub lost').count()).toBe(0);
    });

    it('is started anew after a malformed message, of which nothing is shown', async () => {
      await enter();
      const zero = { ...number('57.1.91', 'heart-rate', 0, now), absent: 'sensor-off' };
      hub.say({ type: 'readings', now, readings: [number('57.1.90', 'heart-rate', 199, now), zero] });
      await expect
        .poll(() => page.getByText('Feed error: reading.absent stands beside a value').count())
        .toBe(1);
      expect(await text('Heart rate')).toContain('72 /min Not live');
      await expect.poll(() => hub.feeds()).toBe(2);
    });

    it('makes no number live while the hub is away', async () => {
      await enter();
      hub.down = true;
      hub.cut();
      await expect.poll(() => page.getByText('Link to the hub lost').count()).toBe(1);
      expect(await page.locator('.state[data-state="live"]').count()).toBe(0);
      hub.down = false;
      await expect.poll(() => text('Heart rate'), { timeout: 15_000 }).toContain('Live');
    });

    it('is lost after 15 s of silence, by the page’s own timer', async () => {
      await page.clock.install();
      await enter();
      // The clock goes on besides: a busy machine has some seconds for each step.
      await page.clock.fastForward(8_000);
      expect(await page.getByText('Link to the hub lost').count()).toBe(0);
      hub.down = true;
      await page.clock.fastForward(8_000);
      const lost = page.getByText(/Nothing was heard from the hub for \d\d s/);
      await expect.poll(() => lost.count(), { timeout: 10_000 }).toBe(1);
    });

    it('asks for a login when the session has ended meanwhile', async () => {
      await enter();
      await context.clearCookies();
      hub.cut();
      await expect.poll(() => page.getByText('Your session has ended').count()).toBe(1);
    });
  });

  describe('verify', () => {
    beforeEach(() => enter());

    it('recomputes a real proof in the browser, by keyboard alone, and gives the focus back', async () => {
      prove(72);
      await tile('Heart rate').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => said().innerText()).toBe('Proven');
      const steps = await drawer().locator('.steps li').allInnerTexts();
      expect(steps.length).toBe(11);
      expect(steps.at(-1)).toContain('It is the reading that you clicked: number 57.1.14');
      expect(await drawer().innerText()).toContain('What this does not prove');
      expect(await drawer().locator('pre').innerText()).toBe(
        'heartwood verify heartwood-57.1.14.json --policy policy.txt',
      );
      await page.keyboard.press('Escape');
      expect(await drawer().count()).toBe(0);
      expect(await tile('Heart rate').evaluate((node) => node.matches(':focus'))).toBe(true);
    });

    it('keeps the very file that was checked', async () => {
      prove(72);
      await tile('Heart rate').click();
      const download = page.waitForEvent('download');
      await drawer().getByRole('button', { name: 'Keep the proof' }).click();
      const file = await download;
      expect(file.suggestedFilename()).toBe('heartwood-57.1.14.json');
      expect(await readFile(await file.path(), 'utf8')).toBe(hub.proofs.get(CLICKED)?.body);
    });

    it('waits for the next batch by itself', async () => {
      hub.proofs.set(CLICKED, { status: 409, body: '{"error":"not sealed yet"}' });
      await tile('Heart rate').click();
      await expect.poll(() => said().innerText()).toContain('Waiting for batch 57');
      prove(72);
      await expect.poll(() => said().innerText(), { timeout: 10_000 }).toBe('Proven');
    });

    it('finds out a hub that shows one number and proves another', async () => {
      prove(71);
      await tile('Heart rate').click();
      await expect.poll(() => said().innerText()).toContain('Not proven');
      const failed = await drawer().locator('.steps li[data-ok="false"]').allInnerTexts();
      expect(failed).toEqual([expect.stringContaining('another reading than the one that you clicked')]);
      expect(await drawer().innerText()).not.toContain('What this does not prove');
    });

    it('finds a changed byte, and survives a file that is no proof', async () => {
      prove(72);
      const good = hub.proofs.get(CLICKED)?.body ?? '';
      const body = good.replace(/("entry": ".{70})./, (_whole, before: string) => `${before}A`);
      expect(body).not.toBe(good);
      hub.proofs.set(CLICKED, { status: 200, body });
      await tile('Heart rate').click();
      await expect.poll(() => said().innerText()).toContain('Not proven');
      await page.keyboard.press('Escape');
      hub.proofs.set(CLICKED, { status: 200, body: '<html>' });
      await tile('Heart rate').click();
      await expect.poll(() => said().innerText()).toContain('Not proven');
      expect(complaints).toEqual([]);
    });

    it('says what the hub says about a reading it does not have', async () => {
      await tile('Heart rate').click();
      await expect.poll(() => said().innerText()).toContain('There is no such reading.');
    });

    it('verifies a row of the recent readings, which stand still meanwhile', async () => {
      prove(72);
      const region = page.getByRole('region', { name: 'Ada Nowak' });
      await region.getByText('Recent readings').click();
      const first = await region.locator('.recent tbody tr').first().innerText();
      hub.say({ type: 'readings', now, readings: [number('57.1.90', 'heart-rate', 131, now + 100)] });
      await expect.poll(() => text('Heart rate')).toContain('131');
      expect(await region.locator('.recent tbody tr').first().innerText()).toBe(first);
      await region.getByRole('button', { name: `Verify ${CLICKED}` }).click();
      await expect.poll(() => said().innerText()).toBe('Proven');
      await page.keyboard.press('Escape');
      await region.getByRole('button', { name: 'Show the newest' }).click();
      expect(await region.locator('.recent tbody tr').first().innerText()).toContain('131');
    });
  });

  describe.each(['light', 'dark'] as const)('for everybody, in %s', (colorScheme) => {
    const findings = () => axeFindings(page);

    it.each([360, 1440])(
      'has no finding of axe at %d px: logged out, live, lost, proven, unproven',
      async (width) => {
        await open({ colorScheme, viewport: { width, height: 800 } });
        await page.goto(hub.url);
        await page.getByLabel('Login code').waitFor();
        expect(await findings()).toEqual([]);

        await enter();
        await page.getByText('Recent readings').first().click();
        expect(await findings()).toEqual([]);

        prove(72);
        await tile('Heart rate').click();
        await expect.poll(() => said().innerText()).toBe('Proven');
        expect(await findings()).toEqual([]);
        await page.keyboard.press('Escape');
        prove(71);
        await tile('Heart rate').click();
        await expect.poll(() => said().innerText()).toContain('Not proven');
        expect(await findings()).toEqual([]);
        await page.keyboard.press('Escape');

        hub.down = true;
        hub.cut();
        await expect.poll(() => page.getByText('Link to the hub lost').count()).toBe(1);
        expect(await findings()).toEqual([]);
      },
    );
  });

  it.each([360, 768, 1440])(
    'fits %d px without scrolling sideways, every target large enough for a finger',
    async (width) => {
      await open({ viewport: { width, height: 800 } });
      await enter();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const targets = await page.locator('button, summary').evaluateAll((nodes) =>
        nodes.flatMap((node) => {
          const { width: across, height } = node.getBoundingClientRect();
          // What is not there at this width is no target.
          return across === 0 ? [] : [Math.min(across, height)];
        }),
      );
      expect(Math.min(...targets)).toBeGreaterThanOrEqual(44);
    },
  );

  it('shows what somebody should look at, the highest first, and takes an acknowledgement by keyboard alone', async () => {
    await enter(/^Tomás/);
    const alarms = page.getByRole('region', { name: 'Alarms' });
    await alarms.getByText('patch-4 is silent, link lost').first().waitFor();
    expect(await alarms.getByText('no new number').count()).toBe(0);
    await alarms.getByRole('button', { name: /^1 more of Tomás/ }).press('Enter');
    await alarms.getByText('Heart rate: no new number').first().waitFor();
    await alarms.getByRole('button', { name: /^Acknowledge.*patch-4/ }).press('Enter');
    expect(await alarms.getByLabel('Why').evaluate((box) => box.matches(':focus'))).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => hub.acknowledged.length).toBe(1);
    expect(hub.acknowledged[0]).toMatchObject({
      path: expect.stringMatching(/^\/api\/patients\/[0-9a-f]+\/alarms\/acknowledge$/),
      body: { condition: 'silent:patch-4', why: 'With the patient', minutes: 5 },
    });
    const acknowledged = { by: 'Nurse Okafor', at: now, why: 'With the patient', until: now + 300_000 };
    const [, tomas] = homeSnapshot(now)['patients'] as { id: string; alarms: object[] }[];
    hub.say({
      type: 'alarms',
      now,
      patient: tomas?.id,
      alarms: [{ ...tomas?.alarms[0], presence: 'acknowledged', acknowledged }],
    });
    await alarms.getByText('Nurse Okafor: With the patient').first().waitFor();
    expect(await alarms.getByRole('button', { name: /^Acknowledge/ }).count()).toBe(0);
  });

  it('reads a high alarm out', async () => {
    await enter();
    const [ada] = homeSnapshot(now)['patients'] as { id: string }[];
    const facts = { measure: 'heart-rate', limit: 150, unit: '/min', value: 172 };
    const high = {
      condition: 'heart-rate-very-high',
      priority: 'high',
      presence: 'on',
      episode: 1,
      raised: now,
      facts,
    };
    hub.say({ type: 'alarms', now, patient: ada?.id, alarms: [high] });
    await page
      .getByRole('alert')
      .getByText('High alarm. Ada Nowak: Heart rate above 150 /min: 172 when it began.')
      .waitFor();
    const first = page.getByRole('region', { name: 'Alarms' }).locator('.alarm').first();
    expect(await first.textContent()).toContain('Ada Nowak');
  });

  it('draws the waveform, and can be told to freeze it', async () => {
    await open({ reducedMotion: 'no-preference' });
    await enter();
    const strip = page.locator('figure[data-kind="ecg"]');
    const inked = (): Promise<number> =>
      strip.locator('canvas.trace').evaluate((node) => {
        const canvas = node as unknown as {
          width: number;
          height: number;
          getContext: (kind: '2d') => Paper;
        };
        type Paper = { getImageData: (...box: number[]) => { data: Uint8ClampedArray } };
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 3 && value > 0).length;
      });
    await expect.poll(inked, { timeout: 10_000 }).toBeGreaterThan(500);
    await strip.getByRole('button', { name: 'Freeze ECG' }).click();
    expect(await strip.innerText()).toContain('Frozen');
  });
});
