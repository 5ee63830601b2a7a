// The charts of a patient in a real browser, on a past whose truth is known: a second in which the heart raced, an hour
// without a sensor, an alarm that somebody answered.

import type { HubEvent } from '@heartwood/vitals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { eventsOf, historyOf, type Past } from './page-history.ts';
import { homeSnapshot, number } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { eventBundle, proofPolicy } from './page-proof.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];
/** For what takes a request and a frame of the screen, or a busy machine. */
const PATIENCE = { timeout: 10_000, interval: 50 };
/** As chart.ts has them, CSS pixels. */
const [LEFT_PX, RIGHT_PX] = [44, 10];

describe.skipIf(!hasChromium)(`the charts${needsChromium}`, () => {
  let browser: Browser;
  let hub: PageHub;
  let context: BrowserContext;
  let page: Page;
  let now: number;
  let past: Past;
  let complaints: string[];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    now = Date.now();
    past = { now, gapFrom: now - 3 * HOUR, gapMs: HOUR, spikeAt: now - 30 * MINUTE, spike: 188 };
    hub = await startPageHub(homeSnapshot(now));
    hub.history = historyOf(past);
    hub.events = eventsOf(now);
    hub.policy = proofPolicy();
    await open({ viewport: { width: 1_440, height: 900 } });
  });
  afterEach(async () => {
    await context.close();
    await hub.close();
  });

  async function open(options: Parameters<Browser['newContext']>[0]): Promise<void> {
    await context?.close();
    context = await browser.newContext({
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'Europe/London',
      ...options,
    });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
    });
  }
  async function enter(): Promise<void> {
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page
      .getByRole('list', { name: /^Patients/ })
      .getByRole('link', { name: 'Ada Nowak' })
      .click();
    await chart('Heart rate').waitFor();
    await expect.poll(async () => (await inkOf('heart-rate')).length, PATIENCE).toBeGreaterThan(100);
  }
  const trends = () => page.getByRole('region', { name: 'Trends' });
  const chart = (name: string) => trends().getByRole('figure', { name });
  const button = (name: string) => trends().getByRole('button', { name, exact: true });
  /** Columns of the paper in which the trace has ink, with the highest row of it; places from 0 to 1. */
  const inkOf = (kind: string): Promise<{ place: number; row: number; height: number }[]> =>
    page.evaluate(`(() => {
      const paper = document.querySelector('.chart[data-kind="${kind}"] .chart-paper');
      const canvas = paper?.querySelector('canvas');
      if (!canvas) return [];
      const { width, height } = canvas;
      const rgb = getComputedStyle(paper).color.match(/\\d+/g).slice(0, 3).map(Number);
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      const all = [];
      for (let x = ${LEFT_PX}; x < width - ${RIGHT_PX}; x++)
        for (let row = 0; row < height; row++) {
          const at = (row * width + x) * 4;
          if (data[at + 3] < 100 || rgb.some((one, i) => Math.abs(one - data[at + i]) > 12)) continue;
          all.push({ place: (x - ${LEFT_PX}) / (width - ${LEFT_PX} - ${RIGHT_PX}), row, height });
          break;
        }
      return all;
    })()`);
  const placeOf = (time: number, spanMs: number): number => 1 - (now - time) / spanMs;

  it('come with their style, under the hub’s strict policy, only when somebody is looked at', async () => {
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page
      .getByRole('list', { name: /^Patients/ })
      .getByRole('link', { name: 'Ada Nowak' })
      .waitFor();
    // By the page itself: a service worker may fetch ahead what it keeps for a day without the hub.
    const asked = (): Promise<string[]> =>
      page.evaluate(`performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)`);
    const ofCharts = (path: string): boolean => /\/(trends|charts)-[A-Z0-9]{8}\.(js|css)$/.test(path);
    expect((await asked()).filter(ofCharts)).toEqual([]);
    await page
      .getByRole('list', { name: /^Patients/ })
      .getByRole('link', { name: 'Ada Nowak' })
      .click();
    for (const name of [
      'Heart rate',
      'Blood pressure',
      'Oxygen saturation',
      'Respiratory rate',
      'Body temperature',
    ])
      await chart(name).waitFor();
    // A battery is a device's.
    expect(await chart('Battery').count()).toBe(0);
    expect((await asked()).filter(ofCharts)).toHaveLength(2);
    await expect.poll(async () => (await inkOf('spo2')).length, PATIENCE).toBeGreaterThan(100);
    expect(complaints).toEqual([]);
    expect(await page.locator('style').count()).toBe(0);
  });

  it.each([
    ['1 h', HOUR],
    ['6 h', 6 * HOUR],
    ['24 h', 24 * HOUR],
    ['7 d', 168 * HOUR],
    ['30 d', 720 * HOUR],
  ])('never hide one fast second, over %s', async (name, spanMs) => {
    await enter();
    await button(name).click();
    const place = placeOf(past.spikeAt, spanMs);
    // The scale makes room for it, so that its ink is near the top and all other ink is not.
    const tops = async (): Promise<{ near: number; far: number }> => {
      const ink = await inkOf('heart-rate');
      const high = ink.filter(({ row, height }) => row < height * 0.2);
      const isNear = ({ place: at }: { place: number }): boolean => Math.abs(at - place) < 0.02;
      return { near: high.filter(isNear).length, far: high.filter((one) => !isNear(one)).length };
    };
    await expect.poll(async () => (await tops()).near, PATIENCE).toBeGreaterThan(0);
    expect((await tops()).far).toBe(0);
  });

  it('leave the paper blank where nothing was measured', async () => {
    await enter();
    const [from, to] = [past.gapFrom, past.gapFrom + past.gapMs].map((time) => placeOf(time, 6 * HOUR)) as [
      number,
      number,
    ];
    for (const kind of ['heart-rate', 'spo2', 'respiratory-rate', 'body-temperature']) {
      const between = async (low: number, high: number): Promise<number> =>
        (await inkOf(kind)).filter(({ place }) => place > low && place < high).length;
      await expect.poll(() => between(from - 0.1, from - 0.01), PATIENCE).toBeGreaterThan(20);
      expect(await between(from + 0.01, to - 0.01), kind).toBe(0);
    }
  });

  it('keep their time in the address, where it can be sent, loaded again and gone back from', async () => {
    await enter();
    await button('24 h').click();
    await expect.poll(() => page.url(), PATIENCE).toMatch(/\?span=24h$/);
    await button('Earlier').click();
    await expect.poll(() => page.url(), PATIENCE).toMatch(/\?span=24h&end=\d+$/);
    const address = page.url();
    await page.reload();
    await chart('Heart rate').waitFor();
    expect(page.url()).toBe(address);
    expect(await button('24 h').getAttribute('aria-pressed')).toBe('true');
    expect(await button('Now').getAttribute('aria-pressed')).toBe('false');
    await button('Zoom in').click();
    await expect.poll(() => page.url(), PATIENCE).toMatch(/\?span=6h&end=\d+$/);
    await button('Now').click();
    await expect.poll(() => page.url(), PATIENCE).toMatch(/\?span=6h$/);
    // A search, not a journey: one step back is the list.
    await page.goBack();
    await page.getByRole('list', { name: /^Patients/ }).waitFor();
  });

  it('are read at one moment together, by keyboard, in words', async () => {
    await enter();
    await button('1 h').click();
    const slider = trends().getByRole('slider', { name: 'Moment' });
    await slider.focus();
    await page.keyboard.press('Home');
    await expect
      .poll(() => slider.getAttribute('aria-valuetext'), PATIENCE)
      .toMatch(/\d\d:\d\d:\d\d\. Heart rate \d+.*\/min, .*Oxygen saturation \d+.*%/);
    const first = await slider.getAttribute('aria-valuetext');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => slider.getAttribute('aria-valuetext'), PATIENCE).not.toBe(first);
    expect(await chart('Oxygen saturation').locator('.chart-value').innerText()).toMatch(/^[\d.–, mean]+ %$/);
    await page.keyboard.press('End');
    await expect.poll(() => slider.getAttribute('aria-valuetext'), PATIENCE).toMatch(/^the newest/);
  });

  it('say of a gap that there is no number', async () => {
    await enter();
    const box = await chart('Heart rate').locator('.u-over').boundingBox();
    if (box === null) throw new Error('there is no paper');
    const middle = placeOf(past.gapFrom + past.gapMs / 2, 6 * HOUR);
    await page.mouse.move(box.x + box.width * middle, box.y + 30);
    await expect
      .poll(() => chart('Heart rate').locator('.chart-value').innerText(), PATIENCE)
      .toBe('no number');
    // The pointer is read in every chart.
    await expect
      .poll(() => chart('Oxygen saturation').locator('.chart-value').innerText(), PATIENCE)
      .toBe('no number');
    await page.mouse.move(box.x + box.width * (middle - 0.2), box.y + 30);
    await expect
      .poll(() => chart('Heart rate').locator('.chart-value').innerText(), PATIENCE)
      .toMatch(/\/min$/);
  });

  it('go closer where somebody drags over them', async () => {
    await enter();
    const box = await chart('Heart rate').locator('.u-over').boundingBox();
    if (box === null) throw new Error('there is no paper');
    await page.mouse.move(box.x + box.width * 0.1, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.2, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => page.url(), PATIENCE).toMatch(/\?span=1h&end=\d+$/);
  });

  it('grow by what the feed tells', async () => {
    await enter();
    await button('1 h').click();
    await expect.poll(async () => (await inkOf('heart-rate')).length, PATIENCE).toBeGreaterThan(100);
    const lastHigh = async (): Promise<number> =>
      (await inkOf('heart-rate')).filter(({ place, row, height }) => place > 0.97 && row < height * 0.2)
        .length;
    expect(await lastHigh()).toBe(0);
    hub.say({ type: 'readings', now, readings: [number('57.1.90', 'heart-rate', 197, now + 500)] });
    await expect.poll(lastHigh, PATIENCE).toBeGreaterThan(0);
  });

  it('have each their table, by pages, the newest first', async () => {
    await enter();
    await button('1 h').click();
    await trends().getByText('Table of Heart rate').click();
    const table = trends().getByRole('table', { name: /^Heart rate, page 1 of/ });
    await table.waitFor();
    expect(await table.getByRole('row').count()).toBe(26);
    const times = async (): Promise<string[]> =>
      trends().locator('figure[data-kind="heart-rate"] th[scope="row"]').allInnerTexts();
    const first = await times();
    expect(first.toSorted().toReversed()).toEqual(first);
    await trends().getByRole('button', { name: 'Older rows of the table of Heart rate' }).click();
    await trends()
      .getByRole('table', { name: /^Heart rate, page 2 of/ })
      .waitFor();
    expect(await times()).not.toEqual(first);
    await trends().getByText('Table of Blood pressure').click();
    const heads = trends()
      .getByRole('table', { name: /^Blood pressure/ })
      .getByRole('columnheader');
    await expect
      .poll(() => heads.allInnerTexts(), PATIENCE)
      .toEqual(['Time', 'systolic', 'diastolic', 'mean']);
  });

  it('say times by the patient’s clock too, where it shows another', async () => {
    hub.zone = 'Asia/Tokyo';
    await enter();
    await expect
      .poll(() => page.getByRole('region', { name: 'Ada Nowak' }).innerText(), PATIENCE)
      .toMatch(/it is (\d{4}-\d\d-\d\d )?\d\d:\d\d in Asia\/Tokyo/);
    await trends().getByText('Table of Heart rate').click();
    expect(await trends().locator('th[scope="row"]').first().innerText()).toMatch(
      /\(.*\d\d:\d\d in Asia\/Tokyo\)$/,
    );
  });

  describe('what happened', () => {
    const list = () => trends().locator('.happened');
    it('is marked above and listed below, in words', async () => {
      await enter();
      await expect.poll(() => trends().locator('.lane span').count(), PATIENCE).toBeGreaterThan(0);
      await list().getByText('What happened in this time').click();
      await expect.poll(() => list().getByRole('row').count(), PATIENCE).toBe(5);
      const rows = await list().getByRole('row').allInnerTexts();
      expect(rows.join('\n')).toContain('Nurse Okafor knows: Heart rate above 130 /min (With the patient)');
      expect(rows.join('\n')).toContain('Alarm: Heart rate 141 /min, above 130');
      expect(rows.join('\n')).toContain('watch-1 measures this patient');
    });

    it('is proved like a reading, and found out where the proof is of something else', async () => {
      const { events } = JSON.parse(hub.events ?? '') as { events: (HubEvent & { id: string })[] };
      const raised = events.find(({ name }) => name === 'alarm-raised');
      if (raised === undefined) throw new Error('no alarm was raised');
      const prove = (detail: HubEvent['detail']): void => {
        const body = eventBundle({ ...raised, detail }, raised.at + 10_000);
        hub.proofs.set(raised.id, { status: 200, body });
      };
      prove(raised.detail);
      await enter();
      await list().getByText('What happened in this time').click();
      await list()
        .getByRole('button', { name: `Verify ${raised.id}` })
        .click();
      const drawer = page.getByRole('dialog');
      await expect.poll(() => drawer.getByRole('status').innerText(), PATIENCE).toBe('Proven');
      expect(await drawer.innerText()).toContain('Alarm: Heart rate 141 /min, above 130');
      expect(await drawer.innerText()).toContain('It is the event that you clicked');
      const kept = page.waitForEvent('download');
      await drawer.getByRole('button', { name: 'Keep the proof' }).click();
      expect((await kept).suggestedFilename()).toBe(`heartwood-${raised.id}.json`);
      await page.keyboard.press('Escape');

      prove({ ...raised.detail, value: 121 });
      await list()
        .getByRole('button', { name: `Verify ${raised.id}` })
        .click();
      await expect.poll(() => drawer.getByRole('status').innerText(), PATIENCE).toContain('Not proven');
    });
  });

  it('have an alarm proved from its bar: looked up in the record, then recomputed', async () => {
    const facts = { measure: 'heart-rate', limit: 130, unit: '/min', value: 141 };
    const alarm = { condition: 'heart-rate-high', priority: 'medium', presence: 'on', episode: 3 };
    const [ada] = hub.snapshot['patients'] as { id: string }[];
    const { events } = JSON.parse(hub.events ?? '') as { events: (HubEvent & { id: string })[] };
    const raised = events.find(({ name }) => name === 'alarm-raised');
    if (raised === undefined) throw new Error('no alarm was raised');
    hub.proofs.set(raised.id, { status: 200, body: eventBundle(raised, raised.at + 10_000) });
    await enter();
    const told = { ...alarm, raised: raised.at, facts };
    hub.say({ type: 'alarms', now, patient: ada?.id, alarms: [told] });
    await page.getByRole('button', { name: /^Proof: Ada Nowak, Heart rate above 130/ }).click();
    const drawer = page.getByRole('dialog');
    await expect.poll(() => drawer.getByRole('status').innerText(), PATIENCE).toBe('Proven');
    expect(await drawer.innerText()).toContain(`Proof of event ${raised.id}`);
    await page.keyboard.press('Escape');
    // Another episode is another alarm.
    hub.say({ type: 'alarms', now, patient: ada?.id, alarms: [{ ...told, episode: 4 }] });
    await page.getByRole('button', { name: /^Proof: Ada Nowak, Heart rate above 130/ }).click();
    await page.getByText('The hub has no record of this alarm.').waitFor();
    expect(await drawer.count()).toBe(0);
  });

  it('say so where the hub gives no numbers, and ask again', async () => {
    const { history } = hub;
    hub.history = undefined;
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page
      .getByRole('list', { name: /^Patients/ })
      .getByRole('link', { name: 'Ada Nowak' })
      .click();
    await trends().getByText('The hub did not give the numbers (it answered 404).').waitFor();
    hub.history = history;
    await trends().getByRole('button', { name: 'Try again' }).click();
    await expect.poll(async () => (await inkOf('heart-rate')).length, PATIENCE).toBeGreaterThan(100);
  });

  describe.each(['light', 'dark'] as const)('for everybody, in %s', (colorScheme) => {
    it.each([360, 768, 1440])('fit %d px, with no finding of axe, all opened', async (width) => {
      await open({ colorScheme, viewport: { width, height: 900 } });
      hub.zone = 'Europe/Berlin';
      await enter();
      await trends().getByText('Table of Heart rate').click();
      await trends().getByText('What happened in this time').click();
      await page.getByRole('button', { name: 'Caliper on ECG' }).click();
      await page.getByText('Millimetres on this screen').click();
      await expect.poll(() => page.locator('.happened tbody tr').count(), PATIENCE).toBeGreaterThan(0);
      expect(await axeFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const small = await page.locator('.patient button, .patient summary').evaluateAll(
        (nodes) =>
          nodes.filter((node) => {
            const box = node.getBoundingClientRect();
            return Math.min(box.width, box.height) < 44;
          }).length,
      );
      expect(small).toBe(0);
    });
  });
});
