// Every dialog of the page at a real hub, at three widths and in all three lights: nothing is cut at its edge, nothing
// scrolls sideways, and axe finds nothing.

import { enroll, Vault } from '@heartwood/gateway';
import { encodeMessageJson, type Measurement } from '@heartwood/vitals';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../journey/home.ts';
import { type HubProcess, JOURNEY } from '../journey/program.ts';
import { sender } from '../journey/sender.ts';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';

const PATIENCE = { timeout: 40_000, interval: 50 };
const ADA = 'Ada Lindqvist-Przybylski';

/** Opens one: the name of its button, and words that are there once it is whole. */
type Opened = readonly [button: string | RegExp, whole: string | RegExp];
const OF_THE_LIST: readonly Opened[] = [
  ['Alarm board', 'How long a reading takes'],
  ['Who is told', 'Last messages'],
  ['Display', 'Night: dim, without red'],
  ['Help', 'Letters are keys'],
  [/^(Ack )?Acknowledge/, 'Silent for'],
];
const OF_A_PATIENT: readonly Opened[] = [
  ['Chart what you see', 'Consciousness'],
  [/^Limits/, 'Heart rate'],
  [/^Heart rate/, 'What this does not prove'],
];

describe.skipIf(!hasChromium)(`the dialogs of the page${needsChromium}`, JOURNEY, () => {
  let home: Home;
  let hub: HubProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    home = new Home();
    const keySource = { keyFile: home.key };
    const { vault } = Vault.openOrCreate({ directory: home.data, keySource, clock: Date.now }, 'heartwood');
    const worn = { label: 'Watch', origin: 'wearable' } as const;
    const { password } = await enroll(vault, { ...worn, device: 'watch-ada', patient: ADA });
    // Of one alone there would be no list.
    await enroll(vault, { ...worn, device: 'watch-ben', patient: 'Ben' });
    vault.close();
    [browser, hub] = await Promise.all([launchChromium(), home.start('--interval-ms', '1000')]);
    const { mqtt = '', loginLink } = await hub.ready;
    const device = await sender(mqtt, 'watch-ada', password);
    const measured: readonly Measurement[] = [
      { kind: 'heart-rate', value: 72 },
      { kind: 'glucose', value: 47 },
    ];
    await device.send(
      encodeMessageJson({ seq: 1, readings: measured.map((measurement) => ({ measurement })) }),
    );
    await device.end();
    const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' });
    page = await context.newPage();
    await page.goto(loginLink);
    await page.locator('li.row .alarm').waitFor(PATIENCE);
  }, JOURNEY.timeout);
  afterAll(async () => {
    await browser?.close();
    await home?.close();
  });

  /** Words that reach beyond the box in which they lie. */
  const cut = (): Promise<string[]> =>
    page.evaluate<string[]>(`(() => {
      const dialog = document.querySelector('dialog[open], [role="dialog"]');
      const box = dialog.getBoundingClientRect();
      const found = [];
      const words = document.createTreeWalker(dialog, NodeFilter.SHOW_TEXT);
      for (let word = words.nextNode(); word !== null; word = words.nextNode()) {
        if (word.parentElement.closest('.unseen, [hidden], select, datalist') !== null) continue;
        const range = document.createRange();
        range.selectNodeContents(word);
        const all = [...range.getClientRects()];
        if (all.some(({ left, right, width }) => width > 1 && (left < box.left || right > box.right)))
          found.push(word.textContent);
      }
      return found;
    })()`);

  it.each([
    ['light', 360],
    ['night', 360],
    ['dark', 768],
    ['light', 1440],
  ] as const)(
    'are whole, and axe finds nothing: %s, %d px',
    async (theme, width) => {
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate(`localStorage.setItem('theme', '${theme}')`);
      for (const [address, all] of [
        ['#/', OF_THE_LIST],
        ['patient', OF_A_PATIENT],
      ] as const) {
        if (address === 'patient') await page.getByRole('link', { name: ADA }).first().click();
        else await page.goto(`${new URL(page.url()).origin}/${address}`);
        await page.reload();
        for (const [button, whole] of all) {
          await page.getByRole('button', { name: button }).first().click();
          const dialog = page.getByRole('dialog').first();
          await dialog.getByText(whole).first().waitFor(PATIENCE);
          expect(await page.evaluate('document.documentElement.dataset.theme')).toBe(theme);
          await expect.poll(cut, { message: `cut in ${String(button)}` }).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
          expect(await axeFindings(page), String(button)).toEqual([]);
          await page.keyboard.press('Escape');
          await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
        }
      }
    },
    60_000,
  );

  it.each([360, 768, 1440])('of a new device stands in a row of its own at %d px', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${new URL(page.url()).origin}/#/`);
    await page.getByRole('button', { name: 'Add a device' }).click();
    const form = page.locator('form.add-device');
    await form.waitFor();
    const box = await form.boundingBox();
    const bar = await page.locator('.visitor').boundingBox();
    for (const input of await form.locator('input, button').all()) {
      const at = await input.boundingBox();
      expect((at?.x ?? -1) >= 0 && (at?.x ?? 0) + (at?.width ?? width) <= width).toBe(true);
    }
    // Nothing stands beside it.
    for (const other of await page.locator('.visitor > button').all()) {
      const at = await other.boundingBox();
      expect((at?.y ?? 0) >= (box?.y ?? 0) + (box?.height ?? 0)).toBe(true);
    }
    expect(box?.width ?? 0).toBeGreaterThan(0.9 * (bar?.width ?? width) - 40);
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => form.count()).toBe(0);
  });
});
