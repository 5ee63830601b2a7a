// Patients side by side, in a real browser before a hub of paper: chosen in the list, kept in the address, each with name,
// score, alarm, two large numbers with their age, and an ECG as it comes; by pointer and by keys alone.

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { ecg, number } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { wardAlarm, wardId, wardName, wardSnapshot } from './page-ward.ts';

/** For what takes a frame of the screen, or a busy machine. */
const PATIENCE = { timeout: 10_000, interval: 50 };

describe.skipIf(!hasChromium)(`patients side by side${needsChromium}`, () => {
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

  const shape = (i: number) => ({ patient: wardId(i), device: `watch-${i}`, origin: 'wearable' });
  /** The first three of twelve have an ECG, the second a high alarm, and the ninth a medium one. */
  async function open(hash: string, options: BrowserContextOptions = {}): Promise<void> {
    now = Date.now();
    const snapshot = wardSnapshot(12, now);
    const patients = snapshot['patients'] as { alarms: object[]; recent: Record<string, object[]> }[];
    for (const [i, patient] of patients.entries())
      if (i < 3)
        patient.recent['ecg'] = [2, 1].map((n) => ecg(`56.${i + 1}.${90 + n}`, now - n * 1_000, shape(i)));
    patients[1]?.alarms.push(wardAlarm('heart-rate-very-high', 'high', now));
    patients[8]?.alarms.push(wardAlarm('heart-rate-high', 'medium', now));
    hub = await startPageHub(snapshot);
    context = await browser.newContext({
      reducedMotion: 'reduce',
      locale: 'en-GB',
      viewport: { width: 1_440, height: 900 },
      ...options,
    });
    page = await context.newPage();
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page.locator('li.row').first().waitFor();
    if (hash !== '') await page.evaluate(`location.hash = '${hash}'`);
  }
  const wall = (...places: number[]): string => `#/watch?p=${places.map(wardId).join(',')}`;
  const pane = (i: number) => page.getByRole('article', { name: wardName(i) });
  const hash = (): Promise<string> => page.evaluate('location.hash');
  const focused = (): Promise<string> => page.evaluate('document.activeElement?.textContent ?? ""');
  /** How much ink a patient's trace has; 0 until it is drawn. */
  const ink = (i: number): Promise<number> =>
    page.evaluate(`(() => {
      const canvas = document.querySelector('.pane[data-id="${wardId(i)}"] canvas.trace');
      if (!canvas?.width || !canvas.height) return 0;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let inked = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] > 127) inked++;
      return inked;
    })()`);

  it('show who, how ill, what alarms, two numbers with their age, and an ECG each', async () => {
    await open(wall(0, 1, 3));
    await pane(1).waitFor();
    expect(await page.getByRole('article').count()).toBe(3);
    const second = (await pane(1).innerText()).replaceAll(/\s+/g, ' ');
    expect(second).toContain('NEWS2 at least 0, from 4 of 7 inputs');
    expect(second).toContain('High alarm: Heart rate above 150 /min');
    expect(second).toMatch(/Heart rate \/min [\d.]+ Live (just now|\d+ s ago)/);
    expect(second).toMatch(/Oxygen saturation % [\d.]+ Live (just now|\d+ s ago)/);
    await expect.poll(() => ink(0), PATIENCE).toBeGreaterThan(300);
    await expect.poll(() => ink(1), PATIENCE).toBeGreaterThan(300);
    const trace = pane(0).getByRole('img');
    expect(await trace.getAttribute('aria-label')).toBe(`ECG, ${wardName(0)}, moving trace`);
    expect(await pane(3).innerText()).toContain('No waveform comes from this patient.');
    // Somebody who is not here waits, and is not forgotten.
    expect(await page.getByRole('navigation', { name: 'Back' }).innerText()).toContain('1 medium');
    const sizes = await page.evaluate<number[]>(
      `[...document.querySelectorAll('.large')].map((one) => Number.parseFloat(getComputedStyle(one).fontSize))`,
    );
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(28);
  });

  it('follow the feed: a number, its absence, its age, an alarm, and the trace', async () => {
    await open(wall(0, 1));
    await expect.poll(() => ink(0), PATIENCE).toBeGreaterThan(300);
    const before = await ink(0);
    hub.say({
      type: 'readings',
      now: now + 1_000,
      readings: [
        number('57.1.900', 'heart-rate', 142, now + 1_000, shape(0)),
        ecg('57.1.901', now, shape(0)),
      ],
    });
    await expect.poll(() => pane(0).innerText(), PATIENCE).toContain('142');
    await expect.poll(() => ink(0), PATIENCE).toBeGreaterThan(before);
    const { value: _, ...absent } = number('57.1.902', 'heart-rate', 0, now + 2_000, shape(0));
    hub.say({ type: 'readings', now: now + 2_000, readings: [{ ...absent, absent: 'sensor-off' }] });
    await expect.poll(() => pane(0).innerText(), PATIENCE).toContain('Sensor off');
    hub.say({ type: 'tick', now: now + 200_000 });
    await expect.poll(() => pane(1).locator('s').count(), PATIENCE).toBe(2);
    hub.say({
      type: 'alarms',
      now: now + 200_000,
      patient: wardId(0),
      alarms: [wardAlarm('spo2-low', 'medium', now)],
    });
    await expect.poll(() => pane(0).locator('[data-priority="medium"]').count(), PATIENCE).toBe(1);
  });

  it('are drawn a few columns at a time as the whole would be', async () => {
    await open(wall(0), { reducedMotion: 'no-preference' });
    await expect.poll(() => ink(0), PATIENCE).toBeGreaterThan(300);
    const inked = await ink(0);
    for (let second = 0; second < 3; second++)
      hub.say({
        type: 'readings',
        now: now + second * 1_000,
        readings: [ecg(`57.1.9${second}`, now + second * 1_000, shape(0))],
      });
    await expect.poll(() => ink(0), PATIENCE).toBeGreaterThan(inked + 200);
    // Behind the pen nothing changes when all of it is drawn anew.
    const [moved, anew] = await page.evaluate<[number[], number[]]>(`(async () => {
      const canvas = document.querySelector('canvas.trace');
      const rows = () => {
        const { width, height } = canvas;
        const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
        return Array.from({ length: width }, (_, x) => {
          for (let y = 0; y < height; y++) if (data[(y * width + x) * 4 + 3] > 127) return y;
          return -1;
        });
      };
      const before = rows();
      document.documentElement.dataset.drawn = 'anew';
      await new Promise((done) => setTimeout(done));
      return [before, rows()];
    })()`);
    const pen = moved.findLastIndex((row) => row >= 0);
    const behind = moved.flatMap((row, x) =>
      x < pen - 30 && Math.abs(row - (anew[x] ?? -9)) > 1 ? [x] : [],
    );
    expect(pen).toBeGreaterThan(200);
    expect(behind).toEqual([]);
  });

  it('are chosen in the list by key and by button, four at most, and kept in the address', async () => {
    await open('');
    const button = (i: number) => page.getByRole('button', { name: `Watch ${wardName(i)}`, exact: true });
    await page.keyboard.press('j');
    await page.keyboard.press('w');
    // The first row is the one with the high alarm.
    await expect.poll(hash, PATIENCE).toBe(`#/?watch=${wardId(1)}`);
    await page.keyboard.press('w');
    await expect.poll(hash, PATIENCE).toBe('#/');
    await page.keyboard.press('w');
    for (const i of [0, 2, 3]) await button(i).click();
    await expect.poll(hash, PATIENCE).toBe(`#/?watch=${[1, 0, 2, 3].map(wardId).join(',')}`);
    expect(await button(4).getAttribute('aria-disabled')).toBe('true');
    await button(4).click({ force: true });
    expect(await hash()).toBe(`#/?watch=${[1, 0, 2, 3].map(wardId).join(',')}`);
    expect(await button(0).getAttribute('aria-pressed')).toBe('true');
    await page.reload();
    await page.getByRole('button', { name: 'Watch 4 of 4 side by side' }).click();
    await pane(3).waitFor();
    expect(await hash()).toBe(wall(1, 0, 2, 3));
    await page.goBack();
    await expect.poll(hash, PATIENCE).toBe(`#/?watch=${[1, 0, 2, 3].map(wardId).join(',')}`);
  });

  it('are gone through, answered, taken off and left by keys alone', async () => {
    await open(wall(0, 1));
    await pane(1).waitFor();
    await expect.poll(focused, PATIENCE).toBe('Side by side');
    await page.keyboard.press('j');
    await expect.poll(focused, PATIENCE).toBe(wardName(0));
    await page.keyboard.press('j');
    await expect.poll(focused, PATIENCE).toBe(wardName(1));
    await page.keyboard.press('a');
    await page.getByRole('dialog', { name: wardName(1) }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: wardName(1) }).waitFor({ state: 'hidden' });
    await pane(1)
      .getByRole('link', { name: wardName(1) })
      .focus();
    await page.keyboard.press('w');
    await expect.poll(hash, PATIENCE).toBe(wall(0));
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: wardName(0) }).waitFor();
    await page.goBack();
    await pane(0).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(hash, PATIENCE).toBe(`#/?watch=${wardId(0)}`);
  });

  it('have nothing to say of who is not there, and forget who may be seen no longer', async () => {
    await open(`#/watch?p=${'f'.repeat(32)},${wardId(0)}`);
    await pane(0).waitFor();
    const nobody = page.getByText('There is no such patient, or you may not see them.');
    expect(await nobody.count()).toBe(1);
    const { patients } = hub.snapshot as { patients: object[] };
    hub.say({ type: 'patients', now, patients: patients.slice(1) });
    await expect.poll(() => nobody.count(), PATIENCE).toBe(2);
    expect(await page.locator('main').innerText()).not.toContain(wardName(0));
  });

  it('make nothing live while the hub is away', async () => {
    await open(wall(0, 1));
    await pane(1).waitFor();
    hub.down = true;
    hub.cut();
    await page.getByText('Link to the hub lost').waitFor();
    await expect.poll(() => page.locator('.pane .state[data-state="live"]').count(), PATIENCE).toBe(0);
    expect(await pane(0).innerText()).toContain('Not live');
  });

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it.each([360, 768, 1_440])(
      'fit %d px, without a finding of axe and with targets for a finger',
      async (width) => {
        await open(wall(0, 1, 2, 3), { colorScheme, viewport: { width, height: 900 } });
        await expect.poll(() => ink(2), PATIENCE).toBeGreaterThan(300);
        expect(await axeFindings(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(
          0,
        );
        const small = await page.locator('main :is(button, a)').evaluateAll((all) =>
          all.flatMap((one) => {
            const { width: wide, height } = one.getBoundingClientRect();
            return wide < 44 || height < 44 ? [one.outerHTML] : [];
          }),
        );
        expect(small).toEqual([]);
      },
    );
  });

  it('all four stand on one screen of a station', async () => {
    await open(wall(0, 1, 2, 3));
    await expect.poll(() => ink(2), PATIENCE).toBeGreaterThan(300);
    const ends = await page
      .locator('.pane')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().bottom));
    expect(ends).toHaveLength(4);
    expect(Math.max(...ends)).toBeLessThanOrEqual(900);
  });
});
