// Draws a waveform on a canvas: the only code here that runs at every frame of the screen. What to draw stands in
// a Sweep; this gives it time, and puts its columns on the canvas with a bar of blank paper ahead.

import { type Kind, NO_SAMPLE } from '@heartwood/vitals';
import type { FeedReading } from './feed.ts';
import { measuredAt } from './freshness.ts';
import { type Stretch, Sweep } from './sweep.ts';

export type Strip = {
  readonly push: (frames: readonly FeedReading[]) => void;
  readonly freeze: (frozen: boolean) => void;
  readonly stop: () => void;
};

/** CSS defines a millimetre as 96/25.4 px. */
const MM_PX = 96 / 25.4;
const PAPER_MM_PER_SECOND = 25;
const ECG_MM_PER_MV = 10;
const ERASE_BAR_PX = 14;

/** Starts drawing on `canvas` until `stop`. The trace takes the canvas's CSS `color`. */
export function startStrip(canvas: HTMLCanvasElement, kind: Kind): Strip {
  const context = canvas.getContext('2d');
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let sweep: Sweep | undefined;
  let rateHz = 0;
  let frozen = false;
  let frames: readonly FeedReading[] = [];
  let before = performance.now();
  let request = 0;
  let offset = 0;

  const fit = (): void => {
    const ratio = devicePixelRatio;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    sweep = undefined;
    feed();
  };

  const feed = (): void => {
    const waves = frames.flatMap((frame) => stretchOf(frame) ?? []);
    const latest = waves.at(-1);
    if (latest === undefined || canvas.clientWidth === 0) return;
    if (sweep === undefined || rateHz !== latest.rateHz) {
      rateHz = latest.rateHz;
      sweep = new Sweep(canvas.clientWidth, PAPER_MM_PER_SECOND * MM_PX, rateHz);
      sweep.push(waves);
      sweep.advance(Number.POSITIVE_INFINITY);
    } else sweep.push(waves);
    offset = kind === 'ecg' ? Math.round(median(latest.samples) * 2) / 2 : 0;
    if (calm.matches && !frozen) sweep.advance(Number.POSITIVE_INFINITY);
    draw();
  };

  const draw = (): void => {
    if (context === null || sweep === undefined) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    const { low, high, column } = sweep;
    const y = kind === 'ecg' ? ecgScale(height, offset) : fittedScale(height, low, high);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.strokeStyle = getComputedStyle(canvas).color;
    context.lineWidth = 1.6;
    context.lineJoin = 'round';
    context.beginPath();
    let drawing = false;
    for (let x = 0; x < low.length; x++) {
      const ahead = (x - column + low.length) % low.length;
      const [bottom, top] = [low[x] ?? Number.NaN, high[x] ?? Number.NaN];
      if (Number.isNaN(bottom) || (ahead > 0 && ahead <= ERASE_BAR_PX)) {
        drawing = false;
        continue;
      }
      if (drawing) context.lineTo(x, y(top));
      else context.moveTo(x, y(top));
      context.lineTo(x, y(bottom));
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

/** 10 mm/mV around `offset`, with more room above than below as an ECG needs it. */
function ecgScale(height: number, offset: number): (value: number) => number {
  return (value) => height * 0.62 - (value - offset) * ECG_MM_PER_MV * MM_PX;
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
