// The ECG's paper measured from its pixels, as somebody with a ruler would: 25 mm/s and 10 mm/mV on record 100 of the
// MIT-BIH database, whose samples say how far apart its beats are and how high; the grid; the pulse of 1 mV; and what the
// caliper says of the same beats.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readRecordFolder } from '@heartwood/device-sim';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium, needsChromium } from './chromium.ts';
import { homeSnapshot } from './page-home.ts';
import { type PageHub, startPageHub } from './page-hub.ts';

const RECORD = fileURLToPath(new URL('../../../shared/recordings/100.hea', import.meta.url));
const SECONDS = 4;
const NOMINAL = 96 / 25.4;
/** For what takes frames of the screen, or a busy machine. */
const PATIENCE = { timeout: 10_000, interval: 50 };

type Signal = {
  readonly name: string;
  readonly rateHz: number;
  readonly gain: number;
  readonly baseline: number;
  readonly samples: readonly number[];
};

/** 75 beats a minute, each a spike of one millivolt that is 20 ms wide. */
function spikes(): Signal {
  const rateHz = 250;
  const samples = Array.from({ length: SECONDS * rateHz }, (_, i) =>
    i % 200 >= 100 && i % 200 < 105 ? 1_224 : 1_024,
  );
  return { name: 'spikes of 1 mV, 75 a minute', rateHz, gain: 200, baseline: 1_024, samples };
}

function record100(): Signal {
  const { signals, rateHz } = readRecordFolder(RECORD);
  const [lead] = signals;
  if (lead === undefined) throw new Error('record 100 has no signal');
  const { gain, baseline, samples } = lead;
  return { name: 'record 100', rateHz, gain, baseline, samples: [...samples.slice(0, SECONDS * rateHz)] };
}

const SIGNALS: readonly Signal[] = existsSync(RECORD) ? [spikes(), record100()] : [spikes()];
const missing = existsSync(RECORD) ? '' : ' (without record 100: ../shared/recordings is not here)';

/** Where each beat is highest, by sample. */
function beatsOf({ samples, rateHz, gain }: Signal): number[] {
  const rest = samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 0;
  const beats: number[] = [];
  for (const [i, sample] of samples.entries()) {
    if (sample - rest < 0.5 * gain) continue;
    const last = beats.at(-1);
    if (last === undefined || i - last > rateHz / 4) beats.push(i);
    else if (sample > (samples[last] ?? 0)) beats[beats.length - 1] = i;
  }
  return beats;
}

/** For each column of a canvas its first and last row with ink; -1 where there is none. */
type Ink = {
  readonly width: number;
  readonly height: number;
  readonly top: number[];
  readonly bottom: number[];
};
type Grid = {
  readonly lines: number[];
  readonly strong: number[];
  readonly pulse: readonly [number, number, number, number];
};

