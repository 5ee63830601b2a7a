// A glucose meter shows six digits; whoever runs the hub types them on the page, by keyboard alone, and its records come.
// Real hub, real bus, real browser.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Bluez, hasBusDaemon, startBluez } from '@heartwood/device-sim/ble';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium, needsChromium } from '../browser/chromium.ts';
import { Home } from '../journey/home.ts';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!hasChromium || !hasBusDaemon())(
  `pairing on the page (needs dbus-daemon)${needsChromium}`,
  { timeout: 90_000 },
  () => {
    const before = process.env['DBUS_SYSTEM_BUS_ADDRESS'];
    let bluez: Bluez;
    let home: Home;
    let browser: Browser;
    beforeAll(async () => {
      bluez = await startBluez({
        seed: 3,
        delayScale: 0.05,
        devices: [{ id: 'meter', model: 'glucose-meter' }],
      });
      bluez.device('meter').person.passkey = 12_345;
      process.env['DBUS_SYSTEM_BUS_ADDRESS'] = bluez.address;
      home = new Home();
      browser = await launchChromium();
    });
    afterAll(async () => {
      if (before === undefined) delete process.env['DBUS_SYSTEM_BUS_ADDRESS'];
      else process.env['DBUS_SYSTEM_BUS_ADDRESS'] = before;
      await browser?.close();
      await home?.close();
      await bluez?.stop();
    });
    const violations = async (page: Page): Promise<string[]> => {
      await page.evaluate(axeSource);
      const { violations: found } = (await page.evaluate('axe.run()')) as AxeResults;
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`);
    };

    it('asks for the digits, takes them, and the meter’s records come', async () => {
      const first = await home.start();
      await first.stop();
      const { address } = bluez.device('meter');
      await home.insist('enroll', 'meter', '--patient', 'Ada', '--origin', 'simulator', '--ble', address);
      const hub = await home.start('--ble');
      const { loginLink } = await hub.ready;
      const page = await browser.newPage({ reducedMotion: 'reduce' });
      await page.goto(loginLink);
      const digits = page.getByLabel('meter wants to pair: which six digits does it show?');
      await digits.waitFor({ timeout: 30_000 });
      expect(await violations(page)).toEqual([]);
      if (process.env['SHOT'] !== undefined) await page.screenshot({ path: process.env['SHOT'] });
      await digits.focus();
      await page.keyboard.type('012345');
      await page.keyboard.press('Enter');
      await digits.waitFor({ state: 'detached' });
      await expect.poll(() => bluez.device('meter').bonded, { timeout: 20_000 }).toBe(true);
      const records = (): number =>
        bluez.truth.samples.filter(({ uuid }) => uuid.startsWith('00002a18')).length;
      await expect.poll(records, { timeout: 20_000 }).toBeGreaterThanOrEqual(12);
      // A hub that stops stores what came: the last one may be on its way over the bus.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await hub.stop();
      const readings = await home.exported();
      expect(readings.filter(({ kind }) => kind === 'glucose').length).toBeGreaterThanOrEqual(12);
    });
  },
);
