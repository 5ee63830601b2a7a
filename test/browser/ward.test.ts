// A ward of two hundred at a real hub, in real browsers: who stands first and by when, what is drawn, the keys, the search,
// a hub that falls silent, and what somebody may see who was given three of them.

import { type Enrolled, enroll, Vault } from '@heartwood/gateway';
import { encodeMessageJson, type Measurement } from '@heartwood/vitals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../journey/home.ts';
import { type HubProcess, JOURNEY } from '../journey/program.ts';
import { type Sender, sender } from '../journey/sender.ts';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { Overheard } from './overheard.ts';
import { wardName } from './page-ward.ts';

const PATIENTS = 200;
/** So many have measured: a password is checked for each device, which takes as long as it is meant to. */
const MEASURED = 40;
/** For everything that takes a look of the hub or a busy machine. */
const PATIENCE = { timeout: 40_000, interval: 50 };
/** The page's promise: so long after it was told, it shows. */
const SHOWN_WITHIN_MS = 1_000;
/** What somebody measures who is well. */
const WELL: readonly Measurement[] = [
  { kind: 'heart-rate', value: 72 },
  { kind: 'spo2', value: 97 },
  { kind: 'respiratory-rate', value: 16 },
  { kind: 'body-temperature', value: 36.8 },
  { kind: 'blood-pressure', systolic: 121, diastolic: 79 },
  { kind: 'glucose', value: 96 },
  { kind: 'perfusion-index', value: 4 },
  { kind: 'battery', value: 84 },
];

