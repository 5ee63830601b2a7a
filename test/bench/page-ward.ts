// A ward on one page: 200 patients with eight vitals a second and four ECGs of 250 samples a second, said by a hub of paper
// to a real Chromium, and the browser's own account of what that costs. Used by `bench -- page` and `soak -- page`.

import { readFileSync } from 'node:fs';
import { packSamples } from '@heartwood/vitals';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { launchChromium } from '../browser/chromium.ts';
import { type PageHub, startPageHub } from '../browser/page-hub.ts';
import { wardId, wardReadings, wardScore, wardSnapshot } from '../browser/page-ward.ts';

export const PATIENTS = 200;
export const ECGS = 4;
const ECG_HZ = 250;
/** What is due is said so often, as a hub does with what many devices sent. */
const EVERY_MS = 100;

/**
 * `list`: everybody, as the page opens. `patient`: one of those with an ECG, whose strip is drawn. `wall`: all of those with
 * an ECG, side by side, each drawn.
 */
export type View = 'list' | 'patient' | 'wall';

/** The browser's own clocks, seconds since it started them. */
type Clocks = {
  readonly at: number;
  readonly busy: number;
  readonly script: number;
  readonly layout: number;
  /** Of all its processes: page, compositor and raster, network. */
  readonly all: number;
};

export type Cost = {
  readonly seconds: number;
  /** Shares of one core. */
  readonly main: number;
  readonly script: number;
  readonly layout: number;
  readonly all: number;
  /** Frames drawn a second, and the longest time between two. */
  readonly frames: number;
  readonly longestMs: number;
};

export type Kept = {
  /** After garbage collection. */
  readonly heapMb: number;
  readonly elements: number;
  readonly listeners: number;
  /** Resident, of the page's process. */
  readonly residentMb: number;
};

export class WardPage {
  readonly #browser: Browser;
  readonly #hub: PageHub;
  readonly #page: Page;
  readonly #devtools: CDPSession;
  readonly #system: CDPSession;
  readonly #timer: NodeJS.Timeout;
  /** Readings that were said. */
  said = 0;