describe.skipIf(!hasChromium)(`the ECG on its paper${missing}${needsChromium}`, () => {
  let browser: Browser;
  let hub: PageHub;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await context?.close();
    await hub?.close();
  });

  type Options = {
    readonly signal: Signal;
    readonly ratio?: number;
    readonly pxPerMm?: number;
    readonly moves?: boolean;
  };
  async function open({ signal, ratio = 1, pxPerMm, moves = false }: Options): Promise<void> {
    const now = Date.now();
    const snapshot = homeSnapshot(now);
    const [ada] = snapshot['patients'] as { recent: Record<string, unknown[]> }[];
    if (ada !== undefined) ada.recent = { ecg: framesOf(signal, now) };
    hub = await startPageHub({ ...snapshot, patients: [ada] });
    context = await browser.newContext({
      reducedMotion: moves ? 'no-preference' : 'reduce',
      deviceScaleFactor: ratio,
      hasTouch: true,
      viewport: { width: 1_440, height: 900 },
    });
    page = await context.newPage();
    if (pxPerMm !== undefined) await page.addInitScript(`localStorage.setItem('px-per-mm', '${pxPerMm}')`);
    await page.goto(`${hub.url}/#login=${hub.code}`);
    await expect
      .poll(async () => (await ink()).top.filter((row) => row >= 0).length, PATIENCE)
      .toBeGreaterThan(200);
  }
  const strip = () => page.locator('figure[data-kind="ecg"]');
  /** Empty until the strip is there. */
  const ink = (): Promise<Ink> =>
    page.evaluate(`(() => {
      const canvas = document.querySelector('figure[data-kind="ecg"] .trace');
      const { width = 0, height = 0 } = canvas ?? {};
      const [top, bottom] = [new Array(width).fill(-1), new Array(width).fill(-1)];
      if (width === 0 || height === 0) return { width, height, top, bottom };
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          if (data[(y * width + x) * 4 + 3] > 127) {
            if (top[x] < 0) top[x] = y;
            bottom[x] = y;
          }
      return { width, height, top, bottom };
    })()`);
  /** Lines that cross the middle of a row of squares, and the box of the pulse's ink. */
  const grid = (fine: number): Promise<Grid> =>
    page.evaluate(`(() => {
      const canvas = document.querySelector('figure[data-kind="ecg"] .grid');
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      const colour = (x, y) => [...data.slice((y * width + x) * 4, (y * width + x) * 4 + 4)].join();
      const row = Math.round(2.5 * ${fine});
      const strongColour = colour(0, row);
      const [lines, strong] = [[], []];
      for (let x = 0; x < width; x++) {
        if (data[(row * width + x) * 4 + 3] === 0 || (x > 0 && data[(row * width + x - 1) * 4 + 3] !== 0)) continue;
        lines.push(x);
        if (colour(x, row) === strongColour) strong.push(x);
      }
      const trace = getComputedStyle(document.querySelector('figure[data-kind="ecg"] .trace')).color.match(/\\d+/g).slice(0, 3).join();
      let [left, top, right, bottom] = [width, height, 0, 0];
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          if (colour(x, y) !== trace + ',255') continue;
          [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
        }
      return { lines, strong, pulse: [left, top, right, bottom] };
    })()`);

  describe.each(SIGNALS)('$name', (signal) => {
    it.each([
      { ratio: 1, pxPerMm: undefined },
      { ratio: 3, pxPerMm: undefined },
      { ratio: 2, pxPerMm: 4.6 },
    ])(
      'passes at 25 mm/s and 10 mm/mV ($ratio pixels to the CSS pixel, $pxPerMm CSS pixels to the mm)',
      async ({ ratio, pxPerMm }) => {
        await open({ signal, ratio, ...(pxPerMm !== undefined && { pxPerMm }) });
        const fine = (pxPerMm ?? NOMINAL) * ratio;
        const seen = await ink();
        const peaks = peaksOf(seen, fine);
        const beats = beatsOf(signal);
        expect(beats.length).toBeGreaterThanOrEqual(4);
        expect(peaks).toHaveLength(beats.length);
        // Each beat stands where its sample says, to a pixel; so the first and the last are a known time apart.
        const [first = 0, last = 0] = [peaks[0], peaks.at(-1)];
        const seconds = ((beats.at(-1) ?? 0) - (beats[0] ?? 0)) / signal.rateHz;
        expect(Math.abs(last - first - seconds * 25 * fine)).toBeLessThanOrEqual(1);
        expect((last - first) / fine / seconds).toBeCloseTo(25, 0);

        // From the highest ink to the lowest, less the width of the line.
        const { samples, gain } = signal;
        const mv = (Math.max(...samples) - Math.min(...samples)) / gain;
        const rows = seen.top.filter((row) => row >= 0);
        const highPx = Math.max(...seen.bottom) - Math.min(...rows) + 1 - 1.5 * ratio;
        expect(Math.abs(highPx - mv * 10 * fine)).toBeLessThanOrEqual(1.5);
        expect(highPx / fine / mv).toBeGreaterThan(9.6);
        expect(highPx / fine / mv).toBeLessThan(10.4);
      },
    );
  });

  it.each([
    { ratio: 1, pxPerMm: NOMINAL },
    { ratio: 2, pxPerMm: 5.2 },
  ])(
    'has a line each millimetre, a strong one each fifth, and a pulse of 1 mV for 0.2 s ($ratio)',
    async ({ ratio, pxPerMm }) => {
      await open({ signal: spikes(), ratio, pxPerMm });
      const fine = pxPerMm * ratio;
      const { lines, strong, pulse } = await grid(fine);
      expect(lines.length).toBeGreaterThan(80);
      for (const [mm, at] of lines.entries()) expect(Math.abs(at - mm * fine)).toBeLessThanOrEqual(1);
      for (const [i, at] of strong.entries()) expect(Math.abs(at - i * 5 * fine)).toBeLessThanOrEqual(1);
      const [left, top, right, bottom] = pulse;
      expect(Math.abs(bottom - top + 1 - 1.5 * ratio - 10 * fine)).toBeLessThanOrEqual(1.5);
      // 5 mm at the top, and 1.5 mm of rest at each side.
      expect(Math.abs(right - left + 1 - 8 * fine)).toBeLessThanOrEqual(2);
    },
  );

  it('is measured by the caliper: with the mouse, a finger and keys', async () => {
    const signal = SIGNALS.at(-1) ?? spikes();
    await open({ signal });
    await strip().getByRole('button', { name: 'Caliper on ECG' }).click();
    await expect.poll(() => strip().innerText(), PATIENCE).toContain('Frozen');
    const words = () => strip().getByRole('status').innerText();
    expect(await words()).toBe('1000 ms, 60 /min, 1 mV');
    const box = await strip().locator('.caliper').boundingBox();
    if (box === null) throw new Error('there is no caliper');
    const peaks = peaksOf(await ink(), NOMINAL);
    const [from = 0, to = 0] = peaks;
    const beats = beatsOf(signal);
    const truth = (((beats[1] ?? 0) - (beats[0] ?? 0)) / signal.rateHz) * 1000;
    const ms = async (): Promise<number> => Number(/^(\d+) ms/.exec(await words())?.[1]);

    await page.mouse.move(box.x + from, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + to, box.y + 100);
    await page.mouse.up();
    expect(Math.abs((await ms()) - truth)).toBeLessThanOrEqual(25);
    const byMouse = await words();

    const touch = await context.newCDPSession(page);
    const finger = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number, y: number) =>
      touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
    // Far from the corners: a finger near one takes hold of it.
    await finger('touchStart', box.x + from, box.y + 106);
    await finger('touchMove', box.x + from + 20, box.y + 110);
    await finger('touchMove', box.x + to, box.y + 146);
    await finger('touchEnd', 0, 0);
    await expect.poll(words, PATIENCE).toBe(byMouse);

    const corner = strip().getByRole('button', { name: /^Second corner/ });
    await corner.focus();
    const before = await ms();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(ms, PATIENCE).toBe(before + 40);
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(ms, PATIENCE).toBe(before + 40 - 200);

    await strip().getByRole('button', { name: 'Freeze ECG' }).click();
    expect(await strip().locator('.caliper').count()).toBe(0);
  });

  it('sweeps with a blank bar ahead of the pen, and stands still when frozen', async () => {
    const signal = spikes();
    await open({ signal, moves: true });
    const blanks = ({ top }: Ink): number => top.filter((row) => row < 0).length;
    // The bar is 4 mm wide; the pulse's place is blank besides.
    expect(blanks(await ink())).toBeGreaterThan(10 * NOMINAL);
    let frames = 0;
    const tell = (): void => {
      frames += 1;
      const now = Date.now() + frames * 1_000;
      const [ecg] = framesOf(signal, now).slice(-1) as Record<string, unknown>[];
      hub.say({ type: 'readings', now, readings: [{ ...ecg, id: `58.1.${frames}`, received: now }] });
    };
    const first = JSON.stringify(await ink());
    tell();
    await expect.poll(async () => JSON.stringify(await ink()), PATIENCE).not.toBe(first);
    await strip().getByRole('button', { name: 'Freeze ECG' }).click();
    await expect.poll(() => strip().innerText(), PATIENCE).toContain('Frozen');
    const still = JSON.stringify(await ink());
    tell();
    // Two frames of the screen at least have gone by.
    await page.evaluate('new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)))');
    expect(JSON.stringify(await ink())).toBe(still);
    await strip().getByRole('button', { name: 'Freeze ECG' }).click();
    tell();
    await expect.poll(async () => JSON.stringify(await ink()), PATIENCE).not.toBe(still);
  });

  it('learns the size of a millimetre from a bank card, and keeps it', async () => {
    await open({ signal: spikes() });
    await page.getByText('Millimetres on this screen: nominal, not measured').click();
    const size = page.getByLabel('Size of the frame');
    await size.fill('4.5');
    const frame = page.locator('.card-frame div');
    await expect.poll(async () => (await frame.boundingBox())?.width, PATIENCE).toBeCloseTo(85.6 * 4.5, 0);
    await page.getByRole('button', { name: 'Keep this size' }).click();
    await page.getByText('Millimetres on this screen: measured').waitFor();
    const height = async (): Promise<number> => (await strip().locator('.paper').boundingBox())?.height ?? 0;
    await expect.poll(height, PATIENCE).toBeCloseTo(40 * 4.5, 0);
    await page.getByRole('button', { name: 'Back to nominal' }).click();
    await expect.poll(height, PATIENCE).toBeCloseTo(40 * NOMINAL, 0);
  });
});

