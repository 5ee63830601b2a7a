// What the hub held back, on the page of a patient in a real browser: counted, listed in words, and proved like a reading.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { homeSnapshot } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { eventBundle, proofPolicy } from './page-proof.ts';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** For what takes a request and a frame of the screen, or a busy machine. */
const PATIENCE = { timeout: 10_000, interval: 50 };

describe.skipIf(!hasChromium)(`what was held back${needsChromium}`, () => {
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
    hub = await startPageHub(homeSnapshot(now));
    hub.policy = proofPolicy();
    context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' });
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await hub.close();
  });

  const held = (id: string, at: number, detail: Record<string, string | number>) => ({
    id,
    at,
    name: 'alarm-held-back',
    detail: { slot: 1, priority: 'high', ...detail },
  });
  const says = (events: readonly object[]): void => {
    hub.events = JSON.stringify({ from: 0, to: now, events });
  };
  const list = () => page.getByRole('region', { name: 'Trends' }).locator('.held-back');
  async function enter(): Promise<void> {
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page
      .getByRole('list', { name: /^Patients/ })
      .getByRole('link', { name: 'Ada Nowak' })
      .click();
    await list().waitFor();
  }

  it('is counted of the day, also where there was nothing', async () => {
    says([]);
    await enter();
    await expect.poll(() => list().locator('summary').innerText(), PATIENCE).toBe('Held back: none today');
  });

  it('is listed in words, the newest first, and leads to its proof', async () => {
    const tachycardia = held('41.0.0', now - 30_000, {
      condition: 'ecg-tachycardia',
      because: 'poor-signal',
      limit: 150,
      value: 188,
    });
    const asystole = held('42.0.1', now - 10_000, {
      condition: 'asystole',
      because: 'pulse',
      seconds: 5,
      pulse: 72,
    });
    const raised = { ...asystole, id: '43.0.0', name: 'alarm-raised' };
    says([tachycardia, asystole, raised]);
    const proof = eventBundle({ ...asystole, name: 'alarm-held-back' }, asystole.at + 10_000);
    hub.proofs.set(asystole.id, { status: 200, body: proof });
    await enter();
    await expect.poll(() => list().locator('summary').innerText(), PATIENCE).toBe('Held back: 2 today');
    await list().locator('summary').click();
    const rows = await list().locator('tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split('\t')[1])).toEqual([
      'No heartbeat in the ECG for 5 s; the finger had a regular pulse of 72 /min',
      'ECG: heart rate 188 /min, above 150; the ECG could not be read',
    ]);
    await page.evaluate(axeSource);
    const { violations }: AxeResults = await page.evaluate(
      "axe.run(document.querySelector('.held-back'), { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })",
    );
    expect(violations.map(({ id }) => id)).toEqual([]);
    await list().getByRole('button', { name: 'Verify 42.0.1' }).click();
    const drawer = page.getByRole('dialog');
    await expect.poll(() => drawer.getByRole('status').innerText(), PATIENCE).toBe('Proven');
    expect(await drawer.innerText()).toContain('Held back: No heartbeat in the ECG for 5 s');
  });
});