describe.skipIf(!hasChromium)(`a ward of two hundred at a real hub${needsChromium}`, JOURNEY, () => {
  let home: Home;
  let hub: HubProcess;
  let mqtt: string;
  let url: string;
  let browser: Browser;
  let page: Page;
  let heard: Overheard;
  const passwords: string[] = [];
  const senders = new Map<number, Sender>();
  const seqs = new Map<number, number>();

  const send = async (i: number, ...measurements: readonly Measurement[]): Promise<void> => {
    const seq = (seqs.get(i) ?? 0) + 1;
    seqs.set(i, seq);
    let device = senders.get(i);
    if (device === undefined) {
      device = await sender(mqtt, `watch-${i}`, passwords[i] ?? '');
      senders.set(i, device);
    }
    await device.send(
      encodeMessageJson({ seq, readings: measurements.map((measurement) => ({ measurement })) }),
    );
  };
  const glucose = (value: number): Measurement => ({ kind: 'glucose', value });
  const names = (): Promise<string[]> => page.locator('.row-name a').allInnerTexts();
  const first = async (): Promise<string | undefined> => (await names())[0];
  const rowOf = (i: number) =>
    page.locator('li.row').filter({ has: page.getByRole('link', { name: wardName(i), exact: true }) });
  const focused = (): Promise<string> =>
    page.evaluate<string>(
      `document.activeElement?.closest('li.row')?.querySelector('.row-name a')?.innerText ?? ''`,
    );
  const idOf = (i: number): string => {
    const snapshot = heard.frames.find(({ type }) => type === 'snapshot');
    const patients = (snapshot?.['patients'] ?? []) as { id: string; name: string }[];
    return patients.find(({ name }) => name === wardName(i))?.id ?? '';
  };
  /** Frames that the page has taken: what has only reached the browser is not among them. */
  const taken = (): Promise<number> => page.evaluate<number>('self.taken');
  const enter = async (
    code: string,
    options: { clock?: boolean } = {},
  ): Promise<[BrowserContext, Page, Overheard]> => {
    const context = await browser.newContext({
      reducedMotion: 'reduce',
      locale: 'en-GB',
      viewport: { width: 1440, height: 900 },
    });
    const opened = await context.newPage();
    const overheard = new Overheard(opened);
    // Counts what the page has taken: this listener is the first, and its task is over when the page's has run too.
    await opened.addInitScript(`
      self.taken = 0;
      self.WebSocket = class extends WebSocket {
        constructor(...args) {
          super(...args);
          this.addEventListener('message', () => self.taken++);
        }
      };`);
    if (options.clock === true) await opened.clock.install();
    await opened.goto(`${url}/#login=${code}`);
    return [context, opened, overheard];
  };
  const person = async (...args: readonly string[]): Promise<string> =>
    (JSON.parse(await home.insist('person', ...args, '--json')) as { code: string }).code;

  beforeAll(async () => {
    home = new Home();
    const keySource = { keyFile: home.key };
    const { vault } = Vault.openOrCreate({ directory: home.data, keySource, clock: Date.now }, 'heartwood');
    const admit = (i: number): Promise<Enrolled> =>
      enroll(vault, { device: `watch-${i}`, label: 'Watch', patient: wardName(i), origin: 'wearable' });
    for (let i = 0; i < PATIENTS; i += 20)
      for (const { password } of await Promise.all(Array.from({ length: 20 }, (_, n) => admit(i + n))))
        passwords.push(password);
    vault.close();
    [browser, hub] = await Promise.all([launchChromium(), home.start('--interval-ms', '1000')]);
    const listening = await hub.ready;
    ({ page: url, mqtt = '' } = listening);
    await Promise.all(Array.from({ length: MEASURED }, (_, i) => send(i, ...WELL)));
    [, page, heard] = await enter(new URL(listening.loginLink).hash.slice('#login='.length), { clock: true });
    await page.locator('li.row').first().waitFor();
  }, JOURNEY.timeout);
  afterAll(async () => {
    await browser?.close();
    await home?.close();
  });

  it('is all there, with the rows in sight drawn', async () => {
    await page.getByText('200 patients, no alarm waits').waitFor();
    const drawn = page.locator('.worklist li');
    expect(await drawn.count()).toBeLessThan(25);
    await page.getByLabel('Search by name').fill(wardName(2));
    const values = /72[\s\S]*97[\s\S]*16[\s\S]*36\.8[\s\S]*121\/79[\s\S]*96/;
    await expect.poll(() => rowOf(2).innerText(), PATIENCE).toMatch(values);
    await page.getByLabel('Search by name').fill(wardName(MEASURED));
    await expect.poll(() => rowOf(MEASURED).innerText(), PATIENCE).toMatch(/never seen/);
    await page.getByLabel('Search by name').fill('');
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    await page.locator(`li[aria-posinset="${PATIENTS}"]`).waitFor();
    expect(await drawn.count()).toBeLessThan(25);
    await page.evaluate('scrollTo(0, 0)');
    await page.locator('li[aria-posinset="1"]').waitFor();
  });

  it('has first who needs somebody, within a second of the page’s own clock after it was told', async () => {
    // A little ahead: a leap would look to the page like a hub that was silent.
    await page.clock.pauseAt(Number(await page.evaluate('Date.now()')) + 5_000);
    for (const [i, value, condition] of [
      [150, 65, 'glucose-low'],
      [77, 47, 'glucose-very-low'],
    ] as const) {
      await send(i, glucose(value));
      await expect.poll(() => heard.alarms(idOf(i)), PATIENCE).toContain(condition);
      const told = heard.frames.length;
      await expect.poll(taken, PATIENCE).toBeGreaterThanOrEqual(told);
      // The page's clock stands still: what is not drawn in this second never is.
      await page.clock.runFor(SHOWN_WITHIN_MS);
      await expect.poll(first, PATIENCE).toBe(wardName(i));
    }
    await page.clock.resume();
    expect((await names()).slice(0, 2)).toEqual([wardName(77), wardName(150)]);
  });

  it('stands still under the pointer while it changes, and is put right by a button', async () => {
    const before = await names();
    await page.locator('li.row').nth(1).hover();
    await send(120, glucose(46));
    const changed = page.getByRole('button', { name: /^The order has changed/ });
    await changed.waitFor(PATIENCE);
    expect(await names()).toEqual(before);
    await changed.click();
    // Equally urgent: by name.
    await expect
      .poll(async () => (await names()).slice(0, 3), PATIENCE)
      .toEqual([...[wardName(77), wardName(120)].toSorted((a, b) => a.localeCompare(b)), wardName(150)]);
    await page.mouse.move(5, 5);
  });

  it('is gone through, answered and opened by keys alone', async () => {
    const [top, second] = await names();
    await page.keyboard.press('j');
    expect(await focused()).toBe(top);
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await focused()).toBe(top);
    await page.keyboard.press('a');
    const dialog = page.getByRole('dialog', { name: top as string });
    await dialog.getByRole('button', { name: 'Acknowledge' }).press('Enter');
    const mine = page.locator('li.row', { hasText: top as string });
    await expect.poll(() => mine.innerText(), PATIENCE).toContain('Operator');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Help' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    // Nobody stands on a row any more: who was answered goes down.
    await expect.poll(first, PATIENCE).toBe(second);
    await page.getByRole('button', { name: 'Mine' }).click();
    await page.getByText('1 of 200 patients').waitFor();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.keyboard.press('j');
    const there = await focused();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: there }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('li.row').first().waitFor();
    await expect.poll(focused, PATIENCE).toBe(there);
  });

  it('is searched, and what is searched for stands in the address', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('gomez');
    await page.getByText('20 of 200 patients').waitFor();
    expect(page.url()).toBe(`${url}/#/?q=gomez`);
    await page.reload();
    await page.getByText('20 of 200 patients').waitFor();
    await page.getByLabel('Search by name').fill('');
    await page.getByText('200 patients').waitFor();
  });

  it('is not live when the hub falls silent, by the page’s own timer, and goes on with nothing twice', async () => {
    const lost = page.getByText('Link to the hub lost');
    process.kill(hub.pid, 'SIGSTOP');
    try {
      await expect.poll(() => page.locator('.row .state[data-state="live"]').count()).toBeGreaterThan(0);
      // Nothing closes, and nobody says that anything is wrong.
      await page.clock.runFor(25_000);
      await lost.waitFor();
      expect(await page.locator('.row .state[data-state="live"]').count()).toBe(0);
    } finally {
      process.kill(hub.pid, 'SIGCONT');
    }
    await send(3, { kind: 'heart-rate', value: 101 });
    await expect
      .poll(async () => {
        await page.clock.runFor(1_000);
        return lost.count();
      }, PATIENCE)
      .toBe(0);
    await page.getByLabel('Search by name').fill(wardName(3));
    await expect.poll(() => rowOf(3).innerText(), PATIENCE).toMatch(/\b101\b/);
    await page.getByLabel('Search by name').fill('');
    const told = heard.told();
    expect(new Set(told).size).toBe(told.length);
  });

  it('shows three of them to somebody who was given three, and nobody after that was taken back', async () => {
    const given = [4, 5, 6];
    const code = await person('Dr Lind', '--role', 'clinician', '--patients', given.map(wardName).join(','));
    const [context, hers, herFeed] = await enter(code);
    await expect.poll(() => hers.locator('li.row').count(), PATIENCE).toBe(3);
    expect(await hers.locator('.row-name a').allInnerTexts()).toEqual(
      given.map(wardName).toSorted((a, b) => a.localeCompare(b)),
    );
    await send(8, glucose(45), { kind: 'heart-rate', value: 66 });
    await expect.poll(() => heard.alarms(idOf(8)), PATIENCE).toContain('glucose-very-low');
    await send(5, glucose(44));
    await expect.poll(() => herFeed.alarms(idOf(5)), PATIENCE).toContain('glucose-very-low');
    for (const i of [3, 7, 8, 77, 120, 150, 199]) {
      expect(herFeed.text).not.toContain(idOf(i));
      expect(herFeed.text).not.toContain(`"${wardName(i)}"`);
    }
    // Nor by asking, with her own session, from her own page; whoever runs the hub is answered.
    const span = `from=${Date.now() - 3_600_000}&to=${Date.now()}`;
    const reading = heard.toldOf(idOf(8)).at(0) ?? '';
    const paths = [
      `/api/patients/${idOf(8)}/history?kind=glucose&${span}`,
      `/api/patients/${idOf(8)}/events?${span}`,
      `/api/readings/${reading}/proof`,
    ];
    const ask = (one: Page): Promise<number[]> =>
      one.evaluate(
        `Promise.all(${JSON.stringify(paths)}.map((path) => fetch(path).then(({ status }) => status)))`,
      );
    await expect.poll(() => ask(page), PATIENCE).toEqual([200, 200, 200]);
    expect(await ask(hers)).toEqual([404, 404, 404]);
    const acknowledged = await hers.evaluate<number>(
      `fetch('/api/patients/${idOf(8)}/alarms/acknowledge', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ condition: 'glucose-very-low', why: 'With the patient', minutes: 5 }),
      }).then(({ status }) => status)`,
    );
    expect(acknowledged).toBe(404);

    // Every page of hers is shut out at once.
    const second = await context.newPage();
    await second.goto(url);
    await second.locator('li.row').nth(2).waitFor();
    await home.insist('person', 'Dr Lind', '--remove');
    for (const one of [hers, second]) {
      await one.getByText('Your session has ended').waitFor(PATIENCE);
      expect(await one.content()).not.toContain(wardName(5));
    }
    expect(await hers.evaluate('fetch("/api/session").then(({ status }) => status)')).toBe(401);
    await context.close();
  });
});