  private constructor(browser: Browser, hub: PageHub, page: Page, devtools: CDPSession, system: CDPSession) {
    this.#browser = browser;
    this.#hub = hub;
    this.#page = page;
    this.#devtools = devtools;
    this.#system = system;
    let turn = 0;
    let beganMs = Date.now();
    this.#timer = setInterval(() => {
      // A timer that is late makes up for it: the rate is that of the clock.
      for (; beganMs <= Date.now(); beganMs += EVERY_MS) this.#say(turn++);
    }, EVERY_MS);
  }

  static async open(view: View): Promise<WardPage> {
    const hub = await startPageHub(wardSnapshot(PATIENTS, Date.now()));
    const browser = await launchChromium();
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await page.locator('li.row').first().waitFor();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable');
    const ward = new WardPage(browser, hub, page, devtools, await browser.newBrowserCDPSession());
    if (view === 'patient') {
      await page.goto(`${hub.url}/#/patient/${wardId(0)}`);
      await page.locator('canvas').first().waitFor();
    }
    if (view === 'wall') {
      const ids = Array.from({ length: ECGS }, (_, i) => wardId(i));
      await page.goto(`${hub.url}/#/watch?p=${ids.join(',')}`);
      await page
        .locator('canvas.trace')
        .nth(ECGS - 1)
        .waitFor();
    }
    return ward;
  }

  #say(turn: number): void {
    const now = Date.now();
    const tenth = turn % 10;
    const share = PATIENTS / 10;
    const second = Math.floor(turn / 10);
    // As a hub numbers them: anew in each batch. Names that grow would look like memory that does.
    const batch = 10_000 + Math.floor(second / 10);
    const readings = Array.from({ length: share }, (_, i) =>
      wardReadings(tenth * share + i, now).map((reading, n) => ({
        ...reading,
        id: `${batch}.${tenth * share + i + 1}.${100 + (second % 10) * 8 + n}`,
      })),
    ).flat();
    this.said += readings.length;
    this.#hub.say({ type: 'readings', now, readings });
    if (tenth < ECGS) {
      const samples = ecg(turn / 10 + tenth / 3);
      const reading = {
        id: `${batch}.${tenth + 1}.${200 + (second % 10)}`,
        patient: wardId(tenth),
        device: `watch-${tenth}`,
        seq: turn,
        kind: 'ecg',
        received: now,
        origin: 'wearable',
        wave: { lead: 'II', rateHz: ECG_HZ, gain: 200, baseline: 1024, packed: samples.length },
      };
      this.#hub.sayPacked({ type: 'readings', now, readings: [reading] }, packSamples(samples));
    }
    // A few points change each second, a batch is sealed every ten, and a tick comes every five.
    if (tenth === 5) {
      const changed = [turn % PATIENTS, (turn * 7) % PATIENTS].map((i) => ({
        patient: wardId(i),
        score: wardScore({ pulse: turn % 3, spo2: 1, respiratoryRate: 0, temperature: 0 }, now),
      }));
      this.#hub.say({ type: 'scores', now, scores: changed });
    }
    if (turn % 50 === 0) this.#hub.say({ type: 'tick', now });
    if (turn % 100 === 0) {
      const sequence = batch - 1;
      this.#hub.say({
        type: 'batch',
        now,
        batch: { sequence, end: now, entries: 16_040, ledgerSize: sequence + 1 },
      });
    }
  }

  async cost(ms: number): Promise<Cost> {
    await this.#page.evaluate(`
      self.frames = 0; self.longest = 0; self.watching = true; let last = performance.now();
      const step = (t) => {
        self.frames++; self.longest = Math.max(self.longest, t - last); last = t;
        if (self.watching) requestAnimationFrame(step);
      };
      requestAnimationFrame(step);`);
    const before = await this.#clocks();
    await this.#page.waitForTimeout(ms);
    const after = await this.#clocks();
    const [frames, longestMs] = await this.#page.evaluate<[number, number]>(
      'self.watching = false, [self.frames, self.longest]',
    );
    const seconds = after.at - before.at;
    return {
      seconds,
      main: (after.busy - before.busy) / seconds,
      script: (after.script - before.script) / seconds,
      layout: (after.layout - before.layout) / seconds,
      all: (after.all - before.all) / seconds,
      frames: frames / seconds,
      longestMs,
    };
  }

  async kept(): Promise<Kept> {
    await this.#devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await this.#devtools.send('Performance.getMetrics');
    const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
    const { processInfo } = await this.#system.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => residentMb(id));
    return {
      heapMb: of('JSHeapUsedSize') / 2 ** 20,
      elements: await this.#page.evaluate<number>('document.querySelectorAll("*").length'),
      listeners: of('JSEventListeners'),
      residentMb: Math.max(...renderers),
    };
  }

  /** Whether what is shown is seconds old: a page that fell behind costs little, and is worth nothing. */
  async isCurrent(): Promise<boolean> {
    const text = await this.#page.locator('.state').first().innerText();
    return /^(live|just now|[0-9] ?.?s( ago)?|live .*)$/i.test(text.trim()) && this.#hub.feeds() === 1;
  }

  async #clocks(): Promise<Clocks> {
    const { metrics } = await this.#devtools.send('Performance.getMetrics');
    const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
    const { processInfo } = await this.#system.send('SystemInfo.getProcessInfo');
    return {
      at: of('Timestamp'),
      busy: of('TaskDuration'),
      script: of('ScriptDuration'),
      layout: of('LayoutDuration') + of('RecalcStyleDuration'),
      all: processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#browser.close();
    await this.#hub.close();
  }
}

/** A second of something like lead II, at 75 a minute, 200 units a mV. */
function ecg(startS: number): Int32Array {
  return Int32Array.from({ length: ECG_HZ }, (_, i) => {
    const phase = ((startS + i / ECG_HZ) / 0.8) % 1;
    const bump = (at: number, wide: number, mv: number): number =>
      mv * Math.exp(-(((phase - at) / wide) ** 2));
    const mv =
      bump(0.18, 0.035, 0.14) - bump(0.34, 0.012, 0.12) + bump(0.37, 0.014, 1.15) + bump(0.62, 0.06, 0.28);
    return Math.round(1024 + 200 * (mv + 0.01 * Math.sin(i * 1.7)));
  });
}

function residentMb(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4096) / 2 ** 20;
}
