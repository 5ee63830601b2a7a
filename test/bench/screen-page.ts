// The page on the worklist in a real Chromium, and when each thing came to it: a frame on its WebSocket, a heart rate and
// an alarm's line standing in a row and drawn.

import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../browser/chromium.ts';
import { clock } from './screen-device.ts';
import type { HubServer } from './server.ts';

/** `[moment, text]` of a frame, `[moment, patient's name, what a row says now]` of what was drawn; ms since 1970. */
export type PageSeen = {
  readonly frames: readonly (readonly [number, string])[];
  readonly rates: readonly (readonly [number, string, number])[];
  readonly alarms: readonly (readonly [number, string, string])[];
};

/** All twenty rows are in sight: a row that is not, is not drawn. */
const VIEWPORT = { width: 1440, height: 2400 } as const;

// Something stands when the browser has drawn the frame after its mutation: the frame after the next begins then, so that
// every moment is up to one frame (17 ms) too late and never too early.
const INSTRUMENT: string = `{
  const clock = () => performance.timeOrigin + performance.now();
  const seen = (self.screenSeen = { frames: [], rates: [], alarms: [] });
  self.screenClock = clock;
  self.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (typeof data === 'string') seen.frames.push([clock(), data]);
      });
    }
  };
  const stands = new Map();
  const differs = (key, value) => value !== undefined && stands.get(key) !== value && stands.set(key, value);
  new MutationObserver(() => {
    const rates = [];
    const alarms = [];
    for (const row of document.querySelectorAll('li.row')) {
      const name = row.querySelector('.row-name a')?.textContent;
      const rate = row.querySelector('.row-vital strong')?.textContent;
      if (differs('rate ' + name, rate)) rates.push([name, Number(rate)]);
      const line = row.querySelector('.row-alarm.alarm');
      const words = line
        ? line.dataset.priority + ' ' + line.dataset.presence + ' ' + line.querySelector('strong')?.textContent
        : '';
      if (differs('alarm ' + name, words)) alarms.push([name, words]);
    }
    if (rates.length + alarms.length === 0) return;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const at = clock();
        for (const one of rates) seen.rates.push([at, ...one]);
        for (const one of alarms) seen.alarms.push([at, ...one]);
      }),
    );
  }).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ['data-priority', 'data-presence'],
  });
}`;

export class ScreenPage {
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
  }

  /** Logs in and waits for the list. */
  static async open({ url, loginCode }: HubServer): Promise<ScreenPage> {
    const browser = await launchChromium();
    const context = await browser.newContext({ viewport: VIEWPORT, locale: 'en-GB' });
    const page = await context.newPage();
    await page.addInitScript(INSTRUMENT);
    await page.goto(`${url}/#login=${loginCode}`);
    await page.locator('li.row').first().waitFor();
    return new ScreenPage(browser, page);
  }

  seen(): Promise<PageSeen> {
    return this.#page.evaluate<PageSeen>('self.screenSeen');
  }

  /** Somebody says on the page that they have seen an alarm. @returns the hub's status */
  acknowledge(patient: string, condition: string): Promise<number> {
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ condition, why: 'Known, no harm', minutes: 5 }),
    };
    return this.#page.evaluate<number>(
      `fetch('/api/patients/${patient}/alarms/acknowledge', ${JSON.stringify(request)}).then((a) => a.status)`,
    );
  }

  /** How far the page's clock may lie from this process's, ms: half of the quickest way there and back, and what it differs. */
  async clockError(): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let n = 0; n < 50; n++) {
      const before = clock();
      const there = await this.#page.evaluate<number>('self.screenClock()');
      const after = clock();
      least = Math.min(least, Math.max(there - before, after - there));
    }
    return least;
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