/** Columns in which the trace is highest, beat by beat. @param fine pixels to the mm */
function peaksOf({ top }: Ink, fine: number): number[] {
  const rows = top.map((row) => (row < 0 ? Number.POSITIVE_INFINITY : row));
  const rest = rows.filter(Number.isFinite).toSorted((a, b) => a - b);
  const threshold = (rest[rest.length >> 1] ?? 0) - 5 * fine;
  const peaks: { from: number; to: number; row: number }[] = [];
  for (const [x, row] of rows.entries()) {
    if (row > threshold) continue;
    const last = peaks.at(-1);
    if (last === undefined || x - last.to > 6 * fine) peaks.push({ from: x, to: x, row });
    else if (row < last.row) Object.assign(last, { from: x, to: x, row });
    else if (row === last.row) last.to = x;
  }
  return peaks.map(({ from }) => from);
}

/** A second each, the last of them just now. */
function framesOf({ samples, rateHz, gain, baseline }: Signal, now: number): Record<string, unknown>[] {
  return Array.from({ length: SECONDS }, (_, i) => ({
    id: `57.1.${40 + i}`,
    patient: '9f0c3b52aa11d0e4f5a6b7c8d9e0f102',
    device: 'watch-1',
    seq: 100 + i,
    kind: 'ecg',
    received: now - (SECONDS - i) * 1_000,
    origin: 'recording',
    wave: { lead: 'MLII', rateHz, gain, baseline, samples: samples.slice(i * rateHz, (i + 1) * rateHz) },
  }));
}
