// Two oximeters of one patient, in a real browser before a hub of paper: the tile says whose number it shows, the chart has a
// line for each and says which is which, and the table and the moment that is pointed at name the device.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { number } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';
import { wardId, wardSnapshot } from './page-ward.ts';

const PATIENCE = { timeout: 10_000, interval: 50 };
const MINUTE = 60_000;

describe.skipIf(!hasChromium)(`two devices that measure the same${needsChromium}`, () => {
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

  async function open(): Promise<void> {
    now = Date.now();
    const snapshot = wardSnapshot(1, now);
    const [patient] = snapshot['patients'] as { devices: object[]; recent: Record<string, object[]> }[];
    const shape = { patient: wardId(0), origin: 'wearable' };
    patient?.devices.push({
      id: 'clip-2',
      label: 'Finger clip',
      origin: 'wearable',
      link: 'online',
      lastReceived: now,
    });
    if (patient !== undefined)
      patient.recent['spo2'] = [
        number('56.1.90', 'spo2', 97, now - 2_000, { ...shape, device: 'watch-0' }),
        number('56.1.91', 'spo2', 92, now - 1_000, { ...shape, device: 'clip-2' }),
      ];
    hub = await startPageHub(snapshot);
    hub.history = (asked) => {
      if (asked.get('kind') !== 'spo2') return JSON.stringify({ series: {} });
      const every = Array.from({ length: 240 }, (_, i) => {
        const at = now - 20 * MINUTE + Math.floor(i / 2) * 10_000;
        return i % 2 === 0 ? [at, 97, 0] : [at + 1, 92, 1];
      });
      return JSON.stringify({ series: { value: { devices: ['watch-0', 'clip-2'], every } } });
    };
    hub.events = JSON.stringify({ from: 0, events: [] });
    context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' });
    page = await context.newPage();
    await page.goto(`${hub.url}/#login=${hub.code}`);
  }
  const chart = () => page.getByRole('figure', { name: 'Oxygen saturation' });

  it('are told apart on the tile, in the chart’s key, at a moment and in the table', async () => {
    await open();
    const tile = page.locator('.tiles li[data-kind="spo2"] .tile');
    await tile.waitFor();
    expect((await tile.innerText()).replaceAll(/\s+/g, ' ')).toMatch(/92 % Live .* Finger clip/);
    await expect
      .poll(
        () => chart().getByRole('list', { name: 'Devices' }).getByRole('listitem').allInnerTexts(),
        PATIENCE,
      )
      .toEqual(['Watch', 'Finger clip']);
    const dashes = await chart()
      .locator('.device-key path')
      .evaluateAll((all) => all.map((one) => one.getAttribute('stroke-dasharray') ?? ''));
    expect(dashes).toEqual(['', '6 3']);
    await page.getByRole('slider', { name: 'Moment' }).focus();
    for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowLeft');
    await expect
      .poll(() => chart().locator('.chart-value').innerText(), PATIENCE)
      .toMatch(/Watch 97 %.*, Finger clip 92 %/);
    await chart().getByText('Table', { exact: false }).first().click();
    const rows = chart().getByRole('row');
    await expect.poll(() => rows.first().innerText(), PATIENCE).toContain('Device');
    const said = (await rows.allInnerTexts()).slice(1).map((row) => row.split('\t').slice(1).join(' '));
    expect(said.filter((row) => row === '97 Watch').length).toBeGreaterThanOrEqual(10);
    expect(said.filter((row) => row === '92 Finger clip').length).toBeGreaterThanOrEqual(10);
    expect(await axeFindings(page)).toEqual([]);
  });
});
