// Who is told, arranged in a real browser at a real hub: somebody is added, tested and told of a real alarm; a page that
// shows it confirms it; and a push wakes the service worker.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeMessageJson } from '@heartwood/vitals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../journey/home.ts';
import { type HubProcess, JOURNEY } from '../journey/program.ts';
import { sender } from '../journey/sender.ts';
import { axeFindings } from './axe.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';

/** For everything that takes a look of the hub, a page’s word or a busy machine. */
const PATIENCE = { timeout: 40_000, interval: 50 };

describe.skipIf(!hasChromium)(`who is told, in a browser${needsChromium}`, JOURNEY, () => {
  let home: Home;
  let hub: HubProcess;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let hook: Server;
  const told: Record<string, unknown>[] = [];

  beforeAll(async () => {
    home = new Home();
    hook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        told.push(JSON.parse(body) as Record<string, unknown>);
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    [browser, hub] = await Promise.all([launchChromium(), home.start()]);
    context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' });
    page = await context.newPage();
    await page.goto((await hub.ready).loginLink);
  });
  afterAll(async () => {
    await browser?.close();
    hook?.closeAllConnections();
    await new Promise<void>((resolve) => hook.close(() => resolve()));
    await home?.close();
  });

  const dialog = () => page.getByRole('dialog', { name: 'Who is told' });
  const sent = (): Promise<string[]> => dialog().locator('tbody tr').allInnerTexts();
  const webhook = (): string => `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;

  it('adds somebody, and a test comes through', async () => {
    await page.getByRole('button', { name: 'Who is told' }).click();
    await dialog().getByText('Nobody yet.').waitFor();
    // Escape closes the form alone, and the keys are back where they came from.
    const name = dialog().getByRole('textbox', { name: 'Name', exact: true });
    const button = dialog().getByRole('button', { name: 'Add somebody' });
    await button.press('Enter');
    await expect.poll(() => name.evaluate((one) => one.matches(':focus'))).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => button.evaluate((one) => one.matches(':focus'))).toBe(true);
    await button.click();
    await name.fill('Bell');
    await dialog().getByRole('button', { name: 'Add', exact: true }).click();
    await dialog().getByText('A contact needs a way to be reached').waitFor();
    await dialog().getByLabel('Or a webhook').fill(webhook());
    await dialog().getByRole('button', { name: 'Add', exact: true }).click();
    await dialog().getByRole('button', { name: 'Send a test to Bell' }).click();
    await expect.poll(sent, PATIENCE).toEqual([expect.stringMatching(/test\s+Bell\s+webhook\s+delivered/)]);
    expect(told).toMatchObject([{ kind: 'test' }]);
  });

  it('is told of an alarm by the steps that were arranged, and a page that shows it confirms it', async () => {
    await dialog().getByRole('button', { name: 'Add this step' }).click();
    await dialog().getByText('At once').waitFor();
    await home.insist('person', 'Dr Vale', '--role', 'clinician', '--patients', 'all');
    await dialog().getByRole('button', { name: 'Add somebody' }).click();
    await dialog().getByRole('textbox', { name: 'Name', exact: true }).fill('Vale');
    await dialog().getByLabel('Or a person of the hub').fill('Dr Vale');
    await dialog().getByRole('button', { name: 'Add', exact: true }).click();
    await dialog().getByRole('button', { name: 'Take away Vale' }).waitFor();
    await dialog().getByRole('combobox', { name: 'tell' }).selectOption({ label: 'Vale' });
    await dialog().getByRole('button', { name: 'Add this step' }).click();
    await expect.poll(() => dialog().locator('.ladder-steps li').count(), PATIENCE).toBe(2);

    const meter = await sender((await hub.ready).mqtt ?? '', 'meter-1', await home.enroll('meter-1', 'Ada'));
    const [link = ''] = (await home.insist('login', '--person', 'Dr Vale')).split('\n');
    const other = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' });
    const vale = await other.newPage();
    await vale.goto(link);
    await expect.poll(() => vale.locator('body').innerText(), PATIENCE).toContain('Ada');
    await meter.send(
      encodeMessageJson({ seq: 1, readings: [{ measurement: { kind: 'glucose', value: 47 } }] }),
    );
    await meter.end();
    await expect.poll(() => told.length, PATIENCE).toBe(2);
    expect(told[1]).toMatchObject({ kind: 'alarm', priority: 'high' });
    expect(JSON.stringify(told[1])).not.toMatch(/Ada|glucose|mg\/dL|:47[,}]/);
    await expect
      .poll(sent, PATIENCE)
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(/High alarm\s+Bell\s+webhook\s+delivered/i),
          expect.stringMatching(/High alarm\s+Vale\s+page\s+shown on their page/i),
        ]),
      );
    await other.close();
  });

  it.each(['light', 'dark'] as const)('has no finding of axe in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await axeFindings(page)).toEqual([]);
  });

  it('a push wakes the service worker, which shows what the hub said, once', async () => {
    await dialog().getByRole('button', { name: 'Close' }).click();
    expect(await dialog().count()).toBe(0);
    const { origin } = new URL(page.url());
    await context.grantPermissions(['notifications'], { origin });
    await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    const devtools = await context.newCDPSession(page);
    let registrationId: string | undefined;
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      registrationId ??= registrations[0]?.registrationId;
    });
    await devtools.send('ServiceWorker.enable');
    await expect.poll(() => registrationId, PATIENCE).toBeDefined();
    const title = 'Heartwood: Alarm hoher Priorität';
    const push = {
      id: 'abc',
      kind: 'alarm',
      priority: 'high',
      at: 1,
      title,
      text: 'An alarm of high priority',
    };
    for (let n = 0; n < 2; n += 1)
      await devtools.send('ServiceWorker.deliverPushMessage', {
        origin,
        registrationId: registrationId ?? '',
        data: JSON.stringify(push),
      });
    const shown = (): Promise<unknown> =>
      page.evaluate(
        'navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) => all.map(({ title, body, tag }) => ({ title, body, tag })))',
      );
    await expect.poll(shown, PATIENCE).toEqual([{ title, body: 'An alarm of high priority', tag: 'abc' }]);
  });
});
