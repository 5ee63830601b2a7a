// A patient's care in a real browser, against a hub of paper: limits changed in two steps by the keyboard alone, a chart,
// and alarms that say the same answered as one.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { homeSnapshot } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
type Json = Record<string, unknown>;

const RULES = [
  ['heart-rate-very-high', 'above', 'high', 150, 6, [110, 250]],
  ['heart-rate-high', 'above', 'medium', 130, 30, [80, 230]],
].map(([condition, side, priority, limit, delaySeconds, range]) => ({
  condition,
  measure: 'heart-rate',
  unit: '/min',
  side,
  priority,
  limit,
  delaySeconds,
  range,
}));

describe.skipIf(!hasChromium)(`a patient’s care${needsChromium}`, () => {
  let browser: Browser;
  let hub: PageHub;
  let context: BrowserContext;
  let page: Page;
  let asked: { method: string; path: string; body: unknown }[];
  let answer: { status: number; body: string };
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await context.close();
    await hub.close();
    expect(complaints).toEqual([]);
  });

  const ada = (): Json => (hub.snapshot['patients'] as Json[])[0] as Json;
  async function open(
    over: Json = {},
    role = 'clinician',
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<void> {
    const snapshot = { ...homeSnapshot(Date.now()), limits: RULES } as Json;
    const [first] = snapshot['patients'] as Json[];
    hub = await startPageHub({ ...snapshot, patients: [{ ...first, ...over }] });
    context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options });
    page = await context.newPage();
    complaints = [];
    asked = [];
    answer = { status: 200, body: '{"limits":[]}' };
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.route('**/api/session', (route) =>
      route.request().headers()['cookie']?.includes('session=paper')
        ? route.fulfill({ json: { name: 'Dr Vale', role, hub: 'heartwood/hub/3f2a9c0d11aa22bb' } })
        : route.continue(),
    );
    for (const path of ['limits/*', 'spo2-scale', 'chart'])
      await page.route(`**/api/patients/*/${path}`, async (route) => {
        const request = route.request();
        asked.push({
          method: request.method(),
          path: new URL(request.url()).pathname.replace(/^.*\/patients\/[^/]+\//, ''),
          body: request.postDataJSON(),
        });
        await route.fulfill({ ...answer, contentType: 'application/json' });
      });
    await page.goto(`${hub.url}/#login=${hub.code}`);
    // Patients and family begin at an overview of their own.
    await page.locator('main').waitFor();
    await page.goto(`${hub.url}/#/patient/${ada()['id']}`);
    await page.getByRole('button', { name: 'Chart what you see' }).waitFor();
  }
  async function expectNoViolations(): Promise<void> {
    await page.evaluate(axeSource);
    const found: AxeResults = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }
  const focused = (): Promise<string> => page.evaluate<string>('document.activeElement?.textContent ?? ""');
  const care = (over: Json): Json => ({ type: 'care', now: Date.now(), patient: ada()['id'], care: over });

  it('is limits that are changed in two steps, by the keyboard alone', async () => {
    await open({}, 'clinician', { viewport: { width: 360, height: 800 } });
    await page.getByRole('button', { name: /^Limits/ }).focus();
    await page.keyboard.press('Enter');
    const rules = page.locator('.limits-editor .rules > li');
    await rules.first().waitFor();
    expect(await rules.allInnerTexts()).toEqual([
      expect.stringMatching(/Heart rate above 150 \/min\s+after 6 s\s+default/),
      expect.stringMatching(/Heart rate above 130 \/min\s+after 30 s\s+default/),
    ]);
    await page.getByRole('button', { name: 'Change: Heart rate above, Medium alarm' }).focus();
    await page.keyboard.press('Enter');
    // The form takes the focus when it has been drawn.
    await expect.poll(() => page.evaluate('document.activeElement?.tagName')).toBe('SELECT');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('140');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('athlete');
    await expectNoViolations();
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('Yes, change it');
    expect(asked).toEqual([]);
    await expectNoViolations();
    await page.keyboard.press('Enter');
    await expect
      .poll(() => asked)
      .toEqual([
        {
          method: 'PUT',
          path: 'limits/heart-rate-high',
          body: { limit: 140, delaySeconds: 30, why: 'athlete' },
        },
      ]);
    await page.getByText('Done: Heart rate above 140 /min, after 30 s.').waitFor();
    await expect.poll(focused).toBe('Change');
    const own = { condition: 'heart-rate-high', limit: 140, delaySeconds: 30, by: 'Dr Vale', why: 'athlete' };
    hub.say(care({ limits: [{ ...own, at: Date.now() }] }));
    await rules.getByText(/Dr Vale, .*: athlete. Default 130, after 30 s/).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe('Limits (1 of their own)');
  });

  it('has high alarms that are switched off for a time alone, and says what the hub refused', async () => {
    await open();
    await page.getByRole('button', { name: /^Limits/ }).click();
    await page.getByRole('button', { name: 'Change: Heart rate above, High alarm' }).click();
    const form = page.locator('.rules form');
    await form.getByLabel('Change').selectOption('switch off');
    expect(await form.getByLabel('Off for').locator('option').allInnerTexts()).toEqual([
      '15 minutes',
      '1 hour',
      '4 hours',
      '12 hours',
      '24 hours',
    ]);
    await form.getByLabel('Why').fill('exercise test');
    await form.getByRole('button', { name: 'Review' }).click();
    answer = { status: 422, body: '{"error":"Not today."}' };
    await page.getByRole('button', { name: 'Yes, change it' }).click();
    await page.getByText('Not today.').waitFor();
    expect(asked.at(-1)?.body).toEqual({ off: true, minutes: 15, why: 'exercise test' });
    await page.keyboard.press('Escape');
    await expect.poll(() => form.count()).toBe(0);
    expect(await page.locator('dialog.limits-editor[open]').count()).toBe(1);
  });

  it('shows limits and their authors to somebody who may not change them', async () => {
    const own = { condition: 'heart-rate-high', limit: 140, delaySeconds: 30, by: 'Dr Vale', why: 'athlete' };
    await open({ care: { limits: [{ ...own, at: Date.now() - 60_000 }] } }, 'admin');
    await page.getByRole('button', { name: /^Limits/ }).click();
    await page.getByText('A clinician of this patient sets them.').waitFor();
    await page.getByText(/Dr Vale, .* ago: athlete/).waitFor();
    expect(await page.locator('.limits-editor').getByRole('button').allInnerTexts()).toEqual(['Close']);
  });

  it('is scale 2 by a name, on the badge and where the score is explained', async () => {
    await open();
    await page.getByRole('button', { name: /^Limits/ }).click();
    await page.getByRole('button', { name: 'Order scale 2' }).click();
    await page.getByLabel('Why').fill('COPD');
    await page.getByRole('button', { name: 'Order scale 2 in my name' }).click();
    await expect
      .poll(() => asked)
      .toEqual([{ method: 'PUT', path: 'spo2-scale', body: { scale: 2, why: 'COPD' } }]);
    await page.keyboard.press('Escape');
    hub.say(care({ limits: [], scale2: { by: 'Dr Vale', at: Date.now(), why: 'COPD' } }));
    const inputs = { spo2: { at: Date.now(), points: 0 } };
    const score = { score: 0, most: 17, scale: 2, inputs };
    hub.say({ type: 'scores', now: Date.now(), scores: [{ patient: ada()['id'], score }] });
    await page.getByText(/Saturation by scale 2, ordered by Dr Vale .*: COPD\./).waitFor();
    expect(await page.locator('.score .mark-word').first().innerText()).toMatch(/^scale 2/);
  });

  it('is a chart of what was looked at, and nothing else', async () => {
    await open({}, 'patient', { viewport: { width: 360, height: 800 }, colorScheme: 'dark' });
    await page.getByRole('button', { name: 'Chart what you see' }).click();
    await page.getByRole('heading', { name: /^Chart of/ }).waitFor();
    await expectNoViolations();
    await page.getByRole('button', { name: 'Chart it' }).click();
    await page.getByText('Write down at least one thing').waitFor();
    await page.getByLabel('Breathing').selectOption('oxygen');
    await page.getByLabel('Litres a minute').fill('2');
    await page.getByLabel('Consciousness').selectOption('New confusion');
    await page.getByLabel('Breaths a minute').fill('22');
    await page.getByLabel('Temperature, °C').fill('38.4');
    await page.getByRole('button', { name: 'Chart it' }).click();
    await expect
      .poll(() => asked)
      .toEqual([
        {
          method: 'POST',
          path: 'chart',
          body: { oxygenLitres: 2, consciousness: 'confusion', respiratoryRate: 22, temperature: 38.4 },
        },
      ]);
    await expect.poll(() => page.locator('dialog.chart-form').count()).toBe(0);
    const seen = { by: 'Ada’s son', at: Date.now() };
    hub.say(
      care({ limits: [], oxygen: { litres: 2, ...seen }, consciousness: { value: 'confusion', ...seen } }),
    );
    await page.getByText('Oxygen, 2 l/min (Ada’s son)').waitFor();
    await page.getByText('New confusion (Ada’s son)').waitFor();
  });

  it('is alarms that say the same, shown as one and answered together, or told again later', async () => {
    const alarm = (condition: string, group: string, priority: string, over: Json = {}): Json => ({
      condition,
      group,
      priority,
      presence: 'on',
      episode: 1,
      raised: Date.now() - 90_000,
      facts: { measure: 'heart-rate', limit: priority === 'high' ? 150 : 130, unit: '/min', value: 158 },
      ...over,
    });
    const pulse = [
      alarm('heart-rate-high', 'heart-rate-above', 'medium'),
      alarm('heart-rate-very-high', 'heart-rate-above', 'high'),
    ];
    const other = alarm('link-lost:watch-1', 'device:watch-1', 'low', { facts: { device: 'watch-1' } });
    await open({ alarms: [...pulse, other] });
    const rows = page.locator('.alarms .alarm');
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByRole('button', { name: '1 more of Ada Nowak' }).click();
    expect(await rows.evaluateAll((all) => all.map((one) => one.getAttribute('data-priority')))).toEqual([
      'high',
      'low',
    ]);
    await rows
      .first()
      .locator('.alarm-others', { hasText: 'Heart rate above 130 /min: 158 when it began' })
      .waitFor();
    await expectNoViolations();
    await rows
      .first()
      .getByRole('button', { name: /^Acknowledge/ })
      .click();
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await expect
      .poll(() => hub.acknowledged.at(-1)?.body)
      .toEqual({
        conditions: ['heart-rate-very-high', 'heart-rate-high'],
        why: 'With the patient',
        minutes: 5,
      });
    await rows
      .last()
      .getByRole('button', { name: /^Acknowledge/ })
      .click();
    await page.getByLabel('Silent for').selectOption('2 hours');
    await page.getByRole('button', { name: 'Tell me again then' }).click();
    await expect
      .poll(() => hub.acknowledged.at(-1)?.body)
      .toEqual({
        condition: 'link-lost:watch-1',
        why: 'With the patient',
        minutes: 120,
        snooze: true,
      });
    const by = { by: 'Dr Vale', at: Date.now(), why: 'Known, no harm', until: Date.now() + 7_200_000 };
    const known = { ...other, presence: 'acknowledged', acknowledged: { ...by, snooze: true } };
    hub.say({ type: 'alarms', now: Date.now(), patient: ada()['id'], alarms: [...pulse, known] });
    await rows
      .last()
      .getByText(/Dr Vale: Known, no harm, tells again in (2 h|1\d\d min)/)
      .waitFor();
  });
});
