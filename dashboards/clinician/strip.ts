// Draws a waveform on its paper: the only code here that runs at every frame of the screen. What to draw stands in a Sweep;
// this gives it time, and puts its columns, one for each pixel of the screen, on the canvas with a bar of blank paper
// ahead. Frozen, the paper is unrolled: the oldest is at the left, so that what is measured on it lies in time's order.

import { type Kind, NO_SAMPLE } from '@heartwood/vitals';
import type { FeedReading } from './feed.ts';
import { measuredAt } from './freshness.ts';
import { drawPaper, HEIGHT_MM, MM_PER_MV, MM_PER_SECOND, PULSE_MM, REST_MM } from './paper.ts';
import { type Stretch, Sweep } from './sweep.ts';

export type Strip = {
  readonly push: (frames: readonly FeedReading[]) => void;
  readonly freeze: (frozen: boolean) => void;
  /** Colours may have changed. */
  readonly redraw: () => void;
  readonly stop: () => void;
};

export type Canvases = {
  /** Moves. The trace takes its CSS `color`. */
  readonly trace: HTMLCanvasElement;
  /** Stands below it; absent where the waveform has no unit. The grid takes its CSS `color` and `border-color`. */
  readonly grid: HTMLCanvasElement | undefined;
};

const ERASE_BAR_MM = 4;
/** A trace that has wandered so far is put back in the middle, mV: its rest is no part of what an ECG says. */
const WANDERED_MV = 0.5;

/** Starts drawing until `stop`. @param pxPerMm CSS pixels */
export function startStrip({ trace: canvas, grid }: Canvases, kind: Kind, pxPerMm: number): Strip {
  const context = canvas.getContext('2d');
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const isEcg = kind === 'ecg';
  let sweep: Sweep | undefined;
  let rateHz = 0;
  let frozen = false;
  let frames: readonly FeedReading[] = [];
  let before = performance.now();
  let request = 0;
  let rest: number | undefined;
  let fine = pxPerMm * devicePixelRatio;
  /** Where the trace begins, pixels of the canvas. */
  let left = 0;

  const fit = (): void => {
    fine = pxPerMm * devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((px) =>
      Math.round(px * devicePixelRatio),
    ) as [number, number];
    if (canvas.width !== width || canvas.height !== height || sweep === undefined) {
      for (const each of [canvas, grid]) if (each !== undefined) Object.assign(each, { width, height });
      left = isEcg ? Math.round(PULSE_MM * fine) : 0;
      sweep = undefined;
    }
    drawGrid();
    feed();
  };

  const drawGrid = (): void => {
    const paper = grid?.getContext('2d');
    if (grid === undefined || !paper) return;
    const { color, borderTopColor } = getComputedStyle(grid);
    drawPaper(paper, fine, { fine: color, strong: borderTopColor, trace: getComputedStyle(canvas).color });
  };

  const feed = (): void => {
    const waves = frames.flatMap((frame) => stretchOf(frame) ?? []);
    const latest = waves.at(-1);
    if (latest === undefined || canvas.width - left < 1) return;
    const middle = median(latest.samples);
    if (rest === undefined || Math.abs(middle - rest) > WANDERED_MV) rest = middle;
    if (sweep === undefined || rateHz !== latest.rateHz) {
      rateHz = latest.rateHz;
      sweep = new Sweep(canvas.width - left, MM_PER_SECOND * fine, rateHz);
      sweep.push(waves);
      sweep.advance(Number.POSITIVE_INFINITY);
    } else if (!frozen) sweep.push(waves);
    if (calm.matches && !frozen) sweep.advance(Number.POSITIVE_INFINITY);
    draw();
  };

  const draw = (): void => {
    if (context === null || sweep === undefined) return;
    const { width, height } = canvas;
    const { low, high, column } = sweep;
    const y = isEcg ? ecgScale(fine, rest ?? 0) : fittedScale(height, low, high);
    const bar = ERASE_BAR_MM * fine;
    context.clearRect(0, 0, width, height);
    context.strokeStyle = getComputedStyle(canvas).color;
    context.lineWidth = 1.5 * devicePixelRatio;
    context.lineJoin = 'round';
    context.lineCap = 'round';
    context.beginPath();
    let drawing = false;
    for (let place = 0; place < low.length; place++) {
      // The column that is written next is the oldest there is.
      const x = frozen ? (column + 1 + place) % low.length : place;
      const ahead = (x - column + low.length) % low.length;
      const [bottom, top] = [low[x] ?? Number.NaN, high[x] ?? Number.NaN];
      if (Number.isNaN(bottom) || (!frozen && ahead > 0 && ahead <= bar)) {
        drawing = false;
        continue;
      }
      const at = left + place + 0.5;
      if (drawing) context.lineTo(at, y(top));
      else context.moveTo(at, y(top));
      context.lineTo(at, y(bottom));
      drawing = true;
    }
    context.stroke();
  };

  const step = (time: number): void => {
    request = requestAnimationFrame(step);
    const elapsedMs = Math.max(0, time - before);
    before = time;
    if (frozen || calm.matches || sweep === undefined) return;
    sweep.advance(Math.min(elapsedMs, 1_000));
    draw();
  };

  const observer = new ResizeObserver(fit);
  observer.observe(canvas);
  request = requestAnimationFrame(step);
  return {
    push: (next) => {
      frames = next;
      feed();
    },
    freeze: (next) => {
      frozen = next;
      feed();
      draw();
    },
    redraw: () => {
      drawGrid();
      draw();
    },
    stop: () => {
      observer.disconnect();
      cancelAnimationFrame(request);
    },
  };
}

function stretchOf(frame: FeedReading): (Stretch & { rateHz: number }) | undefined {
  if (!('wave' in frame.measurement)) return undefined;
  const { samples, gain, baseline, rateHz } = frame.measurement.wave;
  const physical = Float64Array.from(samples, (s) => (s === NO_SAMPLE ? Number.NaN : (s - baseline) / gain));
  return { id: frame.id, startMs: measuredAt(frame), samples: physical, rateHz };
}

/** 10 mm/mV around `rest`, which lies on a strong line. What would leave the paper runs along its edge. */
function ecgScale(pxPerMm: number, rest: number): (value: number) => number {
  return (value) => Math.min(Math.max(0, REST_MM - (value - rest) * MM_PER_MV), HEIGHT_MM) * pxPerMm;
}

/** A pleth has no unit: what is on the paper fills the height. */
function fittedScale(height: number, low: Float32Array, high: Float32Array): (value: number) => number {
  let bottom = Number.POSITIVE_INFINITY;
  let top = Number.NEGATIVE_INFINITY;
  for (const value of low) if (value < bottom) bottom = value;
  for (const value of high) if (value > top) top = value;
  const span = top - bottom || 1;
  return (value) => height * (0.9 - (0.8 * (value - bottom)) / span);
}

function median(samples: Float64Array): number {
  const sorted = samples.filter((sample) => !Number.isNaN(sample)).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
