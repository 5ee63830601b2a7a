// Notes on a patient in a real browser, against a hub of paper: written, set right and taken back by the keyboard alone, shown
// as plain text whatever is in them, live, printed, and only to whom they are for.

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

const AT = Date.UTC(2026, 10, 21, 9, 30);
const note = (number: number, text: string, more: Json = {}): Json => ({
  number,
  at: AT + number * 60_000,
  by: 'Dr Lind',
  kind: 'note',
  shared: false,
  text,
  ...more,
});
const HTML = '<img src=x onerror="document.title=1"> ate & drank';

describe.skipIf(!hasChromium)(`notes on a patient${needsChromium}`, () => {
  let browser: Browser;
  let hub: PageHub;
  let context: BrowserContext;
  let page: Page;
  let notes: Json[];
  let sent: unknown[];
  let refusal: string | undefined;
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
  const care = (): Json => ({ limits: [], notes: notes.length });
  async function open(
    role: 'clinician' | 'patient' | 'admin' = 'clinician',
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<void> {
    const snapshot = homeSnapshot(Date.now()) as Json;
    const [first] = snapshot['patients'] as Json[];
    hub = await startPageHub({ ...snapshot, patients: [{ ...first, care: care() }] });
    hub.role = role;
    context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options });
    page = await context.newPage();
    complaints = [];
    sent = [];
    refusal = undefined;
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.route('**/api/patients/*/notes*', async (route) => {
      if (route.request().method() === 'GET') return route.fulfill({ json: { notes: notes.toReversed() } });
      if (refusal !== undefined) return route.fulfill({ status: 422, json: { error: refusal } });
      const body = route.request().postDataJSON() as Json;
      sent.push(body);
      const about = body['corrects'] ?? body['withdraws'];
      const kind = 'corrects' in body ? 'correction' : 'withdraws' in body ? 'withdrawal' : 'note';
      const number = notes.length + 1;
      notes = notes.map((each) =>
        each['number'] === about ? { ...each, replaced: { kind, number } } : each,
      );
      notes.push(
        note(number, String(body['text']), { by: 'Dr Vale', kind, ...(about !== undefined && { about }) }),
      );
      hub.say({ type: 'care', now: Date.now(), patient: ada()['id'], care: care() });
      return route.fulfill({ status: 201, json: notes.at(-1) });
    });
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page.locator('main').waitFor();
    if (role !== 'patient') await page.goto(`${hub.url}/#/patient/${ada()['id']}`);
  }
  async function expectNoViolations(): Promise<void> {
    await page.evaluate(axeSource);
    const found: AxeResults = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }
  const texts = (): Promise<string[]> => page.locator('.notes .note-text').allInnerTexts();
  const tag = (): Promise<unknown> => page.evaluate('document.activeElement?.tagName');

  it.each(['light', 'dark'] as const)(
    'are written, set right and taken back by keys, in %s',
    async (colorScheme) => {
      notes = [];
      await open('clinician', { colorScheme, viewport: { width: 360, height: 800 } });
      await page.locator('.notes').getByText('No notes yet.').waitFor();
      await page.getByRole('button', { name: 'Write a note' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(tag).toBe('TEXTAREA');
      await page.keyboard.type('Ate little.');
      await expectNoViolations();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await expect.poll(texts).toEqual(['Ate little.']);
      expect(sent).toEqual([{ text: 'Ate little.', shared: true }]);
      await page.getByText('The note is saved.').waitFor();
      // Back where it began.
      await expect.poll(() => page.evaluate('document.activeElement?.id')).toBe('write-note');

      await page.getByRole('button', { name: 'Correct note 1' }).focus();
      await page.keyboard.press('Enter');
      // What it says now is where one begins.
      await expect.poll(() => page.locator('.note-form textarea').inputValue()).toBe('Ate little.');
      await expect.poll(tag).toBe('TEXTAREA');
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type('Ate nothing.');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await expect.poll(texts).toEqual(['Ate nothing.', 'Ate little.']);
      expect(sent.at(-1)).toEqual({ text: 'Ate nothing.', corrects: 1 });
      expect(await page.locator('.notes del').allInnerTexts()).toEqual(['Ate little.']);
      expect(await page.getByText('corrected by note 2').count()).toBe(1);
      // What was replaced cannot be replaced again.
      expect(await page.getByRole('button', { name: 'Correct note 1' }).count()).toBe(0);

      await page.getByRole('button', { name: 'Withdraw note 2' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(tag).toBe('TEXTAREA');
      await page.keyboard.type('no');
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('.note-form').count()).toBe(0);
      expect(await page.evaluate('document.activeElement?.ariaLabel')).toBe('Withdraw note 2');
      refusal = 'Note 2 was withdrawn meanwhile, by note 3 of Dr Lind.';
      await page.keyboard.press('Enter');
      await expect.poll(tag).toBe('TEXTAREA');
      await page.keyboard.type('Another patient.');
      await page.getByRole('button', { name: 'Save the note' }).click();
      await page.getByRole('alert').getByText(refusal).waitFor();
      await expectNoViolations();
    },
  );

  it('are plain text, and those of others come by themselves', async () => {
    notes = [note(1, HTML)];
    await open();
    await expect.poll(texts).toEqual([HTML]);
    expect(await page.locator('.notes img').count()).toBe(0);
    notes.push(note(2, 'Walked.\nAlone.'));
    hub.say({ type: 'care', now: Date.now(), patient: ada()['id'], care: care() });
    await expect.poll(texts).toEqual(['Walked.\nAlone.', HTML]);
    // One that is written here stands as it is, whatever comes.
    await page.getByRole('button', { name: 'Write a note' }).click();
    await page.locator('.note-form textarea').fill('x'.repeat(501));
    await page.getByText('1 character too many').waitFor();
    await page.getByRole('button', { name: 'Save the note' }).click();
    await page.getByRole('alert').getByText('1 character too many').waitFor();
    expect(sent).toEqual([]);
  });

  it('are on paper as far as they stand', async () => {
    notes = [
      note(1, 'Ate little.', { replaced: { kind: 'correction', number: 2 } }),
      note(2, 'Ate nothing.', { kind: 'correction', about: 1 }),
    ];
    await open();
    await expect.poll(texts).toHaveLength(2);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await expect
      .poll(() => page.locator('#print .notes li').allTextContents())
      .toEqual([expect.stringMatching(/^Dr Lind .*: Ate nothing\.$/)]);
  });

  it('are read by the family, who write none', async () => {
    notes = [note(2, 'Drink more.', { shared: true })];
    await open('patient', { locale: 'de-DE' });
    await expect.poll(texts).toEqual(['Drink more.']);
    expect(await page.getByRole('heading', { name: 'Notizen' }).count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Notiz schreiben' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /berichtigen|zurückziehen/ }).count()).toBe(0);
    await expectNoViolations();
  });

  it('are not asked for by whoever runs the hub', async () => {
    notes = [note(1, 'Ate little.')];
    await open('admin');
    await page.locator('.score-panel').waitFor();
    expect(await page.locator('.notes').count()).toBe(0);
    expect(hub.requests.filter((each) => /patients.*notes/.test(each))).toEqual([]);
  });
});
