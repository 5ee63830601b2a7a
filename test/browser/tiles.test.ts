// A tile in each of its six states: what it says, and that it looks like no other.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { number } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { statesSnapshot } from './page-states.ts';

const PATIENCE = { timeout: 10_000, interval: 50 };

describe.skipIf(!hasChromium)(`tiles${needsChromium}`, () => {
  let browser: Browser;
  let hub: PageHub;
  let context: BrowserContext;
  let page: Page;
  let now: number;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    now = Date.now();
    hub = await startPageHub(statesSnapshot(now));
    context = await browser.newContext({
      reducedMotion: 'reduce',
      locale: 'en-GB',
      viewport: { width: 1_440, height: 900 },
    });
    page = await context.newPage();
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await tile('heart-rate').waitFor();
  });
  afterEach(async () => {
    await context.close();
    await hub.close();
  });
  const tile = (kind: string) => page.locator(`.tiles li[data-kind="${kind}"] .tile`);
  const text = async (kind: string): Promise<string> =>
    (await tile(kind).innerText()).replaceAll(/\s+/g, ' ').trim();

  it('say their state, number, unit, age, limits and source, and nothing that is not known', async () => {
    expect(await text('heart-rate')).toMatch(
      /^Heart rate , limits 45–140 72 \/min Live (just now|\d s ago) Watch simulated/,
    );
    expect(await text('spo2')).toMatch(
      /^Oxygen saturation , limits ≥ 91 96 % Delayed 4\d s ago Watch simulated/,
    );
    expect(await text('respiratory-rate')).toMatch(
      /^Respiratory rate , limits ≤ 25 17 \/min Stale 12 min old Watch/,
    );
    expect(await text('body-temperature')).toMatch(
      /^Body temperature , limits 35.1–39 Sensor off Absent for 5 min, last 36.8 °C 9 min ago Watch/,
    );
    expect(await text('glucose')).toMatch(/^Glucose Artefact Absent for 2 min, no number before Watch/);
    expect(await text('blood-pressure')).toBe('Blood pressure , limits 91–179 Never seen');
  });

  it('strike what is stale, and nothing else', async () => {
    expect(await page.locator('.tiles s').allInnerTexts()).toEqual(['17']);
    const drawn = await page.evaluate(
      `getComputedStyle(document.querySelector('.tiles s')).textDecorationLine`,
    );
    expect(drawn).toBe('line-through');
  });

  it('wear no colour of an alarm', async () => {
    const colours = await page.evaluate<
      string[]
    >(`[...document.querySelectorAll('.tiles *')].flatMap((node) => {
      const { color, backgroundColor, borderTopColor } = getComputedStyle(node);
      return [color, backgroundColor, borderTopColor];
    })`);
    expect(colours.length).toBeGreaterThan(100);
    // The very ones, and whatever is as strong and of their hue.
    const strong = [...new Set(colours)].filter((colour) => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = colour.match(/[\d.]+/g)?.map(Number) ?? [];
      const [least, most] = [Math.min(red, green, blue), Math.max(red, green, blue)];
      if (alpha === 0 || most < 120 || (most - least) / most < 0.6) return false;
      const isRed = red === most && green < most * 0.4;
      const isYellow = red === most && green > most * 0.75;
      const isCyan = red === least && Math.abs(green - blue) < most * 0.2;
      return isRed || isYellow || isCyan;
    });
    expect(strong).toEqual([]);
  });

  it('go from one state to the next with the clock and the feed', async () => {
    hub.say({ type: 'tick', now: now + 20_000 });
    await expect.poll(() => text('heart-rate'), PATIENCE).toMatch(/Delayed 2\d s ago/);
    hub.say({ type: 'tick', now: now + 90_000 });
    await expect.poll(() => text('heart-rate'), PATIENCE).toMatch(/Stale 9\d s old/);
    hub.say({
      type: 'readings',
      now: now + 91_000,
      readings: [number('58.1.1', 'heart-rate', 74, now + 91_000)],
    });
    await expect.poll(() => text('heart-rate'), PATIENCE).toMatch(/74 \/min Live/);
    const { value: _, ...off } = number('58.1.2', 'heart-rate', 0, now + 92_000);
    hub.say({ type: 'readings', now: now + 92_000, readings: [{ ...off, absent: 'sensor-off' }] });
    await expect
      .poll(() => text('heart-rate'), PATIENCE)
      .toMatch(/Sensor off Absent for \d s, last 74 \/min/);
  });
});
