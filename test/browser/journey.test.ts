// The first ten minutes of a person with Heartwood: the link that the program prints, four people on the page, a number
// clicked and proved in the browser, the hub restarted under the open page. Real hub, real devices, real browser.

import { household } from '@heartwood/device-sim';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../journey/free-port.ts';
import { Home } from '../journey/home.ts';
import { HubProcess, JOURNEY } from '../journey/program.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';

const SEED = 1;
const PEOPLE = household(SEED).people.map(({ name }) => name);
/** For everything that takes a batch, a reconnection or a busy machine. */
const PATIENCE = { timeout: 20_000, interval: 50 };

describe.skipIf(!hasChromium)(`a browser at a real hub${needsChromium}`, JOURNEY, () => {
  let home: Home;
  let port: number;
  let hub: HubProcess;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  const demo = (): HubProcess =>
    new HubProcess([
      'demo',
      ...['--data', home.data, '--http-port', String(port), '--mqtt-port', '0'],
      ...['--interval-ms', '1000', '--seed', String(SEED)],
    ]);
  const region = (name: string) => page.getByRole('region', { name });
  const link = (name: string) => page.getByRole('list', { name: /^Patients/ }).getByRole('link', { name });
  const row = (name: string) => page.locator('li.row').filter({ has: page.getByRole('link', { name }) });
  const live = (name: string): Promise<number> => row(name).locator('.state[data-state="live"]').count();
  /** A click on a number of one of the people, opened from the list. */
  const ask = async (name: string): Promise<void> => {
    await link(name).click();
    await region(name)
      .getByRole('button', { name: /^Heart rate/ })
      .click();
  };
  const lost = (): Promise<number> => page.getByText('Link to the hub lost').count();

  beforeAll(async () => {
    home = new Home();
    port = await freePort();
    hub = demo();
    [browser] = await Promise.all([launchChromium(), hub.ready]);
    context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' });
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await home?.close();
  });

  it('is let in by the printed link, and sees four people with live values within 10 s', async () => {
    expect(PEOPLE).toHaveLength(4);
    const began = performance.now();
    await page.goto((await hub.ready).loginLink);
    for (const name of PEOPLE) await expect.poll(() => live(name), PATIENCE).toBeGreaterThan(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(page.url()).toBe(`http://127.0.0.1:${port}/`);
    for (const name of PEOPLE) expect(await row(name).innerText()).toContain('simulated');
    // Every number on the page is a body's: nothing absent is drawn as a zero, and no score stands without its inputs.
    const numbers = await page.locator('.row-vital .figure').allInnerTexts();
    expect(numbers.length).toBe(6 * PEOPLE.length);
    expect(numbers.map((text) => text.split('/min')[0]?.trim()).filter((text) => text === '0')).toEqual([]);
    for (const name of PEOPLE)
      await expect.poll(() => row(name).innerText(), PATIENCE).toMatch(/≥ \d+\s+[1-6]\/7/);
  });

  it('proves a number that is clicked, by recomputing it', async () => {
    await ask(PEOPLE[0] ?? '');
    const drawer = page.getByRole('dialog');
    await expect.poll(() => drawer.getByRole('status').innerText(), PATIENCE).toBe('Proven');
    const steps = drawer.locator('.steps li');
    expect(await steps.count()).toBeGreaterThanOrEqual(10);
    expect(await drawer.locator('.steps li[data-ok="false"]').count()).toBe(0);
    expect(await drawer.innerText()).toContain('a SIMULATOR, not a body');
    await page.keyboard.press('Escape');
    expect(await drawer.count()).toBe(0);
    await page.keyboard.press('Escape');
    await link(PEOPLE[0] ?? '').waitFor();
  });

  it('is not let in a second time by the same link', async () => {
    const other = await browser.newContext();
    const second = await other.newPage();
    await second.goto((await hub.ready).loginLink);
    await expect
      .poll(() => second.getByRole('status').allInnerTexts(), PATIENCE)
      .toEqual(expect.arrayContaining([expect.stringMatching(/wrong, used, or older/)]));
    expect(await second.content()).not.toContain(PEOPLE[0]?.split(' ')[0]);
    const answer = await other.request.get(`http://127.0.0.1:${port}/api/session`);
    expect(answer.status()).toBe(401);
    await other.close();
  });

  it('keeps its session when the page is loaded again', async () => {
    await page.reload();
    for (const name of PEOPLE) await expect.poll(() => live(name), PATIENCE).toBeGreaterThan(0);
  });

  it('is told when the hub is gone, and comes back by itself when the hub does', async () => {
    await hub.kill();
    await expect.poll(lost, PATIENCE).toBe(1);
    expect(await page.locator('.state[data-state="live"]').count()).toBe(0);
    // What was shown stays to be seen, with its age.
    expect(await row(PEOPLE[0] ?? '').count()).toBe(1);
    hub = demo();
    await hub.ready;
    await expect.poll(lost, PATIENCE).toBe(0);
    for (const name of PEOPLE) await expect.poll(() => live(name), PATIENCE).toBeGreaterThan(0);
    // A number from before the restart is as provable as one from after it.
    await ask(PEOPLE[1] ?? '');
    await expect
      .poll(() => page.getByRole('dialog').getByRole('status').innerText(), PATIENCE)
      .toBe('Proven');
  });

  it('leaves a record that holds', async () => {
    const status = await hub.stop();
    expect(status, hub.err).toBe(0);
    expect(hub.out).toContain('All of them are on disk and signed');
    expect((await home.run('fsck')).status).toBe(0);
  });
});
