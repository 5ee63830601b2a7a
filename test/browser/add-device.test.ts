// Whoever runs the hub adds a device on the page, by keyboard alone; the device comes with what the page shows, and is
// there. Real hub within the home's reach, real browser, real certificate.

import { enrollByClaim, parseClaimLink } from '@heartwood/device-sim/certificate';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../journey/home.ts';
import { JOURNEY } from '../journey/program.ts';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';

describe.skipIf(!hasChromium)(`adding a device on the page${needsChromium}`, JOURNEY, () => {
  let home: Home;
  let browser: Browser;
  beforeAll(async () => {
    home = new Home();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await home?.close();
  });
  it('takes a name, a patient and a QR code', async () => {
    const hub = await home.start('--reach', 'home', '--mqtt-tls-port', '0');
    const { loginLink } = await hub.ready;
    const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const local = new URL(loginLink);
    local.hostname = '127.0.0.1';
    await page.goto(local.href);
    await page.getByRole('button', { name: 'Add a device' }).focus();
    await page.keyboard.press('Enter');
    // The keys go where the eye goes: into the form, and back.
    const name = page.getByLabel('Device’s name');
    const button = page.getByRole('button', { name: 'Add a device' });
    const focused = (one: Locator): Promise<boolean> => one.evaluate((each) => each.matches(':focus'));
    await expect.poll(() => focused(name)).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(button)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Not now' }).press('Enter');
    await expect.poll(() => focused(button)).toBe(true);
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(name)).toBe(true);
    await page.keyboard.type('watch-ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Ada');
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('img', { name: 'QR code for the device' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    const link = parseClaimLink(await page.getByLabel('Or enter this in the device').inputValue());
    expect(await page.getByRole('heading', { name: 'Ada' }).count()).toBe(0);
    const { device } = await enrollByClaim(link, 'p-256', '127.0.0.1');
    expect(device).toBe('watch-ada');
    await page.getByRole('heading', { name: 'Ada' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).press('Enter');
    // What the hub refuses it says in its own words.
    await page.getByRole('button', { name: 'Add a device' }).press('Enter');
    await page.getByLabel('Device’s name').fill('watch-two');
    await page.getByLabel('Whom it measures').fill('ADA');
    await page.keyboard.press('Enter');
    await page.getByText('There is a patient “Ada” already').waitFor();
  });
});
